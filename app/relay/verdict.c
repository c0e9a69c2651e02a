/*
 * The outcome table; docs/design.md has the rules behind it.  Where it is open what a provider
 * charges, the row is the one that spends less.
 */
#include "relay/verdict.h"

#include <assert.h>
#include <string.h>

#include "base/digest.h"

#include "base/banned.h"

static const struct verdict verdicts[FAILURE_CLASS_COUNT] = {
	/* clang-format off */
	/*                        same deployment      then           spares  breaker          hold           the client hears */
	[FAILURE_NONE]        = { AGAIN_NEVER,         NEXT_NOBODY,  false, BREAKER_NOTHING, HOLD_SETTLED,  ERROR_NONE },
	[FAILURE_RETRY]       = { AGAIN_BACKOFF,       NEXT_GENERAL, false, BREAKER_COUNT,   HOLD_UNKNOWN,  ERROR_UPSTREAM },
	[FAILURE_RATE]        = { AGAIN_AFTER_DELAY,   NEXT_GENERAL, false, BREAKER_TOLD,    HOLD_RELEASED, ERROR_RATE },
	[FAILURE_OVERLOAD]    = { AGAIN_BACKOFF,       NEXT_GENERAL, false, BREAKER_TOLD,    HOLD_RELEASED, ERROR_OVERLOADED },
	[FAILURE_QUOTA]       = { AGAIN_NEVER,         NEXT_GENERAL, true,  BREAKER_PARK,    HOLD_RELEASED, ERROR_UPSTREAM_QUOTA },
	[FAILURE_AUTH]        = { AGAIN_NEVER,         NEXT_GENERAL, true,  BREAKER_PARK,    HOLD_RELEASED, ERROR_UPSTREAM_AUTH },
	[FAILURE_NOT_FOUND]   = { AGAIN_NEVER,         NEXT_GENERAL, true,  BREAKER_COUNT,   HOLD_RELEASED, ERROR_UPSTREAM },
	[FAILURE_CONTEXT]     = { AGAIN_NEVER,         NEXT_CONTEXT, false, BREAKER_NOTHING, HOLD_RELEASED, ERROR_CONTEXT },
	[FAILURE_POLICY]      = { AGAIN_NEVER,         NEXT_POLICY,  false, BREAKER_NOTHING, HOLD_RELEASED, ERROR_POLICY },
	[FAILURE_CLIENT]      = { AGAIN_NEVER,         NEXT_NOBODY,  false, BREAKER_NOTHING, HOLD_RELEASED, ERROR_BAD_REQUEST },
	[FAILURE_UNFIT]       = { AGAIN_NEVER,         NEXT_GENERAL, true,  BREAKER_NOTHING, HOLD_RELEASED, ERROR_BAD_REQUEST },
	[FAILURE_BROKEN]      = { AGAIN_BACKOFF,       NEXT_GENERAL, false, BREAKER_COUNT,   HOLD_UNKNOWN,  ERROR_UPSTREAM },
	[FAILURE_TIMEOUT]     = { AGAIN_NEVER,         NEXT_GENERAL, false, BREAKER_COUNT,   HOLD_UNKNOWN,  ERROR_TIMEOUT },
	[FAILURE_UNREACHABLE] = { AGAIN_BACKOFF,       NEXT_GENERAL, false, BREAKER_COUNT,   HOLD_RELEASED, ERROR_UPSTREAM },
	[FAILURE_LOCAL]       = { AGAIN_NEVER,         NEXT_NOBODY,  false, BREAKER_NOTHING, HOLD_RELEASED, ERROR_OVERLOADED },
	[FAILURE_ROOM]        = { AGAIN_NEVER,         NEXT_NOBODY,  false, BREAKER_NOTHING, HOLD_UNKNOWN,  ERROR_OVERLOADED },
	[FAILURE_CANCELLED]   = { AGAIN_NEVER,         NEXT_NOBODY,  false, BREAKER_NOTHING, HOLD_UNKNOWN,  ERROR_CLIENT_GONE },
	/* clang-format on */
};

const struct verdict *verdict_of(enum failure_class failure)
{
	assert(failure < FAILURE_CLASS_COUNT);
	return &verdicts[failure];
}

/* A proxy that gave up waiting, in its own words: the provider may be at work still. */
static bool is_proxys_timeout(const struct fetch_result *result, const struct failure *failure)
{
	return (failure->class == FAILURE_BROKEN &&
		   (result->status == 504 || result->status == 524)) ||
	       strcmp(failure->type, "ModelTimeoutException") == 0; /* Bedrock's, 408 */
}

enum hold_end verdict_hold(const struct fetch_result *result, const struct failure *failure)
{
	if (result->end == FETCH_NOT_SENT || result->end == FETCH_LOCAL ||
	    result->end == FETCH_TIMEOUT_CONNECT)
		return HOLD_RELEASED;
	if (is_proxys_timeout(result, failure))
		return HOLD_UNKNOWN;
	if (result->status >= 300 || failure->told)
		return HOLD_RELEASED;
	if (result->status == 0)
		return HOLD_UNKNOWN;
	return verdict_of(failure->class)->hold;
}

int64_t verdict_backoff_ms(int retry)
{
	int64_t pause = VERDICT_BACKOFF_MS << (retry > 4 ? 4 : retry);

	return pause - (int64_t)digest_random_below((uint32_t)(pause / 4) + 1);
}
