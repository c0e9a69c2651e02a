#ifndef ACCOUNTS_SHARES_H
#define ACCOUNTS_SHARES_H

/*
 * What this machine has of the money that it shares with others (sideways_settings.bank).
 *
 * Holds, leases, journals and the record are in the machine's own file, as without a bank.  What
 * the bank adds is one figure a window: granted_nano, the part of its money that this machine may
 * spend, which the file's guard of holds never lets it pass.  So a call waits for nobody while the
 * share lasts, a process that is killed is recovered as ever, and the file alone says what became
 * of its share: a machine that was away tells it when it comes back.
 *
 * The keeper, a thread of one serving process of the machine (who has the lock on
 * "sideways.db-bank"), reports about once a second what was spent in all windows, asks for what the
 * last seconds show to be needed for lasting_ms, gives back what lies idle or is called back by
 * other machines, and asks at once when a call lacks money (shares_want).  A CGI answer, where no
 * keeper runs, asks by itself, and at its end tells what was spent and gives the rest back: nobody
 * would be there to hear that others lack it.
 *
 * The same window has the same name on all machines: kind, scope, scope_id, model, period, end
 * user and begin (sql/bank/schema/money.sql); share.pot_id is what the bank calls it.  So all
 * machines need the same timezone and the same ids of deployments.
 *
 * A machine of which nothing is heard for reach_ms is lost: others charge what it had in full, and
 * it corrects that by its next report, whenever that comes.  Each report names the one before by a
 * mark that was drawn for it; so a file that was put back from a backup, and of two copies that are
 * in use the one that reports later, is a new machine from then on, and the loss of the old one
 * stays.  What it had spent and not told is charged with its first report.  A file that has come to
 * another place (or to another start of its host) spends nothing before its first report.
 *
 * Threads: any.
 */
#include <stdbool.h>
#include <stdint.h>

#include "accounts/idempotency.h"
#include "accounts/rate_limit.h"
#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

struct share_rules {
	const char *bank, *password; /* NULL: there is none; copied */
	const char *timezone;        /* in which windows begin; NULL: UTC; copied */
	int64_t lasting_ms;          /* that a share is to last at the present rate */
	int64_t reach_ms;            /* the longest that a call can last, and some */
	bool serves;                 /* with a keeper; else asked by who lacks money */
};

/* The rules in force, at the start and whenever settings change.  The first time that a bank is
 * named makes this file a machine's: from then on it has of its windows what the bank gives, also
 * when no bank is named any more. */
int shares_set(struct store *store, const struct share_rules *rules, struct error *err);

/* The keeper is to end, and is not waited for: another file stands in this one's place, whose
 * keeper waits for the machine's lock. */
void shares_stop(struct store *store);

/* Tells what was spent and gives back what lies idle: after till_close, before store_close.  None
 * is fine. */
void shares_close(struct store *store);

/* Tells the bank all that stands here, for who has no keeper.  shares_set comes before. */
int shares_tell(struct store *store, struct error *err);

/* Under which the bank knows this file, in the arena; NULL: it shares nothing. */
const char *shares_machine(struct store *store, struct arena *arena);

/* A call lacks so much money of this window: the bank is asked soon. */
void shares_want(struct store *store, int64_t window_id, int64_t nano);

/* The same of a limit, of which this machine has too little. */
void shares_want_limit(
    struct store *store, const struct rate_scope *scope, const struct rate_refusal *lack);

/* Idempotency keys are claimed at the bank first.  1: it is this machine's, whose file decides; 0:
 * another machine has it, and *out_state and *out say how it is; -1: err, the bank is away. */
int shares_claim(struct store *store, const struct idempotency_claim *claim, int64_t now_ms,
    struct arena *arena, enum idempotency_state *out_state, struct idempotency_answer *out,
    struct error *err);
/* A claim has ended: told at once where there is no keeper, who does it within a second. */
void shares_claim_ended(struct store *store);

/* Why the bank cannot be asked at present, in the arena; NULL: it can, or there is none. */
const char *shares_trouble(struct store *store, struct arena *arena);

#endif
