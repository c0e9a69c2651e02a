#ifndef ACCOUNTS_SHARED_WINDOWS_H
#define ACCOUNTS_SHARED_WINDOWS_H

/*
 * What other machines spent in the present windows of budgets, for people.  A machine that takes
 * money of a window hears it with its reports (shares.h); of windows that it does not use, or has
 * not opened yet, it asks here, some at a time.  Nothing is spent by that: such a window has no
 * share.  Windows of end users are not asked for: they are as many as clients like.
 */
#include "bank/bank_connection.h"
#include "base/error.h"
#include "store/store.h"

/* timezone: of the windows. */
int shared_windows_take(
    struct store *store, struct bank_connection *bank, const char *timezone, struct error *err);

#endif
