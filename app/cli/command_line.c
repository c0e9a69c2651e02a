/*
 * One row a command: its name, its words, what it does, the options it takes and its function.
 * Help, usage errors and the nearest name all read the same rows; docs/commands.md is checked
 * against them.  A command of two words ("keys create") is one row.
 */
#include "cli/command_line.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/options.h"
#include "cli/reference.h"
#include "relay/gateway.h"
#include "settings/load.h"
#include "settings/secrets.h"

#include "base/banned.h"

struct command {
	const char *name;
	const char *words; /* plain arguments, as the usage shows them */
	size_t least, most;
	const char *options;
	const char *help;
	int (*run)(const struct options *options);
};

/* clang-format off */
static const struct command commands[] = {
	{ "run", "[FILE]", 0, 1, "port host server folder",
	  "start the gateway with a web server that is installed, until Ctrl-C", run_command },
	{ "serve", "", 0, 0, "listen workers",
	  "answer FastCGI requests on a socket, until SIGTERM", serve_command },
	{ "check", "[FILE]", 0, 1, "strict json",
	  "say what is wrong with a settings file, show its tiers and fallbacks, and what a day can cost", check_command },
	{ "doctor", "[URL]", 0, 1, "wait strict json",
	  "check settings, database, providers and, given the public URL, the way to the gateway; say which line to change", doctor_command },
	{ "backup", "FILE", 1, 1, "",
	  "copy the database while it is in use, and check the copy", backup_command },
	{ "database new", "", 0, 0, "",
	  "start over where the database is gone: full budgets, no keys", database_new_command },
	{ "demo", "", 0, 0, "providers write lessons",
	  "print a settings file that works at once, with made-up models or the providers whose keys are in the environment", demo_command },
	{ "keys create", "", 0, 0, "alias team models budget rpm tpm parallel expires role json",
	  "make a virtual key and show it, this once", keys_create_command },
	{ "keys list", "", 0, 0, "json",
	  "all keys, oldest first", keys_list_command },
	{ "keys show", "KEY", 1, 1, "json",
	  "one key with its budgets; KEY is an id, an alias, the last four characters or the key itself", keys_show_command },
	{ "keys update", "KEY", 1, 1, "alias team models budget rpm tpm parallel expires",
	  "change what is given, leave the rest", keys_update_command },
	{ "keys block", "KEY", 1, 1, "",
	  "refuse a key from now on, in every process", keys_block_command },
	{ "keys unblock", "KEY", 1, 1, "",
	  "accept a blocked key again", keys_unblock_command },
	{ "keys rotate", "KEY", 1, 1, "grace json",
	  "give a key a new secret; its id, budgets and history stay", keys_rotate_command },
	{ "keys delete", "KEY", 1, 1, "yes",
	  "end a key for good; what it spent stays on record", keys_delete_command },
	{ "budgets list", "", 0, 0, "json",
	  "each budget's current window: limit, spent, held, left, reset", budgets_list_command },
	{ "budgets set", "SCOPE:ID AMOUNT/PERIOD", 2, 2, "",
	  "set the budget of key:KEY or team:TEAM for a period, as in 5/1d, 0.50/1h or 100 (a lifetime)", budgets_set_command },
	{ "budgets remove", "SCOPE:ID PERIOD", 2, 2, "",
	  "remove the budget of key:KEY or team:TEAM for a period (1d, lifetime)", budgets_remove_command },
	{ "import litellm", "FILE|URL ...", 1, 8, "dry-run json",
	  "take over the keys, teams and budgets of a LiteLLM: from a pg_dump, CSV files, or its URL (LITELLM_MASTER_KEY)", import_litellm_command },
	{ "prices diff", "LIST", 1, 1, "",
	  "what a newer price list changes: tiers, fallbacks that become upward, the most that a day can cost", prices_diff_command },
	{ "prices update", "LIST", 1, 1, "yes",
	  "the same, then write it as the settings' price_file", prices_update_command },
	{ "logs", "", 0, 0, "key model outcome failed fallbacks since limit follow json csv",
	  "the last requests, or new ones as they come", logs_command },
	{ "spend", "", 0, 0, "by since until json csv",
	  "what was spent, dearest first", spend_command },
	{ "simulate", "[FILE]", 0, 1, "outage against period traffic requests models tokens budget svg most json",
	  "play traffic and an outage against a settings file: what it spends, hour by hour, and when a budget refuses", simulate_command },
	{ "alerts list", "", 0, 0, "json",
	  "what is wrong now, and the alerts of the last days; exit status 1 while any lasts", alerts_list_command },
	{ "alerts test", "", 0, 0, "",
	  "send a test to each destination of the settings, and say what came back", alerts_test_command },
	{ "passwd", "[NAME]", 0, 1, "role code remove",
	  "make an admin of the panel or give one a new password; without a name, list them", passwd_command },
	{ "audit", "", 0, 0, "recover json",
	  "prove that every window's sums equal its attempts, to the nano-dollar", audit_command },
};
/* clang-format on */

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static void usage_of(const struct command *command, FILE *to)
{
	fprintf(to, "sideways %s%s%s%s\n", command->name, *command->options ? " [options]" : "",
	    *command->words ? " " : "", command->words);
}

/* "keys create" for ("keys", "create"); the row and how many words name it, or NULL. */
static const struct command *command_find(const char *first, const char *second, int *out_words)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const char *name = commands[i].name;
		size_t len = strcspn(name, " ");
		if (strlen(first) != len || memcmp(name, first, len) != 0)
			continue;
		if (!name[len] || (second && strcmp(name + len + 1, second) == 0)) {
			*out_words = name[len] ? 2 : 1;
			return &commands[i];
		}
	}
	return NULL;
}

/* Is it the first word of commands of two words? */
static bool is_family(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strncmp(commands[i].name, word, len) == 0 && commands[i].name[len] == ' ')
			return true;
	return false;
}

static int help_all(void)
{
	puts("Sideways: a gateway to LLM providers that never falls back to a dearer model and "
	     "starts no call that a budget does not cover.\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-15s %s\n", commands[i].name, commands[i].help);
	puts("\n  sideways help COMMAND says more; so do sideways help settings, help metrics and "
	     "help\n"
	     "  providers.  sideways --version says which this is.");
	puts("Every command takes --config FILE and --db FILE.");
	return EXIT_DONE;
}

static int help_one(const struct command *command)
{
	printf("usage: ");
	usage_of(command, stdout);
	printf("%s\n\n", command->help);
	options_help(command->options);
	return EXIT_DONE;
}

static int help_family(const char *word, FILE *to)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strncmp(commands[i].name, word, len) == 0 && commands[i].name[len] == ' ')
			usage_of(&commands[i], to);
	return EXIT_DONE;
}

static void tell_nearest(const char *typed)
{
	const char *names[COMMAND_COUNT], *nearest;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i].name;
	nearest = settings_nearest(typed, names, COMMAND_COUNT);
	fprintf(stderr, "sideways: there is no command '%.100s'", typed);
	if (nearest)
		fprintf(stderr, " (nearest: %s)", nearest);
	fputc('\n', stderr);
}

static int unknown_command(const char *first, const char *second)
{
	char typed[128];

	if (!is_family(first)) {
		tell_nearest(first);
		fputs("sideways help lists the commands\n", stderr);
		return EXIT_UNABLE;
	}
	snprintf(typed, sizeof typed, "%s %s", first, second ? second : "");
	if (second && *second != '-')
		tell_nearest(typed);
	else
		fprintf(stderr, "sideways: %s what?\n", first);
	help_family(first, stderr);
	return EXIT_UNABLE;
}

static int help_topic(const char *topic, const char *part)
{
	if (reference_print(topic, part) == 0)
		return EXIT_DONE;
	fprintf(stderr, "sideways: there is no '%.80s' in help %s\n", part, topic);
	return EXIT_UNABLE;
}

static int help(int argc, char **argv)
{
	int words;

	if (argc < 3)
		return help_all();
	const struct command *command = command_find(argv[2], argc > 3 ? argv[3] : NULL, &words);
	if (command)
		return help_one(command);
	if (argc == 3 && is_family(argv[2]))
		return help_family(argv[2], stdout);
	if (argc < 5 && reference_known(argv[2]))
		return help_topic(argv[2], argc > 3 ? argv[3] : NULL);
	return unknown_command(argv[2], argc > 3 ? argv[3] : NULL);
}

/* The secrets of the settings that the command works with.  Without them the settings say which
 * variable is missing, so going on tells more than stopping. */
static void load_secrets(const struct command *command, const struct options *options)
{
	/* A command whose only word is a FILE takes it in place of --config. */
	bool named = options->argument_count == 1 && strcmp(command->words, "[FILE]") == 0;
	const char *path = named ? options->arguments[0] : gateway_settings_path(options->config);
	struct error err = { 0 };

	if (secrets_load(path, &err) < 0)
		fprintf(stderr, "sideways: %s\n", err.text);
}

static int run(const struct command *command, int argc, char **argv, int words)
{
	struct options options;
	struct error err = { 0 };

	if (options_parse(command->options, argc, argv, words + 1, &options, &err) == 0) {
		if (options.help)
			return help_one(command);
		if (options.argument_count >= command->least &&
		    options.argument_count <= command->most) {
			load_secrets(command, &options);
			return command->run(&options);
		}
		if (options.argument_count > command->most)
			error_set(&err, ERROR_USAGE, "there is one word too many: '%.80s'",
			    options.arguments[command->most]);
		else
			error_set(&err, ERROR_USAGE, "%s needs %s", command->name, command->words);
	}
	command_failed(&err);
	fputs("usage: ", stderr);
	usage_of(command, stderr);
	return EXIT_UNABLE;
}

static int choose(int argc, char **argv)
{
	int words = 0;

	if (argc < 2) {
		(void)help_all(); /* nothing was asked for, so it is no success */
		return EXIT_UNABLE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("sideways %s\n", PACKAGE_VERSION);
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
	    strcmp(argv[1], "-h") == 0)
		return help(argc, argv);
	const struct command *command = command_find(argv[1], argc > 2 ? argv[2] : NULL, &words);
	if (!command)
		return unknown_command(argv[1], argc > 2 ? argv[2] : NULL);
	return run(command, argc, argv, words);
}

int command_line_run(int argc, char **argv)
{
	int status = choose(argc, argv);

	if (fflush(stdout) != 0 || ferror(stdout)) {
		fputs("sideways: the output could not be written\n", stderr);
		return EXIT_PROBLEMS;
	}
	return status;
}
