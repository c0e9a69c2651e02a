/*
 * Dumps and CSV files to rows.  See the header.
 */
#include "import/dump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/text.h"

#include "base/banned.h"

#define COLUMNS_MOST  128
#define ROW_MAX_BYTES ((size_t)4 << 20) /* a key's metadata may be long */

struct dump {
	struct import_rows *rows;
	FILE *file;
	char *line; /* of getline */
	size_t room;
	size_t line_number;
	const char *columns[COLUMNS_MOST];
	size_t column_count;
	struct text row; /* the JSON object that is made */
	struct text field;
	size_t fields; /* in the row so far */
};

/* The next line without its end; false at the end of the file. */
static bool next_line(struct dump *dump)
{
	ssize_t len = getline(&dump->line, &dump->room, dump->file);

	if (len <= 0)
		return false;
	dump->line_number++;
	while (len > 0 && (dump->line[len - 1] == '\n' || dump->line[len - 1] == '\r'))
		dump->line[--len] = '\0';
	return true;
}

/* ---- rows ---- */

static void begin_row(struct dump *dump)
{
	text_clear(&dump->row);
	dump->fields = 0;
}

static void end_field(struct dump *dump, bool is_null)
{
	if (dump->fields < dump->column_count) {
		const char *name = dump->columns[dump->fields];

		text_putc(&dump->row, dump->fields ? ',' : '{');
		text_json_string(&dump->row, name, strlen(name));
		text_putc(&dump->row, ':');
		if (is_null)
			text_puts(&dump->row, "null");
		else
			text_json_string(&dump->row, dump->field.bytes, dump->field.len);
	}
	dump->fields++;
	text_clear(&dump->field);
}

static int end_row(struct dump *dump, enum import_table table, struct error *err)
{
	if (dump->fields != dump->column_count)
		return error_set(err, ERROR_BAD_REQUEST, "line %zu has %zu columns, its table %zu",
		    dump->line_number, dump->fields, dump->column_count);
	text_putc(&dump->row, '}');
	if (text_failed(&dump->row) || text_failed(&dump->field))
		return error_set(err, ERROR_TOO_LARGE, "line %zu is longer than %zu bytes",
		    dump->line_number, ROW_MAX_BYTES);
	struct arena *arena = dump->rows->arena;
	struct slice json = slice_of(arena_copy_slice(arena, text_slice(&dump->row)));
	return import_rows_add(dump->rows, table, json, err);
}

static int add_column(struct dump *dump, struct slice name, struct error *err)
{
	if (dump->column_count == COLUMNS_MOST)
		return error_set(
		    err, ERROR_BAD_REQUEST, "a table has more than %d columns", COLUMNS_MOST);
	dump->columns[dump->column_count++] = arena_copy_slice(dump->rows->arena, name);
	return 0;
}

/* ---- COPY ---- */

/* The word at *at, or what is between quotes there. */
static struct slice take_name(const char **at)
{
	bool quoted = **at == '"';
	const char *begin = *at += quoted;

	*at += quoted ? strcspn(begin, "\"") : strcspn(begin, " ,().");
	struct slice name = { begin, (size_t)(*at - begin) };
	*at += quoted && **at;
	return name;
}

/* COPY public."LiteLLM_TeamTable" (team_id, "members") FROM stdin; */
static int read_copy_head(struct dump *dump, struct slice *out_table, struct error *err)
{
	const char *at = dump->line + strlen("COPY ");

	*out_table = take_name(&at);
	while (*at == '.') {
		at++;
		*out_table = take_name(&at);
	}
	dump->column_count = 0;
	for (at += strspn(at, " ("); *at && *at != ')'; at += strspn(at, ", "))
		if (add_column(dump, take_name(&at), err) != 0)
			return -1;
	return 0;
}

/* Three octal digits, or 'x' and two hexadecimal ones, behind a backslash. */
static const char *take_code(const char *at, int base, int most, char *out)
{
	static const char digits[] = "0123456789abcdef";
	int value = 0;

	for (int i = 0; i < most && *at; i++, at++) {
		const char *digit = strchr(digits, *at >= 'A' && *at <= 'F' ? *at + 32 : *at);
		if (!digit || digit - digits >= base)
			break;
		value = value * base + (int)(digit - digits);
	}
	*out = (char)value;
	return at;
}

static const char *take_escape(const char *at, struct text *out)
{
	static const char letters[] = "bfnrtv", means[] = "\b\f\n\r\t\v";
	const char *letter = *at ? strchr(letters, *at) : NULL;
	char code = *at;

	if (letter) {
		text_putc(out, means[letter - letters]);
		return at + 1;
	}
	if (*at == 'x')
		at = take_code(at + 1, 16, 2, &code);
	else if (*at >= '0' && *at <= '7')
		at = take_code(at, 8, 3, &code);
	else if (*at)
		at++;
	if (code)
		text_putc(out, code);
	return at;
}

static int read_copy_row(struct dump *dump, enum import_table table, struct error *err)
{
	begin_row(dump);
	for (const char *at = dump->line;; at++) {
		bool is_null = at[0] == '\\' && at[1] == 'N';

		at += is_null ? 2 : 0;
		while (*at && *at != '\t')
			if (*at == '\\')
				at = take_escape(at + 1, &dump->field);
			else
				text_putc(&dump->field, *at++);
		end_field(dump, is_null);
		if (!*at)
			break;
	}
	return end_row(dump, table, err);
}

static int read_copy(struct dump *dump, struct error *err)
{
	enum import_table table = IMPORT_TABLE_COUNT;
	struct slice name;

	if (read_copy_head(dump, &name, err) != 0)
		return -1;
	const char *kept = arena_copy_slice(dump->rows->arena, name);
	bool wanted = import_table_named(name, &table);
	if (wanted)
		dump->rows->tables[table].found = true;
	while (next_line(dump)) {
		if (strcmp(dump->line, "\\.") == 0)
			return 0;
		if (!wanted)
			import_rows_count_other(dump->rows, slice_of(kept));
		else if (read_copy_row(dump, table, err) != 0)
			return error_prefix(err, "%s", kept);
	}
	return error_set(err, ERROR_BAD_REQUEST,
	    "it ends within %.100s: the file has been cut, make it again", kept);
}

static int read_sql(struct dump *dump, struct error *err)
{
	do {
		if (strncmp(dump->line, "COPY ", 5) == 0) {
			if (read_copy(dump, err) != 0)
				return -1;
		} else if (strncasecmp(dump->line, "insert into ", 12) == 0) {
			return error_set(err, ERROR_UNSUPPORTED,
			    "it was made with --inserts; pg_dump without it writes COPY");
		}
	} while (next_line(dump));
	return 0;
}

/* ---- CSV ---- */

static bool has_column(const struct dump *dump, const char *name)
{
	for (size_t i = 0; i < dump->column_count; i++)
		if (strcmp(dump->columns[i], name) == 0)
			return true;
	return false;
}

/* By columns that no other of LiteLLM's tables has together. */
static int table_of_header(const struct dump *dump, enum import_table *out, struct error *err)
{
	static const struct {
		const char *columns[2];
		enum import_table table;
	} marks[] = {
		{ { "token", "key_name" }, IMPORT_KEYS },
		{ { "team_id", "members_with_roles" }, IMPORT_TEAMS },
		{ { "budget_id", "soft_budget" }, IMPORT_BUDGETS },
		{ { "user_id", "user_role" }, IMPORT_USERS },
	};

	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (has_column(dump, marks[i].columns[0]) &&
		    has_column(dump, marks[i].columns[1])) {
			*out = marks[i].table;
			return 0;
		}
	return error_set(err, ERROR_BAD_REQUEST,
	    "it is neither a plain pg_dump nor a CSV with the header of LiteLLM_VerificationToken "
	    "(token, key_name, ...), LiteLLM_TeamTable (team_id, members_with_roles, ...), "
	    "LiteLLM_BudgetTable (budget_id, soft_budget, ...) or LiteLLM_UserTable (user_id, "
	    "user_role, ...)");
}

/* Goes on behind the end of a line that stands within quotes. */
static const char *next_in_quotes(struct dump *dump)
{
	text_putc(&dump->field, '\n');
	return next_line(dump) ? dump->line : NULL;
}

/* A field from `at` on; the place of the comma or NUL behind it, NULL when the file ends within. */
static const char *take_csv_field(struct dump *dump, const char *at, bool *out_quoted)
{
	*out_quoted = *at == '"';
	if (!*out_quoted) {
		size_t len = strcspn(at, ",");
		text_add(&dump->field, at, len);
		return at + len;
	}
	for (at++; at; at++) {
		while (at && !*at)
			at = next_in_quotes(dump);
		if (!at)
			return NULL;
		if (*at == '"' && at[1] != '"')
			return at + 1;
		at += *at == '"';
		text_putc(&dump->field, *at);
	}
	return NULL;
}

static int read_csv_row(struct dump *dump, enum import_table table, struct error *err)
{
	bool quoted;

	begin_row(dump);
	for (const char *at = dump->line;; at++) {
		at = take_csv_field(dump, at, &quoted);
		if (!at)
			return error_set(err, ERROR_BAD_REQUEST, "it ends within quotes");
		end_field(dump, !quoted && !dump->field.len);
		if (*at != ',')
			break;
	}
	return end_row(dump, table, err);
}

static int read_csv(struct dump *dump, struct error *err)
{
	const char *at = dump->line;
	enum import_table table = IMPORT_KEYS;
	bool quoted;

	if (strncmp(at, "\xEF\xBB\xBF", 3) == 0)
		at += 3; /* spreadsheets write it */
	for (;; at++) {
		at = take_csv_field(dump, at, &quoted);
		if (!at || add_column(dump, text_slice(&dump->field), err) != 0)
			return at ? -1 : error_set(err, ERROR_BAD_REQUEST, "its header has no end");
		text_clear(&dump->field);
		if (*at != ',')
			break;
	}
	if (table_of_header(dump, &table, err) != 0)
		return -1;
	dump->rows->tables[table].found = true;
	while (next_line(dump))
		if (*dump->line && read_csv_row(dump, table, err) != 0)
			return -1;
	return 0;
}

/* ---- a file ---- */

static int read_file(struct dump *dump, struct error *err)
{
	do {
		if (!next_line(dump))
			return error_set(err, ERROR_BAD_REQUEST, "it is empty");
	} while (!*dump->line);
	if (strncmp(dump->line, "PGDMP", 5) == 0)
		return error_set(err, ERROR_UNSUPPORTED,
		    "it is pg_dump's own format; make it plain: pg_restore -f plain.sql FILE");
	if (strncmp(dump->line, "--", 2) == 0 || strncmp(dump->line, "SET ", 4) == 0 ||
	    strncmp(dump->line, "COPY ", 5) == 0)
		return read_sql(dump, err);
	return read_csv(dump, err);
}

int dump_read(const char *path, struct import_rows *rows, struct error *err)
{
	struct dump dump = { .rows = rows, .file = fopen(path, "re") };

	if (!dump.file)
		return error_set(err, ERROR_USAGE, "%.300s: %s", path, strerror(errno));
	text_init(&dump.row, ROW_MAX_BYTES);
	text_init(&dump.field, ROW_MAX_BYTES);
	int result = read_file(&dump, err);
	if (result == 0 && ferror(dump.file))
		result = error_set(err, ERROR_INTERNAL, "%s", strerror(errno));
	text_release(&dump.row);
	text_release(&dump.field);
	alloc_cleanup(&dump.line);
	(void)fclose(dump.file); /* it was only read */
	return result == 0 ? 0 : error_prefix(err, "%.300s", path);
}
