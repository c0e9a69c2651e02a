#ifndef ACCOUNTS_AUDIT_JOURNALS_H
#define ACCOUNTS_AUDIT_JOURNALS_H

/*
 * Part of the audit: what the journals of living tills say is covered by their leases.  In each
 * window a lease is at least as large as what its running calls hold and what ended calls cost and
 * is not reported yet; the rest of it is idle.
 */
#include "base/error.h"
#include "store/store.h"

/* A till that reports all the time while it is looked at is passed over. */
int audit_journals(
    struct store *store, void (*tell)(void *ctx, const char *text), void *ctx, struct error *err);

#endif
