/*
 * Tables for people.  See the header.
 */
#include "cli/reference.h"

#include <fnmatch.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "providers/provider.h"
#include "settings/schema.h"
#include "views/metric_list.h"

#include "base/banned.h"

/* ---- settings ---- */

static bool is_parameter(const struct schema_row *row)
{
	return row->type == TYPE_NUMBER_PARAMETER || row->type == TYPE_WHOLE_PARAMETER ||
	       row->type == TYPE_BOOL_PARAMETER || row->type == TYPE_ANY_PARAMETER;
}

/* "90d", "1.5 h" does not occur: the largest unit without a remainder. */
static void put_span(int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" } };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (ms >= units[i].ms && ms % units[i].ms == 0) {
			printf("%lld%s", (long long)(ms / units[i].ms), units[i].name);
			return;
		}
	printf(ms == 0 ? "0" : "%lld ms", (long long)ms);
}

static void reference_put_number(int64_t value)
{
	printf("%lld", (long long)value);
}

static void put_mebibytes(int64_t bytes)
{
	printf("%lld", (long long)(bytes >> 20));
}

/* Limits that only keep a number from overflowing are not worth a word. */
#define WHATEVER INT64_C(1000000000000)

static void put_range(const char *name, const struct schema_row *row, void (*put)(int64_t value))
{
	fputs(name, stdout);
	if (row->most >= WHATEVER) {
		fputs(" from ", stdout);
		put(row->least);
		return;
	}
	fputs(", ", stdout);
	put(row->least);
	fputs(" to ", stdout);
	put(row->most);
}

static void put_choices(const char *words)
{
	for (const char *at = words ? words : ""; *at; at += strspn(at, " ")) {
		printf("%s`%.*s`", at == words ? "" : ", ", (int)strcspn(at, " "), at);
		at += strcspn(at, " ");
	}
}

/* What may stand there: type, range and unit. */
static void reference_put_value(const struct schema_row *row)
{
	static const char *const names[] = {
		[TYPE_BOOL] = "true or false",
		[TYPE_FLAG] = "true or false",
		[TYPE_WEIGHT] = "a number from 0",
		[TYPE_PERIOD] = "a period: `1h`, `1d`, `2w`, `1mo`",
		[TYPE_MONEY] = "dollars",
		[TYPE_LONG_PRICE] = "dollars a token",
		[TYPE_TEXT] = "text",
		[TYPE_SECRET] = "text, kept secret",
		[TYPE_URL] = "a URL",
		[TYPE_NESTED] = NULL,
		[TYPE_SPECIAL] = NULL,
	};

	switch (row->type) {
	case TYPE_WHOLE:
		put_range("a whole number", row, reference_put_number);
		break;
	case TYPE_MEBIBYTES:
		put_range("MiB", row, put_mebibytes);
		break;
	case TYPE_DURATION:
		put_range("a duration", row, put_span);
		break;
	case TYPE_CHOICE:
		put_choices(row->note);
		break;
	case TYPE_PRICE:
		fputs(strstr(row->key, "_character") ? "dollars a character" : "dollars a token",
		    stdout);
		break;
	default:
		if ((size_t)row->type < sizeof names / sizeof names[0] && names[row->type])
			fputs(names[row->type], stdout);
	}
}

static bool is_setting(const struct schema_row *row)
{
	return (row->sections & (IN_LITELLM | IN_ROUTER | IN_GENERAL | IN_SIDEWAYS)) != 0;
}

static void put_default(const struct schema_row *row)
{
	if (!is_setting(row) || row->fallback == SETTING_UNSET)
		return;
	if (row->type == TYPE_BOOL)
		fputs(row->fallback ? "true" : "false", stdout);
	else if (row->type == TYPE_DURATION)
		put_span(row->fallback);
	else if (row->type == TYPE_WHOLE)
		reference_put_number(row->fallback);
}

/* The key, with a number in place of a pattern's. */
static void reference_put_key(const char *key)
{
	const char *pattern = strstr(key, "[0-9]*");

	if (pattern)
		printf("`%.*s200%s`", (int)(pattern - key), key, pattern + 6);
	else
		printf("`%s`", key);
}

static const struct part {
	const char *name;
	unsigned section;
} parts[] = {
	{ "file", IN_TOP },
	{ "model_list", IN_ENTRY },
	{ "litellm_params", IN_PARAMS },
	{ "model_info", IN_INFO },
	{ "litellm_settings", IN_LITELLM },
	{ "router_settings", IN_ROUTER },
	{ "general_settings", IN_GENERAL },
	{ "pass_through_endpoints", IN_PASS_THROUGH },
	{ "sideways_settings", IN_SIDEWAYS },
};
#define PART_COUNT (sizeof parts / sizeof parts[0])

/* A row stands in the table of the first section that it may be in; the others are named. */
static void put_other_sections(const struct schema_row *row, unsigned section)
{
	const char *before = ". Also in ";

	for (size_t i = 0; i < PART_COUNT; i++) {
		bool both = section == IN_LITELLM && parts[i].section == IN_ROUTER;

		if (parts[i].section == section || !(row->sections & parts[i].section) || both)
			continue;
		printf("%s`%s`", before, parts[i].name);
		before = ", ";
	}
}

static void put_row(const struct schema_row *row, unsigned section)
{
	fputs("| ", stdout);
	reference_put_key(row->key);
	fputs(" | ", stdout);
	reference_put_value(row);
	fputs(" | ", stdout);
	put_default(row);
	printf(" | %s", row->about ? row->about : "");
	put_other_sections(row, section);
	puts(" |");
}

static bool belongs(const struct schema_row *row, unsigned section)
{
	return (row->sections & section) && !(row->sections & (section - 1)) &&
	       row->type != TYPE_UNSUPPORTED && !is_parameter(row);
}

static void print_part(const struct part *part)
{
	const struct schema_row *row;

	puts("| key | value | default | meaning |\n| --- | --- | --- | --- |");
	for (size_t i = 0; (row = schema_at(i)); i++)
		if (belongs(row, part->section))
			put_row(row, part->section);
}

static void print_parameters(void)
{
	const struct schema_row *row;
	const char *before = "";

	for (size_t i = 0; (row = schema_at(i)); i++)
		if (is_parameter(row)) {
			printf("%s`%s`", before, row->key);
			before = ",\n";
		}
	puts(".");
}

static bool bears(const struct schema_row *row, const char *name)
{
	const char *dot = strrchr(row->key, '.');

	return fnmatch(row->key, name, 0) == 0 || (dot && strcmp(dot + 1, name) == 0);
}

static bool row_is_pattern(const struct schema_row *row)
{
	return strchr(row->key, '[') || strchr(row->key, '*');
}

static void put_meaning(const struct schema_row *row, const char *name)
{
	const char *words = row->about ? row->about : row->note;
	bool plain = row->type == TYPE_SPECIAL || row->type == TYPE_NESTED;

	printf(
	    "%s: %s: ", schema_section_name(row->sections), row_is_pattern(row) ? name : row->key);
	if (row->type == TYPE_UNSUPPORTED)
		fputs("has no effect", stdout);
	else if (is_parameter(row))
		fputs("a default parameter of a call", stdout);
	else
		reference_put_value(row);
	printf("%s%s\n", words && !plain ? "; " : "", words ? words : "");
}

/* Where a name may stand, and what it means or why it has no effect. */
static bool print_setting(const char *name)
{
	const struct schema_row *row;
	bool any = false;

	for (size_t i = 0; (row = schema_at(i)); i++)
		if (bears(row, name) && !(row_is_pattern(row) && any)) {
			any = true;
			put_meaning(row, name);
		}
	return any;
}

static int no_setting(const char *name)
{
	const char *nearest = schema_nearest(~0U, name);

	fprintf(stderr, "sideways: there is no setting '%.80s'", name);
	if (nearest)
		fprintf(stderr, " (nearest: %s)", nearest);
	fputs("; help settings takes its name, or a part of the file:", stderr);
	for (size_t i = 0; i < PART_COUNT; i++)
		fprintf(stderr, " %s", parts[i].name);
	fputs(" parameters\n", stderr);
	return -1;
}

static int print_settings(const char *name)
{
	bool any = false;

	for (size_t i = 0; i < PART_COUNT; i++) {
		if (name && strcmp(name, parts[i].name) != 0)
			continue;
		if (!name)
			printf("%s%s\n\n", i ? "\n" : "", parts[i].name);
		print_part(&parts[i]);
		any = true;
	}
	if (!name)
		puts("\ndefault parameters of a call, in litellm_params\n");
	if (!name || strcmp(name, "parameters") == 0) {
		print_parameters();
		any = true;
	}
	return any || print_setting(name) ? 0 : no_setting(name);
}

/* ---- metrics ---- */

static int no_part(const char *topic)
{
	fprintf(stderr, "sideways: help %s takes no other word\n", topic);
	return -1;
}

static int print_metrics(const char *part)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };

	if (part)
		return no_part("metrics");
	puts("| name | type | labels | meaning |\n| --- | --- | --- | --- |");
	for (size_t i = 0; i < metric_family_count; i++) {
		const struct metric_family *family = &metric_families[i];

		printf("| `%s` | %s | ", family->name, types[family->type]);
		for (size_t l = 0; family->labels[l]; l++)
			printf("%s`%s`", l ? ", " : "", family->labels[l]);
		printf(" | %s |\n", family->help);
	}
	return 0;
}

/* ---- providers ---- */

#define LINE_MOST 100

static int print_providers(const char *part)
{
	const struct provider *provider;
	size_t column = 0;

	if (part)
		return no_part("providers");
	for (size_t i = 0; (provider = provider_at(i)); i++) {
		column += strlen(provider->name) + 2;
		if (column > LINE_MOST)
			column = strlen(provider->name);
		printf("%s%s",
		    i == 0                             ? ""
		    : column == strlen(provider->name) ? ",\n"
						       : ", ",
		    provider->name);
	}
	puts("");
	return 0;
}

static const struct topic {
	const char *name;
	int (*print)(const char *part);
} topics[] = {
	{ "settings", print_settings },
	{ "metrics", print_metrics },
	{ "providers", print_providers },
};

static const struct topic *topic_of(const char *name)
{
	for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++)
		if (strcmp(topics[i].name, name) == 0)
			return &topics[i];
	return NULL;
}

int reference_known(const char *topic)
{
	return topic_of(topic) != NULL;
}

int reference_print(const char *topic, const char *part)
{
	const struct topic *found = topic_of(topic);

	return found ? found->print(part) : -1;
}
