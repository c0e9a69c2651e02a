#ifndef PRICES_PRICE_ROWS_H
#define PRICES_PRICE_ROWS_H

/*
 * config/prices.tsv as text in the program; price_rows.c is made from it by embed_prices.awk.
 * Rows are sorted bytewise by provider, then model, each pair once, so bsearch finds them.
 */
#include <stddef.h>

struct price_row_text {
	const char *provider;
	const char *model;
	const char *line; /* the whole row, its columns separated by tabs as in the header */
};

extern const char price_rows_header[];
extern const struct price_row_text price_rows[];
extern const size_t price_rows_count;
extern const char price_rows_date[]; /* the newest as_of, "2026-08-01" */

#endif
