#ifndef PRICES_PRICE_ROW_H
#define PRICES_PRICE_ROW_H

/*
 * One line of a price table: USD per million tokens, tab-separated, columns by the header's names,
 * a blank is not known.  For prices/ only.
 */
#include "base/error.h"
#include "base/slice.h"
#include "prices/price_table.h"

#define PRICE_COLUMNS_MAX 32

struct price_columns {
	int of_field[PRICE_COLUMNS_MAX]; /* column number to field number; -1: not a field of ours
					  */
	int count;
};

/* Reads the header line. */
int price_columns_read(struct slice header, struct price_columns *out, struct error *err);

/* Reads one line; *out_mode is the third column ("chat").  A malformed figure is ERROR_SETTINGS. */
int price_row_read(const struct price_columns *columns, struct slice line, struct price *out,
    struct slice *out_mode, struct error *err);

/* NULL: sane; else what is wrong with it. */
const char *price_row_fault(const struct price *price, struct slice mode);

/* All figures unknown. */
void price_clear(struct price *price);

/* Sets one field from decimal text by its column's name; false: no such column. USD per million
 * tokens. */
int price_field_set(
    struct price *price, struct slice name, struct slice decimal, struct error *err);

#endif
