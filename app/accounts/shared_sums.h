#ifndef ACCOUNTS_SHARED_SUMS_H
#define ACCOUNTS_SHARED_SUMS_H

/*
 * The sums of all machines that share the books (store/sum_rows.h): what pages, reports and the API
 * say of spending and traffic is of all of them.  Each machine tells every few seconds what it has
 * added and takes over what others added; the record of single requests stays where it is.
 *
 * A bank that was put back from a backup has forgotten sums, and so have all pages then; the record
 * of each machine, and its budgets, do not depend on it.
 */
#include "bank/bank_connection.h"
#include "base/error.h"
#include "store/store.h"

enum shared_sums_when {
	SUMS_IN_TURN, /* unless another process of this machine did so in the last seconds */
	SUMS_NOW,     /* what is new */
	SUMS_ALL,     /* until nothing is left to tell or to take over */
};

/* address: of this machine's own panel, or "".  1: done; 0: it is not this process' turn; -1: err.
 */
int shared_sums_exchange(struct store *store, struct bank_connection *bank, const char *address,
    enum shared_sums_when when, struct error *err);

#endif
