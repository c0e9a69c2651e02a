#ifndef STORE_SUM_ROWS_H
#define STORE_SUM_ROWS_H

/*
 * The sums that pages add up (sql/schema/sums.sql), of all machines that share the books.
 *
 * In a file that has joined, the tables hold what all machines did together.  Triggers note what is
 * added here (sum_news) until the bank has it; what the bank says of a row replaces it, plus what
 * stands in sum_news still.  So pages, reports and the API need to know nothing of machines, and
 * the metrics, which are counted apart, stay this machine's.
 *
 * A row is {table, id, numbers}: id is a JSON array of its key's columns, numbers one of the other
 * columns, in their order.  A column that is added to a table comes last.
 *
 * Threads: any.  Errors: ERROR_STORE.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "store/connection.h"
#include "store/store.h"

#define SUM_NUMBERS 12 /* columns of sum_news: the most that a table has */

/* All sums of this file are news from now on, unless it has joined before. */
int sum_rows_join(struct store *store, struct error *err);
/* The sums stay as they are, and are this file's own.  Within books_leave. */
int sum_rows_leave(struct connection *db, struct error *err);

struct sum_row {
	const char *table, *id, *numbers;
};

/* What the bank has of rows, as of a revision; nothing happens unless this file has reached
 * `from`. */
struct sum_page {
	const struct sum_row *rows;
	size_t count;
	int64_t from, to;
};
int sum_rows_take(struct store *store, const struct sum_page *page, struct error *err);

#endif
