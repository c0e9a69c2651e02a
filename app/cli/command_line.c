/*
 * Finds the command, reads its options and runs it.  Help, usage errors and the nearest name read
 * what each command says of itself (commands.h); docs/commands.md is checked against it.
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

#define COMMAND_LISTED(name) &name##_command,
static const struct command *const commands[] = { COMMANDS(COMMAND_LISTED) };

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
		const char *name = commands[i]->name;
		size_t len = strcspn(name, " ");
		if (strlen(first) != len || memcmp(name, first, len) != 0)
			continue;
		if (!name[len] || (second && strcmp(name + len + 1, second) == 0)) {
			*out_words = name[len] ? 2 : 1;
			return commands[i];
		}
	}
	return NULL;
}

/* Is it the first word of commands of two words? */
static bool is_family(const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strncmp(commands[i]->name, word, len) == 0 && commands[i]->name[len] == ' ')
			return true;
	return false;
}

static int help_all(void)
{
	puts("Sideways: a gateway to LLM providers that never falls back to a dearer model and "
	     "starts no call that a budget does not cover.\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		printf("  %-15s %s\n", commands[i]->name, commands[i]->help);
	puts("\n  sideways help COMMAND says more; so do sideways help settings, metrics and "
	     "providers.");
	puts("Every command takes --config FILE and --db FILE. sideways --version says which this "
	     "is.");
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
		if (strncmp(commands[i]->name, word, len) == 0 && commands[i]->name[len] == ' ')
			usage_of(commands[i], to);
	return EXIT_DONE;
}

static void tell_nearest(const char *typed)
{
	const char *names[COMMAND_COUNT], *nearest;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i]->name;
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
	return reference_print(topic, part) == 0 ? EXIT_DONE : EXIT_UNABLE;
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
	if (text_is_one_of(argv[1], "help --help -h"))
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
