#ifndef VIEWS_VIEW_BUDGETS_H
#define VIEWS_VIEW_BUDGETS_H

/*
 * Budgets with their present windows, the history of one, and the plans that keys and teams follow.
 * Money stands as NAME_nano and NAME_usd, times as ISO 8601.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

/*
 * [BUDGET, ...] of a scope ("proxy", "provider", "deployment", "team", "key"; NULL: all), those of
 * the proxy first.
 * BUDGET: id, scope, scope_id, name (for people), period ("" is a lifetime), period_words ("day"),
 *  source ("settings", "admin"), limit, spent, held, left, overrun (all _nano/_usd), used_permille
 *  (spent and held of limit, at most 1000), spent_permille, held_permille (for the two parts of a
 *  bar), starts, ends (null: never), starts_ms, ends_ms (null: never), resets_in_ms (null: never),
 *  opened (has anything been spent or held in this window's time?).
 */
json_t *view_budgets(struct store *store, const char *scope, const char *timezone, int64_t now_ms,
    struct error *err);

/* The "budgets" and "model_budgets" of each KEY or TEAM of a list, which have an "id". */
int view_budgets_add(struct store_reader *reader, const char *scope, json_t *list,
    const char *timezone, int64_t now_ms, struct error *err);

/* BUDGET with "windows": [{id, starts, ends, starts_ms, limit, spent, held, overrun (_nano/_usd),
 * used_permille}] newest first, at most limit.  NULL with ERROR_NOT_FOUND when it is not active. */
json_t *view_budget(struct store *store, int64_t budget_id, int limit, const char *timezone,
    int64_t now_ms, struct error *err);

/* Windows with an overrun, newest first: {budget_id, scope, scope_id, name, period} and as above.
 */
json_t *view_budget_overruns(struct store *store, int limit, struct error *err);

/* [{id, period, period_words, limit_nano/_usd (null: none), rpm_limit, tpm_limit,
 * max_parallel_requests (null: none), extra, created, updated, followers}]; id NULL: all. */
json_t *view_plans(struct store *store, const char *id, struct error *err);

/* "day", "month", "hour", "lifetime", "2 weeks". For pages. */
const char *view_period_words(const char *period, char room[40]);

#endif
