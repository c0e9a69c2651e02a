/*
 * The table of options, read by getopt_long and by the help.
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

#define FLAG_ROW(name, help) { #name, OPTION_FLAG, offsetof(struct options, name), NULL, help },
#define DASHED_ROW(name, word, help)                                                               \
	{ word, OPTION_FLAG, offsetof(struct options, name), NULL, help },
#define TEXT_ROW(name, value, help)                                                                \
	{ #name, OPTION_TEXT, offsetof(struct options, name), value, help },
#define VALUES_ROW(name, value, help)                                                              \
	{ #name, OPTION_VALUES, offsetof(struct options, name), value, help },

static const struct option_row option_rows[] = { OPTION_ROWS(
    FLAG_ROW, DASHED_ROW, TEXT_ROW, VALUES_ROW) };

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
static int options_refuse(const char *word, int why, const char *taken, struct error *err)
{
	const char *names[OPTION_ROW_COUNT];
	size_t count = 0;
	char name[64];

	if (why == ':')
		return error_set(err, ERROR_USAGE, "%.80s needs a value", word);
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
			    err, ERROR_USAGE, "too many words, starting with '%.80s'", argv[i]);
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
			return options_refuse(refused_word(argc, argv), found, taken, err);
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
