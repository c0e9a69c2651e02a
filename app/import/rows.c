/*
 * Rows and their columns.  See the header.
 */
#include "import/rows.h"

#include <string.h>
#include <time.h>

#include "base/json_scan.h"
#include "base/number.h"
#include "base/text.h"

#include "base/banned.h"

/* A thousand names; LiteLLM's users have at most a few hundred. */
#define NAMES_MAX_BYTES 65536
#define WHOLE_MAX       INT64_C(1000000000000) /* of a limit, as in the settings file */

static const struct {
	const char *name;
	enum import_table table;
} tables[] = {
	{ "LiteLLM_VerificationToken", IMPORT_KEYS },
	{ "LiteLLM_TeamTable", IMPORT_TEAMS },
	{ "LiteLLM_BudgetTable", IMPORT_BUDGETS },
	{ "LiteLLM_UserTable", IMPORT_USERS },
};

bool import_table_named(struct slice name, enum import_table *out)
{
	for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
		if (slice_is(name, tables[i].name)) {
			*out = tables[i].table;
			return true;
		}
	return false;
}

int import_rows_add(
    struct import_rows *rows, enum import_table table, struct slice json, struct error *err)
{
	struct import_table_rows *to = &rows->tables[table];
	struct slice *row;

	to->found = true;
	if (to->count == IMPORT_ROWS_MOST)
		return error_set(
		    err, ERROR_TOO_LARGE, "more than %d rows of a table", IMPORT_ROWS_MOST);
	if (json_scan_check(json, err) != 0 || json_scan_type(json) != JSON_MAP)
		return error_prefix(err, "row %zu is not as LiteLLM writes it", to->count + 1);
	row = arena_grow(rows->arena, &to->rows, &to->count, sizeof *row);
	*row = json;
	return 0;
}

void import_rows_count_other(struct import_rows *rows, struct slice table)
{
	struct import_other *other;

	for (size_t i = 0; i < rows->other_count; i++)
		if (slice_is(table, rows->others[i].table)) {
			rows->others[i].count++;
			return;
		}
	other = arena_grow(rows->arena, &rows->others, &rows->other_count, sizeof *other);
	*other = (struct import_other){ arena_copy_slice(rows->arena, table), 1 };
}

/* ---- columns ---- */

const char *row_text(struct slice row, const char *column, struct arena *arena)
{
	const char *text = json_as_text(json_member(row, column), arena);

	return text && *text ? text : NULL;
}

/* A number as a number or as a text; empty when there is none. */
static struct slice digits_of(struct slice row, const char *column, struct arena *arena)
{
	struct slice value = json_member(row, column);

	if (json_scan_type(value) == JSON_NUMBER)
		return value;
	return json_as_slice(value, arena);
}

int row_money(
    struct slice row, const char *column, bool *out_given, int64_t *out, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };

	struct slice digits = digits_of(row, column, &arena);
	*out_given = digits.len > 0;
	if (!digits.len)
		return 0;
	if (number_scaled(digits, 9, out, err) != 0)
		return error_prefix(err, "%s", column);
	if (*out < 0)
		*out =
		    0; /* LiteLLM's counters go a little below 0 when a reset meets a late call */
	return 0;
}

int row_whole(
    struct slice row, const char *column, int64_t fallback, int64_t *out, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };

	struct slice digits = digits_of(row, column, &arena);
	*out = fallback;
	if (digits.len && number_whole(digits, 0, WHOLE_MAX, out, err) != 0)
		return error_prefix(err, "%s", column);
	return 0;
}

bool row_bool(struct slice row, const char *column)
{
	struct slice value = json_member(row, column);
	bool result = false;

	return json_as_bool(value, &result)
		   ? result
		   : json_text_is(value, "t") || json_text_is(value, "true");
}

/* Two or four digits. */
static int part(const char **at, int digits, int *out)
{
	*out = 0;
	for (int i = 0; i < digits; i++, ++*at) {
		if (**at < '0' || **at > '9')
			return -1;
		*out = *out * 10 + (**at - '0');
	}
	return 0;
}

static int parse_time(const char *at, int64_t *out_ms)
{
	struct tm tm = { 0 };
	int *const parts[] = { &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
		&tm.tm_sec };

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (i && !(*at && strchr("- T:", *at)))
			return -1;
		at += i > 0;
		if (part(&at, i == 0 ? 4 : 2, parts[i]) != 0)
			return -1;
	}
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	*out_ms = (int64_t)timegm(&tm) * 1000;
	return 0;
}

int row_time(struct slice row, const char *column, int64_t *out_ms, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };

	const char *text = row_text(row, column, &arena);
	*out_ms = 0;
	if (!text || parse_time(text, out_ms) == 0)
		return 0;
	return error_set(err, ERROR_BAD_REQUEST, "%s: '%.40s' is not a time as 2026-11-30 00:00:00",
	    column, text);
}

/* One element of {a,"b \" c"}; the place after it. */
static const char *add_element(const char *at, struct text *element)
{
	bool quoted = *at == '"';

	for (at += quoted; *at && (quoted ? *at != '"' : !strchr(",}", *at)); at++) {
		if (*at == '\\' && at[1])
			at++;
		text_putc(element, *at);
	}
	return at + (quoted && *at);
}

/* PostgreSQL's text of an array. */
static void add_array(const char *at, struct text *out)
{
	AUTO_TEXT struct text element = text_empty(NAMES_MAX_BYTES);

	text_putc(out, '[');
	for (at += *at == '{'; *at && *at != '}'; at += *at == ',') {
		text_clear(&element);
		at = add_element(at, &element);
		if (out->len > 1)
			text_putc(out, ',');
		text_json_string(out, element.bytes, element.len);
		if (*at && !strchr(",}", *at))
			break; /* not as PostgreSQL writes it */
	}
	text_putc(out, ']');
}

const char *row_names(struct slice row, const char *column, struct arena *arena)
{
	struct slice value = json_member(row, column);
	const char *text = json_as_text(value, arena);
	AUTO_TEXT struct text names = text_empty(NAMES_MAX_BYTES);

	if (json_scan_type(value) == JSON_LIST)
		return arena_copy_slice(arena, value);
	if (text && *text == '[') /* a CSV of a JSON column, or of another tool */
		return text;
	add_array(text ? text : "{}", &names);
	return arena_copy(arena, names.bytes);
}

static bool is_nothing(const char *json)
{
	return !*json || text_is_one_of(json, "{} [] null \"\"");
}

const char *row_json(struct slice row, const char *column, struct arena *arena)
{
	struct slice value = json_member(row, column);
	const char *json = json_as_text(value, arena);
	struct error none = { 0 };

	if (!json && json_scan_type(value) > JSON_TEXT)
		json = arena_copy_slice(arena, value);
	return json && !is_nothing(json) && json_scan_check(slice_of(json), &none) == 0 ? json
											: NULL;
}

bool row_is_filled(struct slice row, const char *column, struct arena *arena)
{
	const char *text = row_text(row, column, arena);

	return row_json(row, column, arena) ||
	       json_scan_type(json_member(row, column)) == JSON_NUMBER ||
	       (text && !is_nothing(text));
}

int row_check_json(struct slice row, const char *column, enum json_type wanted, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };

	struct slice value = json_member(row, column);
	const char *json = row_json(row, column, &arena);
	const char *text = row_text(row, column, &arena);
	bool is_none = !json && (json_scan_type(value) != JSON_TEXT || !text || is_nothing(text));

	if (is_none || (json && json_scan_type(slice_of(json)) == wanted))
		return 0;
	return error_set(err, ERROR_BAD_REQUEST, "%s: it is not a JSON %s", column,
	    wanted == JSON_LIST ? "array" : "object");
}
