#ifndef IMPORT_ROWS_H
#define IMPORT_ROWS_H

/*
 * The rows of another gateway's tables, wherever they were read from: each is one JSON object with
 * the columns' names.  A column of a dump is a text as PostgreSQL writes it, one of an API a JSON
 * value; the readers below take both, so that who uses a row need not know.
 *
 * Everything lies in one arena and lives as long as it.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json_scan.h"
#include "base/slice.h"

enum import_table { IMPORT_KEYS, IMPORT_TEAMS, IMPORT_BUDGETS, IMPORT_USERS, IMPORT_TABLE_COUNT };

/* More are no company's keys, and a mistake. */
#define IMPORT_ROWS_MOST 1000000

struct import_rows {
	struct arena *arena;
	struct import_table_rows {
		bool found; /* the table was there, if only empty */
		struct slice *rows;
		size_t count;
	} tables[IMPORT_TABLE_COUNT];
	/* Rows of LiteLLM's other tables, which are not read: organizations, ... */
	struct import_other {
		const char *table;
		size_t count;
	} * others;
	size_t other_count;
};

/* json must be an object; it is checked and kept. */
int import_rows_add(
    struct import_rows *rows, enum import_table table, struct slice json, struct error *err);
void import_rows_count_other(struct import_rows *rows, struct slice table);

/* LiteLLM's name of a table ("LiteLLM_VerificationToken"); false: it is not one that is read. */
bool import_table_named(struct slice name, enum import_table *out);

/* ---- a column ---- */

/* NULL: absent, null or empty. */
const char *row_text(struct slice row, const char *column, struct arena *arena);
/* Dollars to nano-dollars; false: absent or null.  What is no amount is an error. */
int row_money(
    struct slice row, const char *column, bool *out_given, int64_t *out, struct error *err);
int row_whole(
    struct slice row, const char *column, int64_t fallback, int64_t *out, struct error *err);
bool row_bool(struct slice row, const char *column);
/* "2026-11-30 00:00:00" or "2026-11-30T00:00:00.000Z", UTC; 0: absent or null. */
int row_time(struct slice row, const char *column, int64_t *out_ms, struct error *err);
/* A column of texts ({a,"b c"} of PostgreSQL) as a JSON array; "[]" when absent. */
const char *row_names(struct slice row, const char *column, struct arena *arena);
/* A JSON column as JSON; NULL: absent, null, {}, [] or "". */
const char *row_json(struct slice row, const char *column, struct arena *arena);
/* Does the column say anything: a number, a text, JSON that is not empty? */
bool row_is_filled(struct slice row, const char *column, struct arena *arena);
/* -1: the column holds something else than nothing or JSON of that type. */
int row_check_json(struct slice row, const char *column, enum json_type wanted, struct error *err);

#endif
