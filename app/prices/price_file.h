#ifndef PRICES_PRICE_FILE_H
#define PRICES_PRICE_FILE_H

/*
 * A price table from a file: in the format of config/prices.tsv, or a list of others
 * (price_lists.h).
 */
#include "prices/price_row.h"
#include "prices/price_rows.h"

struct price_file {
	char *bytes; /* all rows point into it */
	struct price_row_text *rows;
	size_t count;
	struct price_row_text
	    *faults; /* rows that are left out; line says where and why, and is its own */
	size_t fault_count;
	bool foreign; /* a list of others, of which much is left out without a word */
	struct price_columns columns;
	char date[12]; /* the newest as_of */
};

/* Rows at fault are left out and added to problems.  -1 and err: no such file, larger than 8 MiB,
 * or its first line is no header. */
int price_file_read(
    const char *path, struct problems *problems, struct price_file *out, struct error *err);
void price_file_release(struct price_file *file);

#endif
