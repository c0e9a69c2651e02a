#ifndef BASE_CSV_H
#define BASE_CSV_H

/*
 * Rows of JSON objects as CSV, for spreadsheets.  A cell that a spreadsheet would take for a
 * formula gets an apostrophe before it.
 */
#include <jansson.h>
#include <stddef.h>

#include "base/text.h"

/* A line with the columns' names; a line of a row.  What is null or no plain value is empty. */
void csv_head(struct text *out, const char *const *columns, size_t count);
void csv_row(struct text *out, const char *const *columns, size_t count, const json_t *row);

/* Head and rows. */
void csv_write(struct text *out, const char *const *columns, size_t count, const json_t *rows);

#endif
