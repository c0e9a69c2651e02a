#ifndef ACCOUNTS_TILL_H
#define ACCOUNTS_TILL_H

/*
 * The till of a serving process: calls take and end holds in memory, from leases that were
 * committed before.  It divides what it was given and decides nothing else: what is not covered by
 * a lease is held at the bank, call by call, as ledger_hold has always done.
 *
 *	till_hold	 before the call: from leases in all of its windows, or not at all
 *	till_begin	 its start stands in the journal; only then the call may be made
 *	till_apply_later the ends of calls and the record, with the next report
 *
 * A thread of its own reports (50 ms after the first change that is handed in, so that others see
 * it within 100), takes what calls of the last seconds show to be needed, and gives back what lies
 * idle or is called back (accounts/recall.h).  When a report cannot be made for ten seconds, or
 * 16 MB wait for it, no hold is taken here until it could.
 *
 * What a process that died leaves is read from its journal (till_recovery.c): calls that it had
 * begun are charged in full, marked unknown; the idle rest is free again.  Without a journal that
 * can be believed all that it had leased is charged as lost.
 *
 * Threads: any.  A store without till_set, of a command or a CGI answer, has no till: all holds are
 * exact there.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts/rate_limit.h"
#include "accounts/till_book.h"
#include "store/store.h"

/* The rules in force, at the start and whenever settings change.  The first time that leases are
 * enabled makes the till. */
void till_set(struct store *store, const struct till_rules *rules);

/* Reports all, gives all back and ends the till: before store_close.  None is fine. */
void till_close(struct store *store);

struct till_wish {
	const int64_t *windows;
	size_t window_count;
	int64_t bound_nano;           /* in all of the windows */
	const struct rate_hold *rate; /* limits a minute and at a time; NULL: none */
	int64_t second;               /* the minute's present one, since 1970 */
};

/* Takes all that is wished: the number of the call, and the till's id in the arena.  0: it is to be
 * held exactly. */
uint64_t till_hold(struct store *store, const struct till_wish *wish, struct arena *arena,
    const char **out_till_id);
#define TILL_TOKENS (UINT64_C(1) << 63) /* with a call's number: a mark of the tokens it used */
/* `begin` makes a hold of the call when this process has died.  False: it cannot be written, and
 * nothing is held any more. */
bool till_begin(
    struct store *store, uint64_t call, const char *till_id, const struct change *begin);

/* Takes the change, as store_apply_later; its marks are calls with what their leases pay. */
void till_apply_later(struct store *store, struct change *change);

/* Counts a request that makes no call against limits a minute.  False: it is to be counted exactly.
 */
bool till_count(struct store *store, const struct rate_hold *rate, int64_t second);

/* Calls leases of this window back, or those of a scope's limits (rate_recall_id), in all processes
 * of this host. */
void till_recall(struct store *store, int64_t window_id);
/* What of a scope's limits lies idle in this process. */
struct rate_back till_rate_idle(
    struct store *store, const char *scope, const char *scope_id, int64_t *out_slots);

/* What of a window is in use in this process: held by calls, or spent and not reported. */
int64_t till_used(struct store *store, int64_t window_id);

/* Returns when all that was handed in has been reported, or a second later. */
void till_catch_up(struct store *store);

/* Ends the tills of dead owners: how many, or -1.  For ledger_recover, which ends the holds that
 * this makes. */
int till_recover(struct store *store, int64_t now_ms, struct error *err);

#endif
