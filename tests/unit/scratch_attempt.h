#ifndef TESTS_SCRATCH_ATTEMPT_H
#define TESTS_SCRATCH_ATTEMPT_H

/*
 * An attempt with all that the ledger needs, for tests of holds.  Apart from scratch_store.h,
 * because some of them have several stores.
 */
#include "accounts/ledger.h"

static inline struct attempt scratch_attempt(
    const char *request_id, const char *key_id, int64_t now_ms, int64_t bound_nano)
{
	return (struct attempt){ .request_id = request_id,
		.number = 1,
		.started_ms = now_ms,
		.key_id = key_id,
		.model_group = "g",
		.deployment_id = "d",
		.provider = "p",
		.model = "m",
		.tier = "cheap",
		.direction = "own",
		.bound_nano = bound_nano,
		.price_version = "v",
		.deadline_ms = now_ms + 60000 };
}

#endif
