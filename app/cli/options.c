/*
 * One table of options, read by getopt_long and by the help.
 *
 * getopt_long gets only the rows that the command takes, so an option of another command is
 * refused as unknown.  Its own messages are switched off, because ours also say what is near.
 */
#include "cli/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "settings/load.h"

#include "base/banned.h"

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_VALUES };

struct option_row {
	const char *name;
	enum option_kind kind;
	size_t offset;
	const char *value; /* what the help calls it */
	const char *help;
};

#define IN(field) offsetof(struct options, field)

/* clang-format off */
static const struct option_row option_rows[] = {
	{ "config",    OPTION_TEXT,   IN(config),    "FILE",   "the settings file (else SIDEWAYS_CONFIG, ./sideways.yaml, the system's)" },
	{ "db",        OPTION_TEXT,   IN(db),        "FILE",   "the database (else sideways_settings.database, SIDEWAYS_DB)" },
	{ "help",      OPTION_FLAG,   IN(help),      NULL,     "say how this command is used" },
	{ "json",      OPTION_FLAG,   IN(json),      NULL,     "print JSON; money is whole nano-dollars and dollars as text" },
	{ "csv",       OPTION_FLAG,   IN(csv),       NULL,     "print CSV, for spreadsheets" },
	{ "strict",    OPTION_FLAG,   IN(strict),    NULL,     "warnings count as problems too" },
	{ "yes",       OPTION_FLAG,   IN(yes),       NULL,     "do not ask" },
	{ "recover",   OPTION_FLAG,   IN(recover),   NULL,     "first end the holds that dead workers left" },
	{ "providers", OPTION_FLAG,   IN(providers), NULL,     "for the provider keys in the environment, with prices" },
	{ "listen",    OPTION_TEXT,   IN(listen),    "WHERE",  "unix:PATH or HOST:PORT" },
	{ "workers",   OPTION_TEXT,   IN(workers),   "N",      "processes, 1 to 64 (default 1)" },
	{ "wait",      OPTION_TEXT,   IN(wait),      "SECONDS", "also measure whether an answer after so much silence arrives, 1 to 600" },
	{ "alias",     OPTION_TEXT,   IN(alias),     "NAME",   "a name for people, unique" },
	{ "team",      OPTION_TEXT,   IN(team),      "TEAM",   "the team whose budgets and models apply too" },
	{ "models",    OPTION_TEXT,   IN(models),    "A,B",    "model names and wildcards, or all" },
	{ "budget",    OPTION_VALUES, IN(budgets),   "5/1d",   "dollars a period, or dollars alone for a lifetime; may be repeated" },
	{ "rpm",       OPTION_TEXT,   IN(rpm),       "N",      "requests a minute, or none" },
	{ "tpm",       OPTION_TEXT,   IN(tpm),       "N",      "tokens a minute, or none" },
	{ "parallel",  OPTION_TEXT,   IN(parallel),  "N",      "calls at a time, or none" },
	{ "expires",   OPTION_TEXT,   IN(expires),   "WHEN",   "30d, 2026-12-31, or never" },
	{ "grace",     OPTION_TEXT,   IN(grace),     "24h",    "how long the old key stays good (default: not at all)" },
	{ "by",        OPTION_TEXT,   IN(by),        "WHAT",   "key (default), model, provider, deployment, team or day" },
	{ "since",     OPTION_TEXT,   IN(since),     "WHEN",   "7d (ago) or 2026-12-31 (default: 30d)" },
	{ "until",     OPTION_TEXT,   IN(until),     "WHEN",   "as --since (default: now)" },
	{ "key",       OPTION_TEXT,   IN(key),       "KEY",    "only of this key: its id or alias" },
	{ "model",     OPTION_TEXT,   IN(model),     "MODEL",  "only those that asked for it" },
	{ "outcome",   OPTION_TEXT,   IN(outcome),   "WHAT",   "only those that ended so: ok, budget, rate, ..." },
	{ "failed",    OPTION_FLAG,   IN(failed),    NULL,     "only those that failed" },
	{ "fallbacks", OPTION_FLAG,   IN(fallbacks), NULL,     "only those that fell back, or would have gone upward" },
	{ "limit",     OPTION_TEXT,   IN(limit),     "N",      "so many, 1 to 10000 (default: 50)" },
	{ "follow",    OPTION_FLAG,   IN(follow),    NULL,     "go on with new ones until interrupted" },
	{ "role",      OPTION_TEXT,   IN(role),      "ROLE",   "admin (may change everything) or viewer (may look)" },
	{ "code",      OPTION_FLAG,   IN(code),      NULL,     "print a code that lets its holder make the first admin in the panel, within 30 minutes" },
	{ "remove",    OPTION_FLAG,   IN(remove),    NULL,     "remove the admin; the last one stays" },
	{ "outage",    OPTION_VALUES, IN(outages),   "WHAT",   "'deepseek answers 429 for 30% from Friday 18:00 until Monday 08:00', or 'openai is down'; may be repeated" },
	{ "against",   OPTION_TEXT,   IN(against),   "FILE",   "play the same under another settings file, beside it" },
	{ "period",    OPTION_TEXT,   IN(period),    "SPAN",   "day, weekend (default: from the coming Friday's midnight for three days) or week" },
	{ "traffic",   OPTION_TEXT,   IN(traffic),   "FILE",   "play a log: JSON of /logs, or of LiteLLM's /spend/logs" },
	{ "requests",  OPTION_TEXT,   IN(requests),  "N",      "requests an hour (default: 60)" },
	{ "tokens",    OPTION_TEXT,   IN(tokens),    "IN/OUT", "tokens of a request (default: 1200/400)" },
	{ "svg",       OPTION_TEXT,   IN(svg),       "FILE",   "draw it" },
	{ "most",      OPTION_TEXT,   IN(most),      "DOLLARS", "exit status 1 when more is spent" },
	{ "write",     OPTION_TEXT,   IN(write),     "FOLDER", "write FOLDER/sideways.yaml, never over an existing file" },
};
/* clang-format on */

#define OPTION_ROW_COUNT (sizeof option_rows / sizeof option_rows[0])

/* Is name one of the words of list? */
static bool listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = list; at && *at; at += strspn(at, " ")) {
		size_t word = strcspn(at, " ");
		if (word == len && memcmp(at, name, len) == 0)
			return true;
		at += word;
	}
	return false;
}

static bool row_taken(const struct option_row *row, const char *taken)
{
	return listed("config db help", row->name) || listed(taken, row->name);
}

static int store_value(
    const struct option_row *row, const char *value, struct options *out, struct error *err)
{
	char *field = (char *)out + row->offset;

	if (row->kind == OPTION_FLAG) {
		*(bool *)(void *)field = true;
		return 0;
	}
	if (row->kind == OPTION_TEXT) {
		*(const char **)(void *)field = value;
		return 0;
	}
	struct option_values *values = (struct option_values *)(void *)field;
	if (values->count == OPTION_VALUES_MAX)
		return error_set(
		    err, ERROR_USAGE, "--%s may be given %d times", row->name, OPTION_VALUES_MAX);
	values->items[values->count++] = value;
	return 0;
}

/* The words for what getopt_long refused: `word` as typed. */
static int refuse(const char *word, int why, const char *taken, struct error *err)
{
	const char *names[OPTION_ROW_COUNT];
	size_t count = 0;
	char name[64];

	if (why == ':')
		return error_set(err, ERROR_USAGE, "%.80s wants a value", word);
	snprintf(name, sizeof name, "%.*s", (int)strcspn(word + strspn(word, "-"), "="),
	    word + strspn(word, "-"));
	for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
		if (!row_taken(&option_rows[i], taken))
			continue;
		if (strcmp(option_rows[i].name, name) == 0)
			return error_set(err, ERROR_USAGE, "--%s takes no value", name);
		names[count++] = option_rows[i].name;
	}
	const char *nearest = settings_nearest(name, names, count);
	if (nearest)
		return error_set(err, ERROR_USAGE, "there is no option %.80s here (nearest: --%s)",
		    word, nearest);
	return error_set(err, ERROR_USAGE, "there is no option %.80s here", word);
}

/* What getopt_long stopped at.  It has passed over a long option, but stays at a word such as
 * -5/1d while letters of it are left. */
static const char *refused_word(int argc, char **argv)
{
	for (int i = 1; optopt && optopt < 256 && i < argc; i++)
		if (argv[i][0] == '-' && argv[i][1] == optopt)
			return argv[i];
	return argv[optind - 1];
}

static int take_arguments(int argc, char **argv, struct options *out, struct error *err)
{
	for (int i = optind; i < argc; i++) {
		if (out->argument_count == OPTION_ARGUMENTS_MAX)
			return error_set(
			    err, ERROR_USAGE, "too many words, from '%.80s' on", argv[i]);
		out->arguments[out->argument_count++] = argv[i];
	}
	return 0;
}

int options_parse(
    const char *taken, int argc, char **argv, int from, struct options *out, struct error *err)
{
	struct option longs[OPTION_ROW_COUNT + 1] = { 0 };
	size_t count = 0;
	int found;

	for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
		if (!row_taken(&option_rows[i], taken))
			continue;
		longs[count].name = option_rows[i].name;
		longs[count].has_arg =
		    option_rows[i].kind == OPTION_FLAG ? no_argument : required_argument;
		longs[count++].val = 256 + (int)i;
	}
	*out = (struct options){ 0 };
	opterr = 0;
	optind = 0; /* glibc: begin anew */
	argc -= from - 1;
	argv += from - 1; /* getopt_long leaves out the first word */
	while ((found = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (found == 'h') {
			out->help = true;
		} else if (found < 256) {
			return refuse(refused_word(argc, argv), found, taken, err);
		} else if (store_value(&option_rows[found - 256], optarg, out, err) < 0) {
			return -1;
		}
	}
	return take_arguments(argc, argv, out, err);
}

void options_help(const char *taken)
{
	for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
		const struct option_row *row = &option_rows[i];
		char head[40];

		if (!row_taken(row, taken))
			continue;
		snprintf(head, sizeof head, "--%s%s%s", row->name, row->value ? " " : "",
		    row->value ? row->value : "");
		printf("  %-18s %s\n", head, row->help);
	}
}
