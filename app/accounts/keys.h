#ifndef ACCOUNTS_KEYS_H
#define ACCOUNTS_KEYS_H

/*
 * Virtual keys: who a client is and what it may ask for.  A key is shown once, when it is made; the
 * store has only its SHA-256.  A key is asked for in the store by every request (see kept.h), so
 * blocking one works at once in every process.  Changes stand in accounts/key_change.h.  Format:
 * "sk-" and 43 letters and digits (256 bits).
 */
#include <stdbool.h>
#include <stdint.h>

#include "accounts/budgets.h"
#include "accounts/rate_limit.h"
#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

struct virtual_key {
	const char *id;      /* "key-01k..." */
	const char *alias;   /* may be NULL */
	const char *hint;    /* "sk-...abcd" */
	const char *team_id; /* may be NULL */
	const char *models;  /* JSON array; "[]" allows all */
	const char *team_models;
	bool blocked;       /* itself or its team */
	int64_t expires_ms; /* 0: never */
	int64_t created_ms;
	struct limits limits, team_limits;
	const char *role;  /* "client", "admin" (manages the gateway), "viewer" (may look at it) */
	int budget_status; /* metadata.budget_status: told when money is gone; 0: as the settings
			      say */
	const char *budget_fallbacks; /* JSON: model groups after one whose budget for this key is
					 used up; NULL: none */
	const char *tags;             /* JSON array: its own and its team's; NULL: none */
	const char *routes;           /* JSON array, allowed_routes (key_routes.h); NULL: all */
	bool is_master; /* the master key of the settings: all models, no key budget, id "master" */
};

/* The key that a client presented, filled in the arena.  Unknown, blocked, expired or deleted ones
 * are all ERROR_UNAUTHENTICATED; the text tells blocked and expired apart only to the holder of
 * that very key. The master key (may be NULL or empty: then there is none) is compared in constant
 * time. */
int keys_authenticate(struct store *store, const char *presented, const char *master_key,
    int64_t now_ms, struct arena *arena, struct virtual_key *out, struct error *err);

/* The same, for who may wait for the bank: what another machine has just made or unblocked is good.
 */
int keys_admit(struct store *store, const char *presented, const char *master_key, int64_t now_ms,
    struct arena *arena, struct virtual_key *out, struct error *err);

/* One star of the pattern stands for any text. */
bool keys_name_fits(const char *pattern, const char *name);

/* One of LiteLLM's names for sets of models: all-proxy-models, all-team-models (what the team's
 * list allows; without a team all) and no-default-models (none beside those that are named). */
bool keys_name_is_set(const char *name);

/* May the key (and its team) use this public model name?  Wildcards as "openai/\*" match by prefix
 * and suffix. */
bool keys_may_use(const struct virtual_key *key, const char *model);
/* The same of what has several names: the key's list and the team's allow one of them each.  The
 * first `own` may fit a wildcard; the others are groups, which a list has to name. */
bool keys_may_use_any(
    const struct virtual_key *key, const char *const *names, size_t own, size_t count);

/* `which` is the id, the key itself (also the one before a rotation) or its SHA-256, before which
 * nobody else's alias can stand; or an alias or the hint's last characters, ERROR_BAD_REQUEST when
 * these fit more than one key. */
int keys_find(struct store *store, const char *which, struct arena *arena, struct virtual_key *out,
    struct error *err);
/* Calls back for each key, oldest first; nonzero from the callback ends it. */
int keys_each(struct store *store, bool with_deleted, struct arena *arena,
    int (*each)(void *ctx, const struct virtual_key *key), void *ctx, struct error *err);

#endif
