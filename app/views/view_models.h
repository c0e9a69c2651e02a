#ifndef VIEWS_VIEW_MODELS_H
#define VIEWS_VIEW_MODELS_H

/*
 * The ladder: tiers with their groups and deployments, prices, health of this moment, and the
 * fallback chains between groups.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "relay/catalog.h"
#include "store/store.h"

/*
 * {"prices_of": newest date of the price table,
 *  "tiers": [{name, index, up_to_usd_per_million (null: above), "groups": [GROUP, ...]}, ...] from
 *   the cheapest,
 *  "unplaced": [GROUP, ...] without a tier: unpriced ones, and wildcards, which follow the model
 *   that is asked for,
 *  "deployments": [DEPLOYMENT, ...] by tier, then price,
 *  "chains": [{group, target, list, default, direction (null: unknown), blocked, price_percent}],
 *  "unbounded": [...], "day": {...} as `sideways check --json` has them}
 * GROUP: {name, tier, "deployments": [DEPLOYMENT, ...]}
 * DEPLOYMENT: group, deployment (its id), provider, model, priced, wildcard, tier, the prices
 *  input_, output_ and blended_usd_per_million, max_input_tokens, max_output_tokens, price_of;
 *  state: "ready", "failing" (some failures within the minute), "cooling", "probing" (its cooldown
 *   is over, one request goes first), "unpriced", "no_key" or "unknown_provider";
 *  state_words, usable, cooldown_seconds, reason and reason_words (of the cooldown), and of the
 * last 24 hours attempts, failures, failure_permille, latency_ms (mean), cost_nano/_usd.
 */
json_t *view_models(
    struct store *store, const struct catalog *catalog, int64_t now_ms, struct error *err);

#endif
