/*
 * Texts to typed values, with messages that say what was wanted.
 *
 * Numbers go through base/number, so no floating point touches money.  Null values never come
 * here: fields skips them.
 */
#include "settings/values.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "settings/unset_variables.h"

#include "base/banned.h"

#define REFERENCE_PREFIX "os.environ/"
#define SHOWN_MAX        40
#define TEXT_MAX         400

struct shown value_shown(const struct scalar *scalar)
{
	struct shown shown;
	size_t len = strlen(scalar->text);
	if (scalar->variable)
		(void)snprintf(
		    shown.text, sizeof shown.text, "the value of %.100s", scalar->variable);
	else
		(void)snprintf(shown.text, sizeof shown.text, "'%.*s%s'", SHOWN_MAX, scalar->text,
		    len > SHOWN_MAX ? "..." : "");
	return shown;
}

void value_tell(struct reading *r, enum problem_severity severity, const char *label,
    struct origin origin, const char *fmt, ...)
{
	char text[TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	problems_add(r->problems, severity, origin, "%s: %s", label, text);
}

static bool not_a(struct reading *r, const char *label, const struct yaml_node *node,
    const struct scalar *scalar, const char *wanted)
{
	if (scalar->unset)
		return false; /* told at the end */
	return value_fault(
	    r, label, node->origin, "%s is not %s", value_shown(scalar).text, wanted);
}

const char *value_variable(const struct reading *r, const char *name)
{
	const struct yaml_node *own = yaml_tree_get(r->environment, name);
	if (!own || own->kind != YAML_IS_TEXT)
		return getenv(name);
	/* A variable of the file may point at one of the process, but not at another of the file.
	 */
	if (strncmp(own->text, REFERENCE_PREFIX, strlen(REFERENCE_PREFIX)) == 0)
		return getenv(own->text + strlen(REFERENCE_PREFIX));
	return own->text;
}

bool value_scalar(
    struct reading *r, const char *label, const struct yaml_node *node, struct scalar *out)
{
	if (node->kind != YAML_IS_TEXT)
		return value_fault(r, label, node->origin, "expected a single value, not a %s",
		    node->kind == YAML_IS_LIST ? "list" : "map");
	if (strncmp(node->text, REFERENCE_PREFIX, strlen(REFERENCE_PREFIX)) != 0) {
		*out = (struct scalar){ node->text, NULL, node->plain, false };
		return true;
	}
	const char *name = node->text + strlen(REFERENCE_PREFIX);
	const char *value = value_variable(r, name);
	if ((!value || !*value) && *name && r->problems->unset) {
		unset_variables_note(r->problems->unset, name, node->origin.line, label);
		*out = (struct scalar){ arena_printf(r->arena, UNSET_STAND_IN "%s", name), name,
			false, true };
		return true;
	}
	if (!value || !*value)
		return value_fault(r, label, node->origin, "the environment variable %.100s is %s",
		    *name ? name : "(no name)", value ? "empty" : "not set");
	*out = (struct scalar){ arena_copy(r->arena, value), name, true, false };
	return true;
}

bool value_text(struct reading *r, const char *label, const struct yaml_node *node, char **out)
{
	struct scalar scalar;
	if (!value_scalar(r, label, node, &scalar))
		return false;
	if (!*scalar.text || strpbrk(scalar.text, "\r\n"))
		return not_a(r, label, node, &scalar, "a text of one line");
	*out = (char *)scalar.text;
	return true;
}

/* The index of the first character that may not stand there, or len. */
static size_t first_unfit(const char *text, size_t len, bool header)
{
	size_t i = 0;

	while (i < len && (unsigned char)text[i] >= (header ? 0x20 : 0x21) &&
	       (unsigned char)text[i] <= 0x7e)
		i++;
	return i;
}

static const char *name_of_unfit(char c)
{
	if (c == '\n' || c == '\r')
		return "a line break";
	return c == ' ' ? "a space" : "not printable ASCII";
}

static size_t trimmed_length(const char *text, size_t len)
{
	while (len && strchr(" \t\r\n", text[len - 1]))
		len--;
	return len;
}

bool value_ascii(
    struct reading *r, const char *label, const struct yaml_node *node, bool header, char **out)
{
	struct scalar scalar;
	size_t len, kept, unfit;

	if (!value_scalar(r, label, node, &scalar))
		return false;
	len = strlen(scalar.text);
	kept = trimmed_length(scalar.text, len);
	if (kept < len)
		value_warn(r, label, node->origin,
		    "white space at its end is left out (a block text with '|' keeps a line "
		    "break)");
	unfit = first_unfit(scalar.text, kept, header);
	if (unfit < kept)
		return value_fault(r, label, node->origin,
		    "character %zu is %s; only printable ASCII is allowed%s", unfit + 1,
		    name_of_unfit(scalar.text[unfit]), header ? "" : ", without spaces");
	if (!kept && !header) {
		return value_fault(r, label, node->origin, "is empty");
	}
	*out = kept < len ? arena_copy_slice(r->arena, (struct slice){ scalar.text, kept })
			  : (char *)scalar.text;
	return true;
}

bool value_is_bool(const struct scalar *scalar, bool *out)
{
	static const char *const words[] = { "true", "True", "TRUE", "yes", "Yes", "YES", "on",
		"On", "ON", "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF" };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(scalar->text, words[i]) == 0) {
			*out = i < 9;
			return true;
		}
	}
	return false;
}

bool value_bool(struct reading *r, const char *label, const struct yaml_node *node, bool *out)
{
	struct scalar scalar;
	if (!value_scalar(r, label, node, &scalar))
		return false;
	return value_is_bool(&scalar, out) || not_a(r, label, node, &scalar, "true or false");
}

/* 1:30 is 90 in YAML 1.1. */
static bool base_sixty(const char *text, int64_t *out)
{
	int64_t minutes, seconds;
	size_t len = strcspn(text, ":");

	if (!text[len] ||
	    number_whole((struct slice){ text, len }, 1, INT64_C(1000000000), &minutes, NULL) !=
		0 ||
	    number_whole(slice_of(text + len + 1), 0, 59, &seconds, NULL) != 0)
		return false;
	*out = minutes * 60 + seconds;
	return true;
}

/* Whole numbers that YAML 1.1, and so Python's loader, writes in another base: 010 is 8, 0x1F
 * is 31. */
static bool other_base(const char *text, int64_t *out)
{
	static const struct {
		const char *prefix, *digits;
		int base;
	} bases[] = { { "0x", "0123456789abcdefABCDEF", 16 }, { "0b", "01", 2 },
		{ "0", "01234567", 8 } };

	for (size_t i = 0; i < sizeof bases / sizeof bases[0]; i++) {
		size_t before = strlen(bases[i].prefix);
		const char *digits = text + before;

		if (strncmp(text, bases[i].prefix, before) != 0 || !*digits ||
		    strlen(digits) > 15 || digits[strspn(digits, bases[i].digits)])
			continue;
		*out = strtoll(digits, NULL, bases[i].base);
		return true;
	}
	return base_sixty(text, out);
}

const char *value_number_text(const struct scalar *scalar, char *buffer, size_t size)
{
	int64_t number;
	size_t len = 0;

	if (!isdigit((unsigned char)scalar->text[0]) || strlen(scalar->text) >= size)
		return scalar->text;
	memset(buffer, 0, size);
	for (const char *at = scalar->text; *at; at++) /* YAML 1.1 allows 100_000 */
		if (*at != '_')
			buffer[len++] = *at;
	if (scalar->plain && !scalar->variable && other_base(buffer, &number))
		(void)snprintf(buffer, size, "%lld", (long long)number);
	return buffer;
}

bool value_whole(struct reading *r, const char *label, const struct yaml_node *node, int64_t least,
    int64_t most, int64_t *out)
{
	struct scalar scalar;
	if (!value_scalar(r, label, node, &scalar))
		return false;
	char buffer[VALUE_NUMBER_MAX];
	if (number_whole(slice_of(value_number_text(&scalar, buffer, sizeof buffer)), least, most,
		out, NULL) == 0)
		return true;
	char wanted[80];
	(void)snprintf(wanted, sizeof wanted, "a whole number from %lld to %lld", (long long)least,
	    (long long)most);
	return not_a(r, label, node, &scalar, wanted);
}

static const struct {
	const char *name;
	int64_t seconds; /* 0: milliseconds */
} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { "w", 604800 },
	{ "mo", 2592000 }, { "ms", 0 } };

/* Words for units and for whole periods.  LiteLLM reads a number and the first letters behind it,
 * so that "1day", "30days" and "1month" are known there (duration_parser.py of 1.110.2), and these
 * words. */
static const struct {
	const char *word, *unit;
} unit_words[] = { { "sec", "s" }, { "secs", "s" }, { "second", "s" }, { "seconds", "s" },
	{ "min", "m" }, { "mins", "m" }, { "minute", "m" }, { "minutes", "m" }, { "hr", "h" },
	{ "hrs", "h" }, { "hour", "h" }, { "hours", "h" }, { "day", "d" }, { "days", "d" },
	{ "week", "w" }, { "weeks", "w" }, { "month", "mo" }, { "months", "mo" } };

static const struct {
	const char *word, *period;
} period_words[] = { { "hourly", "1h" }, { "daily", "1d" }, { "weekly", "7d" },
	{ "monthly", "30d" } };

/* The unit's short name; NULL: it is none. */
static const char *unit_named(const char *name)
{
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(name, units[i].name) == 0)
			return units[i].name;
	for (size_t i = 0; i < sizeof unit_words / sizeof unit_words[0]; i++)
		if (strcasecmp(name, unit_words[i].word) == 0)
			return unit_words[i].unit;
	return NULL;
}

static bool parse_duration(const char *text, int64_t *out_ms)
{
	size_t digits = strspn(text, "0123456789.");
	const char *unit = unit_named(text + digits);
	int64_t number;

	for (size_t i = 0; unit && i < sizeof units / sizeof units[0]; i++) {
		int64_t factor = units[i].seconds ? units[i].seconds : 1;
		if (strcmp(unit, units[i].name) != 0)
			continue;
		if (number_scaled(
			(struct slice){ text, digits }, units[i].seconds ? 3 : 0, &number, NULL))
			return false;
		return !__builtin_mul_overflow(number, factor, out_ms);
	}
	return false;
}

static void duration_text(int64_t ms, char *out, size_t size)
{
	static const char names[] = "dhms";
	static const int64_t factors[] = { 86400000, 3600000, 60000, 1000 };
	for (size_t i = 0; i < 4; i++) {
		if (ms && ms % factors[i] == 0) {
			(void)snprintf(out, size, "%lld%c", (long long)(ms / factors[i]), names[i]);
			return;
		}
	}
	(void)snprintf(out, size, ms ? "%lldms" : "%lld", (long long)ms);
}

bool value_duration(struct reading *r, const char *label, const struct yaml_node *node,
    int64_t least_ms, int64_t most_ms, int64_t *out_ms)
{
	struct scalar scalar;
	int64_t ms;
	if (!value_scalar(r, label, node, &scalar))
		return false;
	char buffer[VALUE_NUMBER_MAX];
	if (parse_duration(value_number_text(&scalar, buffer, sizeof buffer), &ms) &&
	    ms >= least_ms && ms <= most_ms) {
		*out_ms = ms;
		return true;
	}
	char least[32], most[32], wanted[120];
	duration_text(least_ms, least, sizeof least);
	duration_text(most_ms, most, sizeof most);
	(void)snprintf(wanted, sizeof wanted,
	    "a time from %s to %s, such as 30 (seconds), 5m or 1h", least, most);
	return not_a(r, label, node, &scalar, wanted);
}

bool value_period(struct reading *r, const char *label, const struct yaml_node *node, char **out)
{
	struct scalar scalar;
	if (!value_scalar(r, label, node, &scalar))
		return false;
	for (size_t i = 0; i < sizeof period_words / sizeof period_words[0]; i++) {
		if (strcasecmp(scalar.text, period_words[i].word) == 0) {
			*out = arena_copy(r->arena, period_words[i].period);
			return true;
		}
	}
	size_t digits = strspn(scalar.text, "0123456789");
	const char *unit = unit_named(scalar.text + digits);
	int64_t count;
	bool good =
	    number_whole((struct slice){ scalar.text, digits }, 1, 1000000, &count, NULL) == 0;
	if (!good || !unit || strcmp(unit, "ms") == 0)
		return not_a(r, label, node, &scalar,
		    "a period such as 30s, 5m, 1h, 1d, 7d, 30d, 1mo, daily or monthly");
	if (strcmp(scalar.text, "1m") == 0)
		value_warn(r, label, node->origin, "1m is a minute; a month is 1mo");
	*out = arena_printf(
	    r->arena, "%.*s%s", (int)digits, scalar.text, scalar.text[digits] ? unit : "s");
	return true;
}

bool value_decimal(struct reading *r, const char *label, const struct yaml_node *node, int scale,
    int64_t most, const char *unit, int64_t *out)
{
	struct scalar scalar;
	int64_t number;
	if (!value_scalar(r, label, node, &scalar))
		return false;
	char buffer[VALUE_NUMBER_MAX];
	if (number_scaled(slice_of(value_number_text(&scalar, buffer, sizeof buffer)), scale,
		&number, NULL) == 0 &&
	    number >= 0 && number <= most) {
		*out = number;
		return true;
	}
	int64_t most_whole = most;
	for (int i = 0; i < scale; i++)
		most_whole /= 10;
	char wanted[120];
	(void)snprintf(wanted, sizeof wanted, "a number of %s from 0 to %lld, such as %s", unit,
	    (long long)most_whole, scale > 6 ? "0.25 or 2.5e-07" : "1.5");
	return not_a(r, label, node, &scalar, wanted);
}
