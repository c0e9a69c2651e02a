#ifndef RELAY_VERDICT_H
#define RELAY_VERDICT_H

/*
 * What follows from an outcome: one table.  The class of a failure says whether the same
 * deployment is asked again, who comes next, what the breaker is told and what the client hears
 * when nobody is left.
 */
#include "accounts/ledger.h"
#include "base/error.h"
#include "fetch/fetch.h"
#include "providers/failure.h"

enum again { /* the same deployment, for the same request */
	AGAIN_NEVER,
	AGAIN_BACKOFF,    /* after a growing pause, while retries are left */
	AGAIN_AFTER_DELAY /* only when the provider says how long, and that is short */
};

enum next_chain {     /* who may stand in */
	NEXT_NOBODY,  /* back to the client */
	NEXT_GENERAL, /* other deployments of the group, then `fallbacks` */
	NEXT_CONTEXT, /* only `context_window_fallbacks` */
	NEXT_POLICY,  /* only `content_policy_fallbacks` */
};

enum breaker_note {
	BREAKER_NOTHING,
	BREAKER_COUNT, /* one failure */
	BREAKER_TOLD,  /* cool down for as long as the provider says; else count */
	BREAKER_PARK,  /* leave it alone for a long while: a human must act */
};

struct verdict {
	enum again again;
	enum next_chain next;
	bool spares_retry; /* going on to a sibling costs no retry: the deployment itself is
			      unusable */
	enum breaker_note breaker;
	enum hold_end hold; /* when no HTTP error status settles it: see verdict_hold */
	enum error_kind error;
};

const struct verdict *verdict_of(enum failure_class failure);

/* How the hold of a failed attempt ends where no usage was told and it is no refusal that is
 * billed (charge_is_refusal).  Nothing sent or an HTTP error status before output: released.
 * A 200 with an error object instead of an answer: released.  Otherwise as the table says. */
enum hold_end verdict_hold(const struct fetch_result *result, const struct failure *failure);

#define VERDICT_PARK_MS                                                                            \
	600000                 /* a refused key or an empty account: look again after 10 minutes   \
				*/
#define VERDICT_BACKOFF_MS 500 /* first pause; doubles, at most 8 s, minus up to 25 % jitter */

/* The pause before a retry number (from 0) when the provider asks for none. */
int64_t verdict_backoff_ms(int retry);

#endif
