#ifndef ACCOUNTS_SHARED_BREAKERS_H
#define ACCOUNTS_SHARED_BREAKERS_H

/*
 * Breakers (relay/breaker.h) that opened on one machine are open on all that share the books: told
 * and taken over about once a second by the thread that looks after the books, never by a request.
 *
 * What is told is how long a deployment is to be left alone from now on, so the machines' clocks
 * may differ.  Closing is not told: when the time is over each machine may try one request, and
 * closes its own breaker, or opens it again for all.  Nor is told what may be one machine's own
 * fault: that it does not reach a provider, or that its key is refused there.
 */
#include <stdint.h>

#include "bank/bank_connection.h"
#include "base/error.h"
#include "store/store.h"

/* What opened here since the last time. */
int shared_breakers_tell(struct store *store, struct bank_connection *bank, struct error *err);

/* What opened elsewhere.  number: of the last machine that told, as the bank has it; nothing is
 * asked when this file has reached it. */
int shared_breakers_take(
    struct store *store, struct bank_connection *bank, int64_t number, struct error *err);

#endif
