#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

/*
 * The words after a command: options and plain arguments.
 *
 * All options of all commands stand in one table (OPTION_ROWS), so that an option means the same
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

/*
 * All options: a field of struct options of the same name, what the help calls the value, what it
 * means.  A new option is a row here, and a word in each command that takes it.
 */
/* clang-format off */
#define OPTION_ROWS(FLAG, DASHED, TEXT, VALUES) \
	TEXT(config, "FILE", "the settings file (else SIDEWAYS_CONFIG, ./sideways.yaml, the system's)") \
	TEXT(db, "FILE", "the database (else sideways_settings.database, SIDEWAYS_DB)") \
	FLAG(help, "say how this command is used") \
	FLAG(json, "print JSON; money is whole nano-dollars and dollars as text") \
	FLAG(csv, "print CSV, for spreadsheets") \
	FLAG(strict, "warnings count as problems too") \
	FLAG(yes, "do not ask") \
	DASHED(dry_run, "dry-run", "only say what would be done") \
	FLAG(recover, "first end the holds that dead workers left") \
	FLAG(providers, "for the provider keys in the environment, with prices") \
	TEXT(port, "N", "where to listen (default: 4000)") \
	TEXT(host, "ADDRESS", "127.0.0.1 (default: this machine only) or 0.0.0.0 (everybody)") \
	TEXT(server, "NAME", "lighttpd, nginx or caddy (default: the first that is installed)") \
	TEXT(folder, "FOLDER", "for its socket, logs and key (default: FILE's name with .run)") \
	TEXT(lessons, "URL", "instead: curl lines that show the made-up models at a gateway that runs") \
	TEXT(listen, "WHERE", "unix:PATH or HOST:PORT") \
	TEXT(workers, "N", "processes, 1 to 64 (default 1)") \
	TEXT(wait, "SECONDS", "also measure whether an answer arrives after this much silence, 1 to 600") \
	TEXT(alias, "NAME", "a name for people, unique") \
	TEXT(team, "TEAM", "the team whose budgets and models apply too") \
	TEXT(models, "A,B", "model names and wildcards, or all") \
	VALUES(budget, "5/1d", "dollars a period or for a lifetime; a key's at one model: 5/1d@gpt-4o; may be repeated") \
	VALUES(then, "A=B,C", "models after A for a key whose budget at A is used up, never dearer ones; may be repeated") \
	TEXT(rpm, "N", "requests a minute, or none") \
	TEXT(tpm, "N", "tokens a minute, or none") \
	TEXT(parallel, "N", "calls at a time, or none") \
	TEXT(refusal, "N", "429, 402 or 400: the status that tells a spent budget (budget_status), or none") \
	TEXT(expires, "WHEN", "30d, 2026-12-31, or never") \
	TEXT(grace, "24h", "how long the old key stays valid (default: not at all)") \
	TEXT(by, "WHAT", "key (default), model, provider, deployment, team, day, user or tag") \
	FLAG(force, "take models that the settings do not have (yet)") \
	TEXT(since, "WHEN", "7d (ago) or 2026-12-31 (default: 30d)") \
	TEXT(until, "WHEN", "as --since (default: now)") \
	TEXT(key, "KEY", "only of this key: its id or alias") \
	TEXT(model, "MODEL", "only those that asked for it") \
	TEXT(outcome, "WHAT", "only those with this outcome: ok, budget, rate, ...") \
	TEXT(machine, "NAME", "only those that this machine served, of several that share their record") \
	FLAG(failed, "only those that failed") \
	FLAG(fallbacks, "only those that fell back, or would have gone upward") \
	TEXT(limit, "N", "how many, 1 to 10000 (default: 50)") \
	FLAG(follow, "keep printing new ones until interrupted") \
	TEXT(role, "ROLE", "admin (may change everything) or viewer (may look)") \
	FLAG(code, "print a code that lets its holder make the first admin in the panel, within 30 minutes") \
	FLAG(remove, "remove the admin; the last one stays") \
	VALUES(outage, "WHAT", "'deepseek answers 429 for 30% from Friday 18:00 until Monday 08:00'; may be repeated") \
	TEXT(against, "FILE", "play the same under another settings file, beside it") \
	TEXT(period, "SPAN", "day, weekend (default: from the coming Friday's midnight for three days) or week") \
	TEXT(traffic, "FILE", "play a log: JSON of /logs, or of LiteLLM's /spend/logs") \
	TEXT(requests, "N", "requests an hour (default: 60)") \
	TEXT(tokens, "IN/OUT", "tokens of a request (default: 1200/400)") \
	TEXT(svg, "FILE", "draw it") \
	TEXT(most, "DOLLARS", "exit status 1 when more is spent") \
	TEXT(to, "URL", "the bank, postgresql://...") \
	FLAG(back, "from the bank of the settings to this machine") \
	TEXT(write, "FOLDER", "write FOLDER/sideways.yaml, never over an existing file")
/* clang-format on */

#define OPTION_FLAG_FIELD(name, help)          bool name;
#define OPTION_DASHED_FIELD(name, word, help)  bool name;
#define OPTION_TEXT_FIELD(name, value, help)   const char *name;
#define OPTION_VALUES_FIELD(name, value, help) struct option_values name;

struct options { /* NULL, false or empty where nothing was given */
	OPTION_ROWS(OPTION_FLAG_FIELD, OPTION_DASHED_FIELD, OPTION_TEXT_FIELD, OPTION_VALUES_FIELD)
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
