#ifndef ACCOUNTS_SHARED_RECORD_H
#define ACCOUNTS_SHARED_RECORD_H

/*
 * The record of machines that share it (sideways_settings.record: shared): each tells the bank its
 * requests with what was tried for them, and takes over those of the others into its own file,
 * where request.machine says who served them.  So lists, pages, exports, commands and the API are
 * of all machines, and none of them waits for the bank or for another machine.
 *
 * What was asked (log_prompts) and traces stay where they are, and no secret is in a row.  Sums,
 * metrics, budgets and their audit do not count rows of others: those come by shared_sums.h, and
 * an attempt that was taken over stands in no window.
 *
 * It is told after the answer, some seconds late, some hundred rows a transaction.  While the bank
 * is away RECORD_BACKLOG requests wait; of more the oldest are not told.
 */
#include <stdbool.h>
#include <stdint.h>

#include "bank/bank_connection.h"
#include "base/error.h"
#include "store/store.h"

#define RECORD_BACKLOG 100000

/* From now on it is shared, with the newest of what is there, or not any more: then rows of others
 * stay until they are old. */
int shared_record_set(struct store *store, bool shared, struct error *err);

/* While the bank is away: what waits is not much more than RECORD_BACKLOG, however long it is. */
int shared_record_trim(struct store *store, struct error *err);

/* Tells what is new and takes over what is new there; nothing where it is not shared.
 * retention_ms: how old rows there may be, 0 for any age. */
int shared_record_exchange(
    struct store *store, struct bank_connection *bank, int64_t retention_ms, struct error *err);

#endif
