#ifndef TELEMETRY_SUMS_H
#define TELEMETRY_SUMS_H

/*
 * Sums by day and hour and the counters of /metrics, which are added up for many rows at once
 * (sql/schema_11_counting.sql and _14_writes.sql): up to 255 requests and attempts may wait.  Who
 * reads sums reads them through here, and they are exact.
 */
#include "store/store.h"

/* Adds all that waits, then lends a reader as store_reader_borrow does.  When the store cannot be
 * written now the sums are those of a little earlier: a page is drawn from a full disk, too. */
struct store_reader *sums_reader_borrow(struct store *store, struct error *err);

/* The same as statements of a change that reads sums itself. */
void sums_into(struct change *change);

#endif
