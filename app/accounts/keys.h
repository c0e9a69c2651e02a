#ifndef ACCOUNTS_KEYS_H
#define ACCOUNTS_KEYS_H

/*
 * Virtual keys: who a client is and what it may ask for.  A key is shown once, when it is made; the
 * store has only its SHA-256.  A key is read from the store for every request, so blocking one
 * works at once in every process.  Format: "sk-" and 43 letters and digits (256 bits).
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
	bool is_master; /* the master key of the settings: all models, no key budget, id "master" */
};

/* The key that a client presented, filled in the arena.  Unknown, blocked, expired or deleted ones
 * are all ERROR_UNAUTHENTICATED; the text tells blocked and expired apart only to the holder of
 * that very key. The master key (may be NULL or empty: then there is none) is compared in constant
 * time. */
int keys_authenticate(struct store *store, const char *presented, const char *master_key,
    int64_t now_ms, struct arena *arena, struct virtual_key *out, struct error *err);

/* May the key (and its team) use this public model name?  Wildcards as "openai/\*" match by prefix
 * and suffix. */
bool keys_may_use(const struct virtual_key *key, const char *model);

struct key_wish { /* for create and update; NULL or KEY_KEEP leaves a field as it is */
	const char *alias;
	const char *team_id;
	const char *models;                /* JSON array */
	int64_t expires_ms;                /* KEY_KEEP; 0: never */
	const struct budget_wish *budgets; /* replaces those with the same period */
	size_t budget_count;
	const struct limits *limits; /* NULL: as they are, and so is a member that is KEY_KEEP */
};
#define KEY_KEEP INT64_MIN

struct key_secret {
	char text[64]; /* the whole key; wipe after showing it */
};

int keys_create(struct store *store, const struct key_wish *wish, int64_t now_ms,
    struct arena *arena, struct virtual_key *out, struct key_secret *out_secret, struct error *err);
/* `which` is an id, an alias, the hint's last characters if unique, or the key itself. */
int keys_find(struct store *store, const char *which, struct arena *arena, struct virtual_key *out,
    struct error *err);
int keys_update(struct store *store, const char *id, const struct key_wish *wish, int64_t now_ms,
    struct error *err);
int keys_set_blocked(struct store *store, const char *id, bool blocked, struct error *err);
int keys_rotate(struct store *store, const char *id, int64_t grace_ms, int64_t now_ms,
    struct key_secret *out_secret, struct error *err);
int keys_delete(struct store *store, const char *id, int64_t now_ms, struct error *err);

/* Calls back for each key, oldest first; nonzero from the callback ends it. */
int keys_each(struct store *store, bool with_deleted, struct arena *arena,
    int (*each)(void *ctx, const struct virtual_key *key), void *ctx, struct error *err);

#endif
