#ifndef ADMIN_CSV_H
#define ADMIN_CSV_H

/*
 * Rows of JSON objects as CSV, for spreadsheets.  A cell that a spreadsheet would take for a
 * formula gets an apostrophe before it.
 */
#include <jansson.h>
#include <stddef.h>

#include "base/text.h"

/* A line with the columns' names, then one a row; what is null or no plain value is empty. */
void csv_write(struct text *out, const char *const *columns, size_t count, const json_t *rows);

#endif
