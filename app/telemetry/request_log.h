#ifndef TELEMETRY_REQUEST_LOG_H
#define TELEMETRY_REQUEST_LOG_H

/*
 * One row per request: who asked for what, where it went, how it ended, what it cost.  No prompts
 * (prompt_log.h keeps those that are wanted apart), no answers, no secrets.  Attempts (also skipped
 * and blocked ones) are rows of the ledger beside it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "prices/cost.h"
#include "store/store.h"

struct prompt_settings;

struct request_caller {    /* as the client told it; NULL where it did not */
	const char *route; /* "POST /v1/messages" */
	const char *user;  /* whom it names as its user */
	const char *const *tags;
	size_t tag_count;
	const char *agent, *address;
	const struct prompt_settings *prompts; /* whose bodies are kept; NULL: nobody's */
	struct slice body;
	const char *traceparent, *tracestate; /* of W3C; the second only beside the first */
};

struct request_record { /* texts are borrowed; NULL where there is none */
	const char *id;
	int64_t started_ms;
	const char *key_id, *key_alias, *team_id;
	const char *asked_model, *model_group;
	const char *answered_group, *answered_model, *deployment_id, *provider, *tier;
	const char *outcome; /* "ok", an error kind's name, "broken_stream", "client_gone" */
	int status;
	bool streamed;
	int attempts, fallbacks, blocked_upward;
	bool cooling; /* refused because every deployment was in cooldown */
	struct not_spent not_spent;
	struct usage usage;
	int64_t cost_nano, bound_nano;
	int64_t latency_ms, first_token_ms; /* -1: none */
	int64_t overhead_us;                /* the gateway's own time */
	bool from_cache;
	int64_t cache_saved_nano; /* what the answer cost when it was made */
	const char *error;
	const char *trace; /* its facts (trace_export.h); NULL: nobody is told of it */
	struct request_caller caller;
};

/* Adds the row, and counts the request for the retry budget, to a change. */
void request_log_into(struct change *change, const struct request_record *record);

/* Adds what was charged after the row was written, and given to the store before. */
void request_log_add_cost_into(struct change *change, const char *request_id, int64_t cost_nano);

/* Deletes rows older than retention (0: never), at most `most` of each table in one change, so that
 * it never holds the writer for long.  Returns how many went, or -1.  A clock that is more than a
 * day further than at the last call has jumped, or nobody was there: until it has stood a day, age
 * is counted by the time before. */
int request_log_trim(
    struct store *store, int64_t retention_ms, int64_t now_ms, int most, struct error *err);

/* May one more attempt be made beyond the first?  Counts it if so.  1 yes, 0 no, -1 err.
 * Allowed while extra attempts in the last 10 s are below floor + percent of requests in them. */
int request_log_take_retry(
    struct store *store, int64_t percent, int64_t floor, int64_t now_ms, struct error *err);

/* Spend by key, model, provider, deployment, team or day (UTC) between two times, dearest first. */
struct spend_row {
	const char *name;
	int64_t requests, attempts, failures, input_tokens, output_tokens, cost_nano;
};
int request_log_spend(struct store *store, const char *by, int64_t from_ms, int64_t to_ms,
    struct arena *arena, int (*each)(void *ctx, const struct spend_row *row), void *ctx,
    struct error *err);

#endif
