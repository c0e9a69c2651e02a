/*
 * Changing plans.  See the header.
 */
#include "accounts/budget_plans.h"

#include <string.h>

#include "accounts/account_wish.h"
#include "accounts/window.h"

#include "base/banned.h"

#define ID_MAX 128

void budget_plan_follow_into(struct change *change, const char *id, int64_t now_ms)
{
	static const enum sql_name steps[] = { SQL_PLAN_FOLLOW_STOP, SQL_PLAN_FOLLOW_SET,
		SQL_PLAN_FOLLOW_WINDOWS, SQL_PLAN_FOLLOW_KEY_LIMITS, SQL_PLAN_FOLLOW_TEAM_LIMITS };

	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		change_add(change, steps[i]);
		change_bind_text(change, ":id", id);
		if (steps[i] == SQL_PLAN_FOLLOW_WINDOWS)
			change_bind_int(change, ":now_ms", now_ms);
	}
}

static int check(const struct plan_wish *wish, struct error *err)
{
	if (wish->id && (!*wish->id || strlen(wish->id) > ID_MAX))
		return error_set(
		    err, ERROR_BAD_REQUEST, "budget_id: expected 1 to %d bytes", ID_MAX);
	if (wish->period && window_check(wish->period, err) != 0)
		return error_prefix(err, "budget_duration");
	return 0;
}

static void bind_wish(struct change *change, const struct plan_wish *wish, bool is_new)
{
	change_bind_text(change, ":period", wish->period);
	if (wish->limit_nano < 0)
		change_bind_null(change, ":limit_nano");
	else
		change_bind_int(change, ":limit_nano", wish->limit_nano);
	if (!is_new)
		change_bind_int(change, ":keep_limit", wish->limit_nano == KEY_KEEP);
	account_wish_bind_limits(change, wish->limits, is_new);
	change_bind_text(change, ":extra", wish->extra || !is_new ? wish->extra : "{}");
}

int budget_plan_create(struct store *store, const struct actor *by, const struct plan_wish *wish,
    int64_t now_ms, struct arena *arena, const char **out_id, struct error *err)
{
	const char *id =
	    wish->id ? wish->id : arena_printf(arena, "budget-%s", digest_new_id().text);
	struct audit_record record = { "budget.create", "budget", id };
	struct audit_begun event;
	struct change *change;
	int result;

	if (check(wish, err) != 0)
		return -1;
	change = change_new();
	event = audit_begin_into(change, by, &record, now_ms);
	change_add(change, SQL_PLAN_INSERT);
	change_bind_text(change, ":id", id);
	change_bind_int(change, ":now_ms", now_ms);
	bind_wish(change, wish, true);
	audit_end_into(change, &event);
	result = store_apply(store, change, err);
	change_free(change);
	if (result != 0 && err && strstr(err->text, "budget_plan.id"))
		return error_set(err, ERROR_BAD_REQUEST, "budget_id '%s': there is one", id);
	if (result == 0)
		*out_id = id;
	return result;
}

/* Applies a change whose statement `row` must touch the plan. */
static int apply_to_plan(
    struct store *store, struct change *change, int row, const char *id, struct error *err)
{
	int result = store_apply(store, change, err);

	if (result == 0 && change_rows(change, row) == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no budget '%.60s'", id);
	change_free(change);
	return result;
}

int budget_plan_update(struct store *store, const struct actor *by, const char *id,
    const struct plan_wish *wish, int64_t now_ms, struct error *err)
{
	struct audit_record record = { "budget.update", "budget", id };
	struct audit_begun event;
	struct change *change;

	if (check(wish, err) != 0)
		return -1;
	change = change_new();
	event = audit_begin_into(change, by, &record, now_ms);
	change_add(change, SQL_PLAN_UPDATE);
	change_bind_text(change, ":id", id);
	change_bind_int(change, ":now_ms", now_ms);
	bind_wish(change, wish, false);
	budget_plan_follow_into(change, id, now_ms);
	audit_end_into(change, &event);
	return apply_to_plan(store, change, event.next_statement, id, err);
}

int budget_plan_delete(
    struct store *store, const struct actor *by, const char *id, int64_t now_ms, struct error *err)
{
	struct audit_record record = { "budget.delete", "budget", id };
	struct change *change = change_new();
	struct audit_begun event = audit_begin_into(change, by, &record, now_ms);
	int result;

	change_add(change, SQL_PLAN_DELETE);
	change_bind_text(change, ":id", id);
	audit_end_into(change, &event);
	result = apply_to_plan(store, change, event.next_statement, id, err);
	if (result != 0 && err && strstr(err->text, "budget is in use"))
		return error_set(err, ERROR_BAD_REQUEST,
		    "budget '%.60s': keys or teams follow it; give them another first", id);
	return result;
}
