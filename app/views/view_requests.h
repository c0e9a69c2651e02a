#ifndef VIEWS_VIEW_REQUESTS_H
#define VIEWS_VIEW_REQUESTS_H

/*
 * The request log: one page of it by filters, and the whole story of one request.
 *
 * Paging is by key: ids are time-ordered, so the next page begins before the last id of this one.
 * A call walks at most REQUESTS_WALK entries of one index; when few of them fit the filters the
 * page is short or even empty, and "older" says where to go on.  So no filter can make a page
 * slow, however long the log is.
 *
 * Money stands as NAME_nano and NAME_usd, times as ISO 8601; what is not known is null.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

#define REQUESTS_WALK 10000 /* log entries looked at for one page: tens of milliseconds */

struct request_filter { /* NULL, false and 0: all */
	const char *key_id, *team_id;
	const char *model; /* as the client asked for it */
	const char *deployment_id;
	const char *outcome; /* "ok", "budget", ...: request.outcome */
	const char *fault;   /* whose: "client", "limit", "provider" (request_log.h) */
	const char *label;   /* a user or a tag that the client named */
	const char *machine; /* that served it: view_machine_find */
	bool failed;         /* any outcome but "ok" and "replayed" */
	bool moved;          /* left its group, or would have gone upward */
	bool blocked;        /* would have gone upward */
	int64_t from_ms, to_ms;
	const char *before; /* an id: only older ones */
	int limit;          /* rows a page; 1 to 10000, else 50 */
};

/*
 * {"requests": [REQUEST, ...] newest first, "older": id or null (there may be more: before=id),
 *  "looked_back_to": time of the last entry looked at, or null when the log's end was reached}
 * REQUEST: id, started, started_ms, key_id, key_alias, team_id, asked_model, model_group,
 *  answered_group, answered_model, deployment_id, tier, outcome, ok, status, streamed, attempts,
 *  fallbacks, fell_back, blocked_upward, not_spent_nano/_usd,
 *  not_spent_most_nano/_usd, input_tokens, cached_tokens,
 *  output_tokens, reasoning_tokens, total_tokens, cost_nano/_usd, bound_nano/_usd, latency_ms,
 *  first_token_ms, overhead_us, error, fault ("client", "limit", "provider" or null), route, user,
 * tags (array), agent, address, team_name, machine (that served it, where there are several, or
 * null).
 */
json_t *view_requests(struct store *store, const struct request_filter *filter, struct error *err);

/*
 * REQUEST with "candidates": every one that was called, skipped or blocked, in order: number,
 * state, called, skipped, blocked, ok, started, model_group, deployment_id, provider, model, tier,
 * direction, outcome, status, input_tokens, cached_tokens, cache_write_tokens, output_tokens,
 * reasoning_tokens, estimated, bound_nano/_usd, cost_nano/_usd, not_spent_nano/_usd,
 * not_spent_most_nano/_usd,
 * price_version, latency_ms, first_token_ms, sentence (what happened, in words).
 * NULL: err; ERROR_NOT_FOUND when there is no such request.
 */
json_t *view_request(struct store *store, const char *id, struct error *err);

/* {"older", "newer", "older_of_key", "newer_of_key"}: ids, or null at an end. */
json_t *view_request_beside(
    struct store *store, const char *id, const char *key_id, struct error *err);

/* The same for a reader that the caller has: the rows of a list, one by one.  NULL with kind
 * ERROR_NONE: there is none. */
json_t *view_request_row(struct store_reader *reader, const char *id, struct error *err);
json_t *view_request_candidates(struct store_reader *reader, const char *id, struct error *err);

/* The ids that fit, newest first, as an array of texts; *out_older (in the arena) is where to go on
 * or NULL. */
json_t *view_request_ids(struct store_reader *reader, const struct request_filter *filter,
    struct arena *arena, const char **out_older, struct error *err);

#endif
