#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/*
 * The commands, one file a command (or a command with its subcommands).  Each gets the options it
 * takes and returns the program's exit status; command_line.c has the table.
 */
#include "cli/options.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_PROBLEMS = 1, /* it failed, or it found what it looks for: differences, problems */
	EXIT_UNABLE = 2,   /* wrong usage; for check and audit also: could not look */
};

int import_litellm_command(const struct options *options);
int run_command(const struct options *options);
int serve_command(const struct options *options);
int check_command(const struct options *options);
int backup_command(const struct options *options);
int database_new_command(const struct options *options);
int doctor_command(const struct options *options);
int demo_command(const struct options *options);
int passwd_command(const struct options *options);
int audit_command(const struct options *options);
int spend_command(const struct options *options);
int logs_command(const struct options *options);
int simulate_command(const struct options *options);
int alerts_list_command(const struct options *options);
int alerts_test_command(const struct options *options);

int prices_diff_command(const struct options *options);
int prices_update_command(const struct options *options);

int budgets_list_command(const struct options *options);
int budgets_set_command(const struct options *options);
int budgets_remove_command(const struct options *options);

int keys_create_command(const struct options *options);
int keys_list_command(const struct options *options);
int keys_show_command(const struct options *options);
int keys_update_command(const struct options *options);
int keys_block_command(const struct options *options);
int keys_unblock_command(const struct options *options);
int keys_rotate_command(const struct options *options);
int keys_delete_command(const struct options *options);

/* "sideways: <sentence>" on stderr; the exit status that belongs to the kind. */
int command_failed(const struct error *err);

#endif
