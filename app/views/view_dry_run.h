#ifndef VIEWS_VIEW_DRY_RUN_H
#define VIEWS_VIEW_DRY_RUN_H

/*
 * The dry run (relay/dry_run.h) as JSON: for one model in steps, and for all models in a line each.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "relay/dry_run.h"

/*
 * {model, tier, failure, failure_words, input_tokens, output_tokens,
 *  "steps": [{group, deployment_id, provider, model, tier, direction, end ("fails", "skipped",
 *    "blocked", "answers"), fails, skipped, blocked, answers, sentence, calls, bound_nano/_usd
 *    (null: none), cost_nano/_usd}],
 *  "answered", "answer": the last step or null, "told_status" (to a client of OpenAI's format),
 * "told" (an error kind's name) when nobody answers, "own_cost_nano/_usd": the same tokens at the
 * model's own first deployment, "price_percent": the answer's cost against it (null: unknown)}
 */
json_t *view_dry_run(
    const struct dry_states *states, const struct dry_wish *wish, struct error *err);

/* [{model, tier, answered, goes_to, deployment_id, direction, own_cost, cost, price_percent,
 *  blocked (how many dearer ones are passed), told_status, told}] for every group that has a name
 * of its own, each failing as wish says; wish->model is not looked at. */
json_t *view_dry_run_all(
    const struct dry_states *states, const struct dry_wish *wish, struct error *err);

#endif
