/*
 * Changing plans.  See the header.
 */
#include "accounts/budget_plans.h"

#include <string.h>

#include "accounts/name_check.h"
#include "accounts/recorded_change.h"
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

int budget_plan_check(const struct plan_wish *wish, struct error *err)
{
	if (wish->id && (!*wish->id || strlen(wish->id) > ID_MAX))
		return error_set(
		    err, ERROR_BAD_REQUEST, "budget_id: expected 1 to %d bytes", ID_MAX);
	if (wish->period && window_check(wish->period, err) != 0)
		return error_prefix(err, "budget_duration");
	return name_check("budget_id", wish->id, err);
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
	limits_wish_bind(change, wish->limits, is_new);
	change_bind_text(change, ":extra", wish->extra || !is_new ? wish->extra : "{}");
}

int budget_plan_create(struct store *store, const struct actor *by, const struct plan_wish *wish,
    int64_t now_ms, struct arena *arena, const char **out_id, struct error *err)
{
	const char *id =
	    wish->id ? wish->id : arena_printf(arena, "budget-%s", digest_new_id().text);
	struct recorded_change recorded;
	int result;

	if (budget_plan_check(wish, err) != 0)
		return -1;
	recorded_change_begin(&recorded, by, "budget.create", "budget", id, now_ms);
	recorded_change_add_now(&recorded, SQL_PLAN_INSERT);
	bind_wish(recorded.change, wish, true);
	budget_plan_follow_into(recorded.change, id, now_ms); /* end users may wait for it */
	result = recorded_change_make(&recorded, store, err);
	if (result != 0 && err && strstr(err->text, "budget_plan.id"))
		return error_set(err, ERROR_BAD_REQUEST, "budget_id '%s': there is one", id);
	if (result == 0)
		*out_id = id;
	return result;
}

int budget_plan_update(struct store *store, const struct actor *by, const char *id,
    const struct plan_wish *wish, int64_t now_ms, struct error *err)
{
	struct recorded_change recorded;

	if (budget_plan_check(wish, err) != 0)
		return -1;
	recorded_change_begin(&recorded, by, "budget.update", "budget", id, now_ms);
	recorded_change_add_now(&recorded, SQL_PLAN_UPDATE);
	bind_wish(recorded.change, wish, false);
	budget_plan_follow_into(recorded.change, id, now_ms);
	return recorded_change_apply(&recorded, store, err);
}

int budget_plan_delete(
    struct store *store, const struct actor *by, const char *id, int64_t now_ms, struct error *err)
{
	struct recorded_change recorded;
	int result;

	recorded_change_begin(&recorded, by, "budget.delete", "budget", id, now_ms);
	recorded_change_add(&recorded, SQL_PLAN_DELETE);
	result = recorded_change_apply(&recorded, store, err);
	if (result != 0 && err && strstr(err->text, "budget is in use"))
		return error_set(err, ERROR_BAD_REQUEST,
		    "budget '%.60s': keys or teams follow it; give them another first", id);
	return result;
}
