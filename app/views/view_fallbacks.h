#ifndef VIEWS_VIEW_FALLBACKS_H
#define VIEWS_VIEW_FALLBACKS_H

/*
 * The log of fallbacks: requests that left their group, and those that would have gone to a dearer
 * tier and did not.  What failed and how, where it went, and what that cost beside what the first
 * choice would have cost for the same tokens.
 *
 * The first choice is priced as it is priced now; when its price has changed since,
 * first_choice_repriced says so.  It is null when the deployment is no longer in the settings, or
 * when no tokens are known.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "prices/cost.h"
#include "relay/catalog.h"
#include "store/store.h"

struct fallback_filter {   /* NULL and 0: all */
	const char *model; /* as the client asked for it */
	const char *key_id;
	const char *direction; /* "sideways", "downward"; "blocked": some dearer one was not taken;
				  "nobody": and none answered */
	int64_t from_ms, to_ms;
	const char *before;
	int limit; /* as in view_requests.h */
};

/*
 * {"fallbacks": [ROW, ...] newest first, "older", "looked_back_to"} as in view_requests.h.
 * ROW: a REQUEST of view_requests.h, and
 *  failed: [{deployment_id, provider, model, model_group, outcome, words, status, called}], those
 *   of the group that was asked for
 *  went_to: {model_group, deployment_id, provider, model, tier, cost_nano/_usd} or null
 *  direction: of went_to; null when nobody answered
 *  blocked: [{model_group, deployment_id, provider, model, tier, not_spent_nano/_usd,
 *            not_spent_most_nano/_usd}]
 *  first_choice: {deployment_id, provider, model, cost_nano/_usd} or null
 *  first_choice_repriced, price_percent (cost of went_to against first_choice; null: unknown).
 */
json_t *view_fallbacks(struct store *store, const struct catalog *catalog,
    const struct fallback_filter *filter, struct error *err);

/*
 * The same added up: [{deployment_id (what failed first), outcome, words, went_to (null: nobody),
 * tier, direction, requests, first, last, cost_nano/_usd, more_nano (what it cost more than the
 * first choice would have, about: by the mean of the tokens at today's prices; null: not known),
 * blocked_upward, not_spent_nano/_usd, not_spent_most_nano/_usd}], the most frequent first, of the
 * newest FALLBACKS_SUMMED of the time.
 */
#define FALLBACKS_SUMMED 5000
json_t *view_fallback_sums(struct store *store, const struct catalog *catalog, int64_t from_ms,
    int64_t to_ms, struct error *err);

/* What a candidate's deployment asks today; false: it is gone, or has no price. */
bool view_fallbacks_price(
    const struct catalog *catalog, const json_t *candidate, struct arena *arena, struct price *out);

#endif
