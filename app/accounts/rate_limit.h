#ifndef ACCOUNTS_RATE_LIMIT_H
#define ACCOUNTS_RATE_LIMIT_H

/*
 * Limits on requests and tokens a minute and on calls at a time, of a key, a team, a deployment or
 * the whole proxy.  The rules are triggers (sql/schema/limits.sql): an attempt takes its
 * share in the change that takes its hold of money, and one refusal refuses both, so limits are
 * exact across processes and cost no transaction of their own.  A serving process counts large
 * limits ahead and takes calls from that in memory (rate_book.h).
 *
 * The minute slides: in any 60 seconds at most the limit is taken.  Tokens are reserved before the
 * call and become the real ones when the attempt ends; the slot of a parallel call ends with the
 * attempt, also when it is the recovery of a dead worker's holds that ends it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

#define LIMIT_NONE (-1)

struct limits { /* LIMIT_NONE: without; 0: nothing at all */
	int64_t rpm, tpm, parallel;
};
#define LIMITS_NONE ((struct limits){ LIMIT_NONE, LIMIT_NONE, LIMIT_NONE })

static inline bool limits_any(const struct limits *limits)
{
	return limits->rpm >= 0 || limits->tpm >= 0 || limits->parallel >= 0;
}

enum rate_kind { RATE_REQUESTS, RATE_TOKENS, RATE_PARALLEL, RATE_KINDS };

struct rate_refusal {
	char scope[16]; /* "key", "team", "deployment", "proxy" */
	enum rate_kind kind;
	int64_t limit, used, needed;
	bool elsewhere;  /* other machines have what is missing: it has been asked for */
	int64_t wait_ms; /* until there may be room; -1: never, it is more than the limit */
};

struct rate_scope {
	const char *scope, *scope_id;
	struct limits limits;
	int requests; /* 1, or 0 when the request was counted already */
	int64_t tokens;
};

#define RATE_SCOPES_MAX 4

struct rate_hold { /* what one attempt takes; filled by the relay, used by ledger_hold */
	struct rate_scope items[RATE_SCOPES_MAX];
	int count;
	struct rate_refusal refusal; /* when the hold is refused with ERROR_RATE */
};

/* Does nothing when there is no limit. */
void rate_hold_add(struct rate_hold *hold, const struct rate_scope *scope);

/* For the ledger: the rows beside the hold of this attempt. */
void rate_hold_into(struct change *change, const struct rate_hold *hold, const char *request_id,
    int number, int64_t now_ms);

/* When the attempt has ended: its slot is free, and of the tokens it took what it did not need. */
#define RATE_AS_RESERVED (-1) /* nobody knows what it needed */
void rate_end_into(struct change *change, const char *request_id, int number, int64_t real_tokens);

/* Counts a request that makes no attempt (an answer from the cache) against the requests a minute:
 * from what was counted ahead, or in a change of its own that leaves nothing open.  -1: a limit has
 * no room for it, or the store failed; nothing is counted. */
int rate_count(struct store *store, const struct rate_hold *hold, const char *request_id,
    int64_t now_ms, struct error *err);

/* Which limit has too little room?  1: hold->refusal says it; 0: all have (others gave back
 * meanwhile); -1: err. */
int rate_hold_refusal(
    struct store *store, struct rate_hold *hold, int64_t now_ms, struct error *err);

/* What is left of a scope's limits, for headers.  Left is LIMIT_NONE where there is no limit; reset
 * is the time until all of it is there again. */
struct rate_left {
	int64_t requests_left, tokens_left, parallel_left;
	int64_t requests_reset_ms, tokens_reset_ms;
};
int rate_read(struct store *store, const struct rate_scope *scope, int64_t now_ms,
    struct rate_left *out, struct error *err);

/* Has any process counted ahead of this scope's limits what it may not need? */
bool rate_leases_idle(struct store *store, const struct rate_scope *scope, int64_t now_ms);

/* Housekeeping: adds the deletion of what is too old to count. */
void rate_trim_into(struct change *change, int64_t now_ms);

#endif
