/*
 * Changes of teams.  See the header.
 */
#include "accounts/teams.h"

#include <string.h>

#include "accounts/name_check.h"
#include "accounts/recorded_change.h"

#include "base/banned.h"

#define ID_MAX 128

static int64_t limit_at(const struct statement *s, int column)
{
	return statement_is_null(s, column) ? LIMIT_NONE : statement_int(s, column);
}

int teams_find(struct store *store, const char *which, struct arena *arena, struct team *out,
    struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_TEAM_FIND, err);
	int result;

	statement_bind_text(s, ":which", which);
	result = statement_step(s, err);
	if (result == 1)
		*out = (struct team){
			.id = arena_copy(arena, statement_text(s, 0)),
			.alias = arena_copy(arena, statement_text(s, 1)),
			.models = arena_copy(arena, statement_text(s, 2)),
			.blocked = statement_int(s, 3) != 0,
			.created_ms = statement_int(s, 4),
			.limits = { limit_at(s, 5), limit_at(s, 6), limit_at(s, 7) },
		};
	if (result == 0)
		return error_set(
		    err, ERROR_NOT_FOUND, "no team '%.60s'; give its id or its alias", which);
	return result == 1 ? 0 : -1;
}

int team_create(struct store *store, const struct actor *by, const char *id,
    const struct account_wish *wish, int64_t now_ms, struct arena *arena, const char **out_id,
    struct error *err)
{
	struct recorded_change recorded;
	int result;

	if (id && (!*id || strlen(id) > ID_MAX))
		return error_set(err, ERROR_BAD_REQUEST, "team_id: expected 1 to %d bytes", ID_MAX);
	if (name_check("team_id", id, err) != 0 || account_wish_check(wish, err) != 0)
		return -1;
	id = id ? id : arena_printf(arena, "team-%s", digest_new_id().text);
	recorded_change_begin(&recorded, by, "team.create", "team", id, now_ms);
	recorded_change_add(&recorded, SQL_TEAM_INSERT);
	change_bind_int(recorded.change, ":created_ms", now_ms);
	account_wish_bind(recorded.change, wish, true);
	limits_wish_bind(recorded.change, wish->limits, true);
	account_wish_budgets_into(recorded.change, "team", id, wish, now_ms);
	result = account_wish_explain(wish, recorded_change_make(&recorded, store, err), err);
	if (result == 0)
		*out_id = id;
	return result;
}

int team_update(struct store *store, const struct actor *by, const char *id,
    const struct account_wish *wish, int64_t now_ms, struct error *err)
{
	struct recorded_change recorded;

	if (account_wish_check(wish, err) != 0)
		return -1;
	recorded_change_begin(&recorded, by, "team.update", "team", id, now_ms);
	recorded_change_add_now(&recorded, SQL_TEAM_UPDATE);
	account_wish_bind(recorded.change, wish, false);
	limits_wish_bind(recorded.change, wish->limits, false);
	account_wish_budgets_into(recorded.change, "team", id, wish, now_ms);
	return account_wish_explain(wish, recorded_change_apply(&recorded, store, err), err);
}

int team_set_blocked(struct store *store, const struct actor *by, const char *id, bool blocked,
    int64_t now_ms, struct error *err)
{
	struct recorded_change recorded;

	recorded_change_begin(
	    &recorded, by, blocked ? "team.block" : "team.unblock", "team", id, now_ms);
	recorded_change_add_now(&recorded, SQL_TEAM_SET_BLOCKED);
	change_bind_int(recorded.change, ":blocked", blocked);
	return recorded_change_apply(&recorded, store, err);
}

int team_delete(
    struct store *store, const struct actor *by, const char *id, int64_t now_ms, struct error *err)
{
	struct recorded_change recorded;

	recorded_change_begin(&recorded, by, "team.delete", "team", id, now_ms);
	recorded_change_add_now(&recorded, SQL_TEAM_DELETE);
	recorded_change_add(&recorded, SQL_TEAM_STOP_BUDGETS);
	recorded_change_add_now(&recorded, SQL_TEAM_DELETE_KEYS);
	return recorded_change_apply(&recorded, store, err);
}
