#ifndef ACCOUNTS_LEDGER_H
#define ACCOUNTS_LEDGER_H

/*
 * Holds: money set aside before a call and ended after it.  What may not be is refused by the
 * schema (sql/schema/money.sql); the statements are those of sql/ledger.sql; this module fills
 * them and words the refusals.
 *
 *	ledger_hold        before the call; covered durably when it returns, by a row of its own or
 *by a lease of this process (till.h) ledger_end_into    after it: adds the end of the hold to a
 *change, to be applied together with the request's record ledger_recover     ends the holds of
 *workers that died, in full and marked unknown ledger_audit       proves that sums and windows
 *agree
 */
#include <stdbool.h>
#include <stdint.h>

#include "accounts/budgets.h"
#include "accounts/rate_limit.h"
#include "base/arena.h"
#include "base/error.h"
#include "prices/cost.h"
#include "store/store.h"

/* One candidate of a request, as it stands in the store. Texts are borrowed. */
struct attempt {
	const char *request_id;
	int number;
	int64_t started_ms;
	const char *key_id, *team_id;
	const char *model_group, *deployment_id, *provider, *model, *tier;
	const char *direction;
	int64_t bound_nano;
	const char *price_version;
	int64_t deadline_ms;    /* wall time after which a hold of an unknown process is given up */
	struct rate_hold *rate; /* limits a minute and at a time; NULL: none */
	bool exact;             /* a hold of its own, never from a lease */
	/* Set by ledger_hold, asked for by the end: */
	const int64_t *windows; /* that the hold stands in */
	size_t window_count;
	const char *windows_json; /* the same as "[3,17]" */
	bool limited;             /* something was taken of a limit, in rows of its own */
	bool rate_leased;         /* the same, from what this process had counted ahead */
	const char *till_id;      /* the hold is in the memory of this till (till.h), */
	uint64_t call;            /* under this number; 0: it is a row of the table of holds */
};

struct budget_refusal {    /* what a client may be told of it; never another tenant's figures */
	char scope[16];    /* as in budgets.c */
	char scope_id[80]; /* of the client's own: the id; empty for the rest */
	char period[16];
	int64_t limit_nano, spent_nano, left_nano, needed_nano;
	int64_t resets_ms; /* INT64_MAX: never */
	int64_t window_id;
	bool held;   /* running calls hold what is missing: it may come back */
	bool asked;  /* the bank that machines share is asked for it, */
	bool beyond; /* and nobody else has it: the end of all calls here would not be enough */
};

/* Of two the heavier is told: spent, then what the bank alone has, then what calls here hold. */
static inline int refusal_weight(const struct budget_refusal *refusal)
{
	return refusal->held ? refusal->beyond : 2;
}

/* What a budget says to a call that needs more than it has left. */
struct budget_refusal ledger_refusal(const struct budget_state *budget, int64_t needed_nano);

/* How many running calls hold money of this window; -1: err. */
int64_t ledger_holders(struct store *store, int64_t window_id, struct error *err);

/*
 * Takes bound_nano in every budget of `budgets` that applies to the attempt's provider and
 * deployment, or in none. ERROR_BUDGET: *out_refusal is the first budget (in the order of
 * budget_states) that refused, one that has spent too much before one that only holds it.
 * ERROR_RATE: attempt->rate->refusal says which limit refused, and nothing was taken. ERROR_STORE:
 * no hold was taken, and no call may be made. What it sets of *attempt is in the arena.
 */
int ledger_hold(struct store *store, struct attempt *attempt, const struct budget_states *budgets,
    struct arena *arena, struct budget_refusal *out_refusal, struct error *err);

/* With texts of its own; what it asked of limits, which only the hold needs, is left out. */
struct attempt *attempt_copy(const struct attempt *attempt, struct arena *arena);

enum hold_end {
	HOLD_SETTLED,  /* cost is known, or estimated from what was streamed */
	HOLD_RELEASED, /* nothing can have been billed; cost 0 */
	HOLD_UNKNOWN,  /* nobody can know; the whole bound is charged */
};

struct attempt_end {
	enum hold_end how;
	int64_t ended_ms;
	const char *outcome; /* "ok", a failure class */
	int status;          /* 0: none */
	struct usage usage;
	int64_t cost_nano;                  /* HOLD_SETTLED only */
	int64_t latency_ms, first_token_ms; /* -1: none */
};

/* What an end charges: the cost, nothing, or the whole bound. */
int64_t ledger_charged_nano(const struct attempt *attempt, const struct attempt_end *end);

/* Ends the hold and writes the attempt, which must be as ledger_hold left it.  The sums by day,
 * hour and for /metrics are added, too.  The change is for till_apply_later; of an exact hold it
 * may be applied directly, and a second time does nothing. */
void ledger_end_into(
    struct change *change, const struct attempt *attempt, const struct attempt_end *end);

/* Records a candidate that was not called: state is "skipped" or "blocked", why goes to outcome. */
void ledger_not_called_into(struct change *change, const struct attempt *attempt, const char *state,
    const char *why, struct not_spent not_spent);

/* Who holds: host, boot id, pid namespace, pid and start time.  Constant for a process (call after
 * fork). */
const char *ledger_owner(void);

/* Ends the tills and holds of dead owners, and of those past deadline that are on other hosts.
 * Returns how many holds, or -1. */
int ledger_recover(struct store *store, int64_t now_ms, struct error *err);

/* Differences found by ledger_audit, in words, through the callback; *out_checked counts windows.
 * Checks I1, I2, I3, I6 (open holds of dead owners) and I8 of the ledger model: per window spent =
 * archived + sum of its attempts' cost + lost, held = sum of open bounds and leases, spent + held
 * <= limit + overruns; the database's own integrity check. */
struct audit_summary {
	int64_t windows, attempts, open_holds, unknown_holds, unknown_nano, spent_nano, differences;
	int64_t leased_windows, lost_nano;
};
int ledger_audit(struct store *store, int64_t now_ms,
    void (*difference)(void *ctx, const char *text), void *ctx, struct audit_summary *out,
    struct error *err);

#endif
