#ifndef VIEWS_VIEW_KEYS_H
#define VIEWS_VIEW_KEYS_H

/*
 * Virtual keys with what they may do and what they spent.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

struct key_filter {         /* NULL and 0: all */
	const char *search; /* part of alias, id, hint or team, in any case */
	const char *status; /* "good", "blocked", "expired", "deleted", "any"; NULL: all
			       but deleted ones */
	const char *team_id, *alias, *hash, *plan_id;
	bool named; /* only keys with an alias, and `search` is a part of that */
	const char *user_id, *organization_id; /* LiteLLM's, kept in extra */
	const char *sort; /* "alias", "spend", "created", "used", "expires"; NULL: created */
	bool descending;
	int page;          /* from 1; or, which stays fast however long the list is: */
	const char *after; /* "next" of the page before; NULL: the beginning */
	int size;          /* 1 to 1000, else 50 */
};

/*
 * {"keys": [KEY, ...], "total", "page", "pages", "size", "next" (for filter.after; null: no more)}
 * KEY: id, alias (null), name (alias, else hint), hint ("sk-...abcd"), hash (SHA-256 of the secret:
 *  LiteLLM's "token"), team_id, team_alias, models (array; [] allows all), all_models,
 *  blocked (itself), team_blocked, expired, deleted, status ("good", "blocked", "expired",
 *  "deleted"), good, role ("client", "admin", "viewer"), expires, created, updated, deleted_at
 *  (ISO or null), created_ms, expires_ms (null: never), created_by, old_secret_until (null: none is
 *  good), rpm_limit, tpm_limit, max_parallel_requests (null: none), plan_id, metadata, extra,
 *  spent_nano/_usd (over its whole life), last_used_day (ISO, null: never), budgets: [BUDGET of
 *  view_budgets.h].
 */
json_t *view_keys(struct store *store, const struct key_filter *filter, const char *timezone,
    int64_t now_ms, struct error *err);

/* One KEY by its id, deleted or not; NULL with ERROR_NOT_FOUND. */
json_t *view_key(
    struct store *store, const char *id, const char *timezone, int64_t now_ms, struct error *err);

#endif
