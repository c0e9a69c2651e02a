#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/*
 * The commands, one file a command (or a command with its subcommands).  Each gets the options it
 * takes and returns the program's exit status.
 */
#include "cli/options.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_PROBLEMS = 1, /* it failed, or it found what it looks for: differences, problems */
	EXIT_UNABLE = 2,   /* wrong usage; for check and audit also: could not look */
};

/* A command says all of itself in its own file; COMMANDS lists them as the help does. */
struct command {
	const char *name;
	const char *words; /* plain arguments, as the usage shows them */
	size_t least, most;
	const char *options;
	const char *help;
	int (*run)(const struct options *options);
};

/* clang-format off */
#define COMMANDS(COMMAND) \
	COMMAND(run) COMMAND(serve) COMMAND(check) COMMAND(doctor) COMMAND(backup) \
	COMMAND(database_new) COMMAND(demo) COMMAND(keys_create) COMMAND(keys_list) \
	COMMAND(keys_show) COMMAND(keys_update) COMMAND(keys_block) COMMAND(keys_unblock) \
	COMMAND(keys_rotate) COMMAND(keys_delete) COMMAND(budgets_list) \
	COMMAND(budgets_set) COMMAND(budgets_remove) COMMAND(import_litellm) \
	COMMAND(prices_diff) COMMAND(prices_update) COMMAND(logs) COMMAND(spend) \
	COMMAND(simulate) COMMAND(alerts_list) COMMAND(alerts_test) COMMAND(passwd) \
	COMMAND(audit) COMMAND(bank_init) COMMAND(bank_check) COMMAND(bank_move)
/* clang-format on */
#define COMMAND_DECLARED(name) extern const struct command name##_command;
COMMANDS(COMMAND_DECLARED)

/* "sideways: <sentence>" on stderr; the exit status that belongs to the kind. */
int command_failed(const struct error *err);

#endif
