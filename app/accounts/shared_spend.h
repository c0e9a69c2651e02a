#ifndef ACCOUNTS_SHARED_SPEND_H
#define ACCOUNTS_SHARED_SPEND_H

/*
 * What keys and teams have spent on all machines that share the books, for the panel and the API;
 * budgets do not depend on it.  Each machine tells its own sums, whole, and takes over the sum of
 * the others, now and then; the record itself stays where it is.
 */
#include "bank/bank_connection.h"
#include "base/error.h"
#include "store/store.h"

/* Tells what is new and takes over what others told, unless another process of this machine did so
 * in the last seconds. */
int shared_spend_exchange(struct store *store, struct bank_connection *bank, struct error *err);

#endif
