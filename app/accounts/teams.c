/*
 * Changes of teams.  See the header.
 */
#include "accounts/teams.h"

#include <string.h>

#include "base/banned.h"

#define ID_MAX 128

static int64_t limit_at(const struct statement *s, int column)
{
	return statement_is_null(s, column) ? LIMIT_NONE : statement_int(s, column);
}

int teams_find(struct store *store, const char *which, struct arena *arena, struct team *out,
    struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_TEAM_FIND, err) : NULL;
	int result = -1;

	if (s) {
		statement_bind_text(s, ":which", which);
		result = statement_step(s, err);
	}
	if (result == 1)
		*out = (struct team){
			.id = arena_copy(arena, statement_text(s, 0)),
			.alias = arena_copy(arena, statement_text(s, 1)),
			.models = arena_copy(arena, statement_text(s, 2)),
			.blocked = statement_int(s, 3) != 0,
			.created_ms = statement_int(s, 4),
			.limits = { limit_at(s, 5), limit_at(s, 6), limit_at(s, 7) },
		};
	store_reader_return(store, reader);
	if (result == 0)
		return error_set(
		    err, ERROR_NOT_FOUND, "no team '%.60s'; give its id or its alias", which);
	return result == 1 ? 0 : -1;
}

int team_create(struct store *store, const struct actor *by, const char *id,
    const struct account_wish *wish, int64_t now_ms, struct arena *arena, const char **out_id,
    struct error *err)
{
	struct audit_record record = { "team.create", "team", NULL };
	struct audit_begun event;
	struct change *change;
	int result;

	if (id && (!*id || strlen(id) > ID_MAX))
		return error_set(err, ERROR_BAD_REQUEST, "team_id: expected 1 to %d bytes", ID_MAX);
	if (account_wish_check(wish, err) != 0)
		return -1;
	id = id ? id : arena_printf(arena, "team-%s", digest_new_id().text);
	record.thing_id = id;
	change = change_new();
	event = audit_begin_into(change, by, &record, now_ms);
	change_add(change, SQL_TEAM_INSERT);
	change_bind_text(change, ":id", id);
	change_bind_int(change, ":created_ms", now_ms);
	account_wish_bind(change, wish, true);
	account_wish_bind_limits(change, wish->limits, true);
	account_wish_budgets_into(change, "team", id, wish, now_ms);
	audit_end_into(change, &event);
	result = account_wish_explain(wish, store_apply(store, change, err), err);
	change_free(change);
	if (result == 0)
		*out_id = id;
	return result;
}

/* Applies a change whose statement `row` must touch the team. */
static int apply_to_team(
    struct store *store, struct change *change, int row, const char *id, struct error *err)
{
	int result = store_apply(store, change, err);

	if (result == 0 && change_rows(change, row) == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no team '%.60s'", id);
	change_free(change);
	return result;
}

int team_update(struct store *store, const struct actor *by, const char *id,
    const struct account_wish *wish, int64_t now_ms, struct error *err)
{
	struct audit_record record = { "team.update", "team", id };
	struct audit_begun event;
	struct change *change;

	if (account_wish_check(wish, err) != 0)
		return -1;
	change = change_new();
	event = audit_begin_into(change, by, &record, now_ms);
	change_add(change, SQL_TEAM_UPDATE);
	change_bind_text(change, ":id", id);
	change_bind_int(change, ":now_ms", now_ms);
	account_wish_bind(change, wish, false);
	account_wish_bind_limits(change, wish->limits, false);
	account_wish_budgets_into(change, "team", id, wish, now_ms);
	audit_end_into(change, &event);
	return account_wish_explain(
	    wish, apply_to_team(store, change, event.next_statement, id, err), err);
}

int team_set_blocked(struct store *store, const struct actor *by, const char *id, bool blocked,
    int64_t now_ms, struct error *err)
{
	struct audit_record record = { blocked ? "team.block" : "team.unblock", "team", id };
	struct change *change = change_new();
	struct audit_begun event = audit_begin_into(change, by, &record, now_ms);

	change_add(change, SQL_TEAM_SET_BLOCKED);
	change_bind_text(change, ":id", id);
	change_bind_int(change, ":blocked", blocked);
	change_bind_int(change, ":now_ms", now_ms);
	audit_end_into(change, &event);
	return apply_to_team(store, change, event.next_statement, id, err);
}

int team_delete(
    struct store *store, const struct actor *by, const char *id, int64_t now_ms, struct error *err)
{
	struct audit_record record = { "team.delete", "team", id };
	struct change *change = change_new();
	struct audit_begun event = audit_begin_into(change, by, &record, now_ms);

	change_add(change, SQL_TEAM_DELETE);
	change_bind_text(change, ":id", id);
	change_bind_int(change, ":now_ms", now_ms);
	change_add(change, SQL_TEAM_STOP_BUDGETS);
	change_bind_text(change, ":id", id);
	change_add(change, SQL_TEAM_DELETE_KEYS);
	change_bind_text(change, ":id", id);
	change_bind_int(change, ":now_ms", now_ms);
	audit_end_into(change, &event);
	return apply_to_team(store, change, event.next_statement, id, err);
}
