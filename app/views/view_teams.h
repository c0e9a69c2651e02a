#ifndef VIEWS_VIEW_TEAMS_H
#define VIEWS_VIEW_TEAMS_H

/*
 * Teams with what they may do and what they spent.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

/*
 * [TEAM, ...] by name.  search: part of id or alias, NULL: all.
 * TEAM: id, alias (null), name (alias, else id), models (array; [] allows all), all_models,
 * blocked, deleted, created, updated, deleted_at, created_ms, rpm_limit, tpm_limit,
 * max_parallel_requests (null: none), plan_id, metadata, extra, key_count, spent_nano/_usd (over
 * its whole life), budgets: [BUDGET of view_budgets.h].
 */
json_t *view_teams(struct store *store, const char *search, bool with_deleted, const char *timezone,
    int64_t now_ms, struct error *err);

/* One TEAM by its id, deleted or not; NULL with ERROR_NOT_FOUND.  Its keys are view_keys with
 * team_id. */
json_t *view_team(
    struct store *store, const char *id, const char *timezone, int64_t now_ms, struct error *err);

#endif
