#ifndef ACCOUNTS_ATTEMPT_SUMS_H
#define ACCOUNTS_ATTEMPT_SUMS_H

/*
 * What is kept added up of attempts: by day, hour, key, team, model and provider, and the counters
 * of /metrics (sql/sums.sql).  For the ledger, which adds them to the change that ends an attempt.
 */
#include "accounts/ledger.h"

struct attempt_sum {
	bool made; /* false: skipped or blocked */
	const char *state, *outcome;
	int status; /* upstream's; 0: none */
	int64_t input_tokens, cached_tokens, output_tokens;
	int64_t cost_nano, overrun_nano;
	int64_t latency_ms, first_token_ms; /* -1: none */
};

/* They count when the statement before them touched a row (change_add_sum). */
void attempt_sums_into(
    struct change *change, const struct attempt *attempt, const struct attempt_sum *sum);

#endif
