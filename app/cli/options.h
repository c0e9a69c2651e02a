#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

/*
 * The words after a command: options and plain arguments.
 *
 * All options of all commands stand in one table (options.c), so that an option means the same
 * everywhere and is explained once.  A command names those it takes; --config, --db and --help
 * are always taken.  Options and arguments may be mixed, "--" ends the options, and a value is
 * written "--name VALUE" or "--name=VALUE".
 *
 * Texts are borrowed from argv and live as long as the process.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* More than anybody types: a key may have one budget a period, and there are few periods. */
#define OPTION_VALUES_MAX 16
/* "budgets set SCOPE AMOUNT" has the most; the rest is for a message that counts them. */
#define OPTION_ARGUMENTS_MAX 8

struct option_values { /* of an option that may be given several times */
	const char *items[OPTION_VALUES_MAX];
	size_t count;
};

struct options { /* NULL, false or empty where nothing was given */
	const char *config, *db;
	bool help, json, strict, yes, recover, providers;
	const char *listen, *workers;
	const char *wait;
	const char *alias, *team, *models, *expires, *grace;
	const char *rpm, *tpm, *parallel;
	struct option_values budgets;
	const char *by, *since, *until;
	const char *write;
	const char *role;
	bool code, remove;
	struct option_values outages;
	bool csv, failed, fallbacks, follow;
	const char *model, *key, *outcome, *limit;
	const char *against, *period, *traffic, *requests, *tokens, *svg, *most;
	const char *arguments[OPTION_ARGUMENTS_MAX];
	size_t argument_count;
};

/*
 * Reads argv[from] and what follows.  taken is the command's own options, names with one space
 * between them.  ERROR_USAGE names the word that is wrong and, where there is one, the nearest
 * right one.
 */
int options_parse(
    const char *taken, int argc, char **argv, int from, struct options *out, struct error *err);

/* The help lines of the options taken, on stdout: "  --alias NAME     what it does". */
void options_help(const char *taken);

#endif
