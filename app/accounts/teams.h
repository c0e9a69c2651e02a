#ifndef ACCOUNTS_TEAMS_H
#define ACCOUNTS_TEAMS_H

/*
 * Teams: keys that share budgets, limits and a list of models.  As with keys, each change says who
 * does it and is in the trail.  Deleting a team deletes its keys; the history of both stays, and an
 * id is never used again.
 */
#include "accounts/account_wish.h"
#include "accounts/audit_event.h"
#include "base/arena.h"
#include "base/error.h"

struct team {
	const char *id;
	const char *alias;  /* may be NULL */
	const char *models; /* JSON array; "[]" allows all */
	bool blocked;
	int64_t created_ms;
	struct limits limits;
};

/* `which` is an id or an alias. */
int teams_find(struct store *store, const char *which, struct arena *arena, struct team *out,
    struct error *err);

/* id NULL: made.  *out_id is in the arena. */
int team_create(struct store *store, const struct actor *by, const char *id,
    const struct account_wish *wish, int64_t now_ms, struct arena *arena, const char **out_id,
    struct error *err);
int team_update(struct store *store, const struct actor *by, const char *id,
    const struct account_wish *wish, int64_t now_ms, struct error *err);
/* Blocking a team refuses the requests of all its keys. */
int team_set_blocked(struct store *store, const struct actor *by, const char *id, bool blocked,
    int64_t now_ms, struct error *err);
int team_delete(
    struct store *store, const struct actor *by, const char *id, int64_t now_ms, struct error *err);

#endif
