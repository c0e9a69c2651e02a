/*
 * Budgets in the store, and what a request sees of them.  See the header.
 */
#include "accounts/budgets.h"

#include <stdlib.h>
#include <string.h>

#include "accounts/budget_plans.h"
#include "accounts/kept.h"
#include "accounts/keys.h"
#include "accounts/line.h"
#include "accounts/till.h"
#include "base/number.h"

#include "base/banned.h"

int budget_wish_parse(
    const char *text, struct arena *arena, struct budget_wish *out, struct error *err)
{
	size_t len = strcspn(text, "@"), digits = strcspn(text, "/@");
	const char *at = text[len] ? text + len + 1 : NULL;
	struct slice amount = { text, digits },
		     period = { text + digits + 1, len > digits ? len - digits - 1 : 0 };
	struct budget_wish wish = { .period = arena_copy_slice(arena, period),
		.model = arena_copy(arena, at) };

	if (amount.len && amount.ptr[0] == '$')
		amount = (struct slice){ amount.ptr + 1, amount.len - 1 };
	if (number_scaled(amount, 9, &wish.limit_nano, NULL) != 0 || wish.limit_nano < 0 ||
	    (at && !*at))
		return error_set(err, ERROR_BAD_REQUEST,
		    "'%.40s' is not a budget; write dollars and a period, as 5/1d, 0.50/1h, 100 "
		    "or 5/1d@MODEL",
		    text);
	if (window_check(wish.period, err) != 0)
		return error_prefix(err, "budget '%.40s'", text);
	*out = wish;
	return 0;
}

/* ---- settings to store ---- */

struct wanted {
	const char *scope, *scope_id, *model, *period;
	int64_t limit_nano;
};

static size_t list_named(const char *scope, const struct named_budgets *budgets, struct wanted *out)
{
	for (size_t i = 0; i < budgets->count; i++) {
		const struct named_budget *b = &budgets->items[i];

		out[i] = (struct wanted){ scope, b->name, "",
			b->budget_duration ? b->budget_duration : "1d", b->max_budget_nano };
	}
	return budgets->count;
}

static size_t list_wanted(const struct settings *settings, struct wanted *out)
{
	size_t count = 0;

	if (settings->max_budget_nano != SETTING_UNSET)
		out[count++] = (struct wanted){ "proxy", "", "",
			settings->budget_duration ? settings->budget_duration : "",
			settings->max_budget_nano };
	if (settings->max_user_budget_nano != SETTING_UNSET && !settings->user_budget_id)
		out[count++] =
		    (struct wanted){ "user", "", "", "", settings->max_user_budget_nano };
	count += list_named("provider", &settings->provider_budgets, out + count);
	count += list_named("tag", &settings->tag_budgets, out + count);
	for (size_t i = 0; i < settings->deployment_count; i++) {
		const struct deployment *d = &settings->deployments[i];

		if (d->max_budget_nano != SETTING_UNSET)
			out[count++] = (struct wanted){ "deployment", d->id, "",
				d->budget_duration ? d->budget_duration : "1d",
				d->max_budget_nano };
	}
	return count;
}

static bool budgets_is_wanted(
    const struct statement *row, const struct wanted *wanted, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(statement_text(row, 0), wanted[i].scope) == 0 &&
		    strcmp(statement_text(row, 1), wanted[i].scope_id) == 0 &&
		    strcmp(statement_text(row, 2), wanted[i].period) == 0 &&
		    statement_int(row, 3) == wanted[i].limit_nano)
			return true;
	return false;
}

/* 1: the store has exactly these; 0: it has not; -1: err. */
static int are_stored(struct store *store, const struct wanted *wanted, size_t count,
    const char *user_plan, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_BUDGET_SETTINGS_LIST, err) : NULL;
	size_t same = 0, rows = 0;
	int result;

	while ((result = statement_step(s, err)) == 1) {
		rows++;
		same += budgets_is_wanted(s, wanted, count);
	}
	s = result == 0 ? store_query(reader, SQL_BUDGET_USER_PLAN, err) : NULL;
	result = statement_step(s, err);
	if (result >= 0)
		same += strcmp(result ? statement_text(s, 0) : "", user_plan ? user_plan : "") == 0;
	store_reader_return(store, reader);
	return result < 0 ? -1 : rows == count && same == count + 1;
}

/* The plan that every end user follows. */
static void follow_user_plan(struct change *change, const char *plan_id, int64_t now_ms)
{
	change_add(change, SQL_BUDGET_USER_PLAN_END);
	change_add(change, SQL_BUDGET_USER_BUDGETS_STOP);
	if (!plan_id)
		return;
	change_add(change, SQL_BUDGET_USER_PLAN_SET);
	change_bind_text(change, ":plan_id", plan_id);
	budget_plan_follow_into(change, plan_id, now_ms);
}

static void bind_name(struct change *change, const char *scope, const char *scope_id,
    const char *model, const char *period)
{
	change_bind(change, ":scope", scope, ":scope_id", scope_id, ":model", model ? model : "",
	    ":period", period);
}

static void set_into(
    struct change *change, const struct wanted *wanted, const char *source, int64_t now_ms)
{
	change_add(change, SQL_BUDGET_SET);
	bind_name(change, wanted->scope, wanted->scope_id, wanted->model, wanted->period);
	change_bind(change, ":limit_nano", wanted->limit_nano, ":source", source);
	change_add(change, SQL_BUDGET_WINDOW_FOLLOW);
	bind_name(change, wanted->scope, wanted->scope_id, wanted->model, wanted->period);
	change_bind(change, ":limit_nano", wanted->limit_nano, ":now_ms", now_ms);
}

int budgets_sync(
    struct store *store, const struct settings *settings, int64_t now_ms, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct wanted *wanted;
	size_t count;
	int stored;

	wanted =
	    arena_alloc(&arena, (settings->deployment_count + settings->provider_budgets.count +
				    settings->tag_budgets.count + 2) *
				    sizeof *wanted);
	count = list_wanted(settings, wanted);
	stored = are_stored(store, wanted, count, settings->user_budget_id, err);
	if (stored != 0)
		return stored < 0 ? -1 : 0;
	AUTO_CHANGE struct change *change = change_new();
	change_add(change, SQL_BUDGET_SETTINGS_STOP);
	follow_user_plan(change, settings->user_budget_id, now_ms);
	for (size_t i = 0; i < count; i++)
		set_into(change, &wanted[i], "settings", now_ms);
	return store_apply(store, change, err);
}

void budgets_set_into(struct change *change, const char *scope, const char *scope_id,
    const struct budget_wish *wish, int64_t now_ms)
{
	struct wanted wanted = { scope, scope_id, wish->model, wish->period, wish->limit_nano };

	change_then(change, line_call); /* a higher limit may be what somebody waits for */
	if (wish->limit_nano >= 0) {
		set_into(change, &wanted, "admin", now_ms);
		return;
	}
	change_add(change, SQL_BUDGET_STOP);
	bind_name(change, scope, scope_id, wish->model, wish->period);
}

int budget_carry_make(const char *period, const char *zone, int64_t nano, int64_t ends_ms,
    int64_t now_ms, struct budget_carry *out, struct error *err)
{
	struct window window;

	if (window_at(period, zone, now_ms, &window, err) != 0)
		return -1;
	*out = (struct budget_carry){ .period = period,
		.starts_ms = window.starts_ms,
		.ends_ms = ends_ms > now_ms ? ends_ms : window.ends_ms,
		.nano = nano };
	return 0;
}

void budgets_carry_into(struct change *change, const char *scope, const char *scope_id,
    const struct budget_carry *carry)
{
	change_then(change, line_call);
	change_add(change, SQL_BUDGET_CARRY);
	bind_name(change, scope, scope_id, NULL, carry->period);
	change_bind(change, ":starts_ms", carry->starts_ms, ":ends_ms", carry->ends_ms, ":nano",
	    carry->nano);
}

void budgets_stop_all_into(struct change *change, const char *scope, const char *scope_id)
{
	change_add(change, SQL_BUDGET_STOP_ALL);
	change_bind(change, ":scope", scope, ":scope_id", scope_id);
}

void budgets_reset_into(struct change *change, const char *scope, const char *scope_id,
    int64_t carried_nano, int64_t now_ms)
{
	static const enum sql_name steps[] = { SQL_BUDGET_RESET_OPEN, SQL_BUDGET_RESET_CLOSE };

	change_then(change, line_call);
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		change_add(change, steps[i]);
		change_bind(change, ":scope", scope, ":scope_id", scope_id, ":now_ms", now_ms);
		if (i == 0)
			change_bind_int(change, ":carried_nano", carried_nano);
	}
}

/* ---- reading ---- */

static void read_state(const struct statement *s, struct arena *arena, struct budget_state *out)
{
	*out = (struct budget_state){
		.budget_id = statement_int(s, 0),
		.scope = arena_copy(arena, statement_text(s, 1)),
		.scope_id = arena_copy(arena, statement_text(s, 2)),
		.period = arena_copy(arena, statement_text(s, 3)),
		.limit_nano = statement_int(s, 4),
		.window_id = statement_is_null(s, 5) ? 0 : statement_int(s, 5),
		.spent_nano = statement_int(s, 6),
		.held_nano = statement_int(s, 7),
		.overrun_nano = statement_int(s, 8),
		.starts_ms = statement_int(s, 9),
		.ends_ms = statement_int(s, 10),
		.leased_nano = statement_int(s, 11),
		.idle_nano = statement_int(s, 11) - statement_int(s, 12),
		.lost_nano = statement_int(s, 13),
		.model = arena_copy(arena, statement_text(s, 14)),
		.ungranted_nano = statement_int(s, 15),
	};
}

static struct budget_state *new_state(struct budget_states *states, struct arena *arena)
{
	if (states->count == states->room) {
		size_t room = states->room ? states->room * 2 : 4;
		struct budget_state *grown = arena_alloc(arena, room * sizeof *grown);

		if (states->count)
			memcpy(grown, states->items, states->count * sizeof *grown);
		states->items = grown;
		states->room = room;
	}
	return &states->items[states->count++];
}

/* Adds what the statement tells. */
static int read_states(
    struct statement *s, struct arena *arena, struct budget_states *out, struct error *err)
{
	int result;

	while ((result = statement_step(s, err)) == 1)
		read_state(s, arena, new_state(out, arena));
	return result;
}

static int read_states_of(struct store_reader *reader, const char *scope, const char *scope_id,
    int64_t now_ms, struct arena *arena, struct budget_states *out, struct error *err)
{
	struct statement *s = scope_id ? store_query(reader, SQL_BUDGET_STATES_OF, err) : NULL;

	if (!scope_id)
		return 0;
	if (!s)
		return -1;
	statement_bind(s, ":now_ms", now_ms, ":scope", scope, ":scope_id", scope_id);
	return read_states(s, arena, out, err);
}

static int read_shared_states(struct store_reader *reader, const char *user, int64_t now_ms,
    struct arena *arena, struct budget_states *out, struct error *err)
{
	struct statement *s = store_query(reader, SQL_BUDGET_STATES_SHARED, err);

	if (!s)
		return -1;
	statement_bind(s, ":user", user, ":now_ms", now_ms);
	return read_states(s, arena, out, err);
}

/* In the order in which they are looked at.  What has no words has itself. */
static const struct scope {
	const char *name, *words;
	bool own;
} scopes[] = { { "key", NULL, true }, { "key_model", "key for this model", true },
	{ "team", NULL, true }, { "team_model", "team for this model", true },
	{ "user", NULL, false }, { "tag", NULL, false }, { "proxy", NULL, false },
	{ "provider", NULL, false }, { "deployment", NULL, false } };

static size_t rank_of(const char *scope)
{
	size_t rank = 0;

	while (rank + 1 < sizeof scopes / sizeof scopes[0] && strcmp(scope, scopes[rank].name) != 0)
		rank++;
	return rank;
}

bool budget_is_own(const char *scope)
{
	return scopes[rank_of(scope)].own;
}

const char *budget_scope_words(const char *scope)
{
	const struct scope *known = &scopes[rank_of(scope)];

	return known->words ? known->words : known->name;
}

static int by_rank(const void *a, const void *b)
{
	const struct budget_state *one = a, *two = b;
	size_t first = rank_of(one->scope), second = rank_of(two->scope);

	if (first != second)
		return first < second ? -1 : 1;
	return one->budget_id < two->budget_id ? -1 : 1;
}

/* A key's own budget for a model stands in the place of its team's, as LiteLLM has it. */
static void drop_overridden(struct budget_states *budgets)
{
	size_t kept = 0;

	for (size_t i = 0; i < budgets->count; i++) {
		const struct budget_state *one = &budgets->items[i];
		bool own = false;

		for (size_t k = 0; strcmp(one->scope, "team_model") == 0 && k < budgets->count; k++)
			own = own || (strcmp(budgets->items[k].scope, "key_model") == 0 &&
					 strcmp(budgets->items[k].model, one->model) == 0);
		if (!own)
			budgets->items[kept++] = *one;
	}
	budgets->count = kept;
}

static int read_all(struct store_reader *reader, const struct budget_asker *asker, int64_t now_ms,
    struct arena *arena, struct budget_states *out, struct error *err)
{
	*out = (struct budget_states){ .count = 0 };
	if (read_states_of(reader, "key", asker->key_id, now_ms, arena, out, err) != 0 ||
	    read_states_of(reader, "key_model", asker->key_id, now_ms, arena, out, err) != 0 ||
	    read_states_of(reader, "team", asker->team_id, now_ms, arena, out, err) != 0 ||
	    read_states_of(reader, "team_model", asker->team_id, now_ms, arena, out, err) != 0 ||
	    read_shared_states(reader, asker->user, now_ms, arena, out, err) != 0)
		return -1;
	for (size_t i = 0; i < asker->tag_count; i++)
		if (read_states_of(reader, "tag", asker->tags[i], now_ms, arena, out, err) != 0)
			return -1;
	drop_overridden(out);
	if (out->count > 1)
		qsort(out->items, out->count, sizeof *out->items, by_rank);
	return 0;
}

/* What is spent and held now, of budgets that were kept. */
static int read_used(struct store_reader *reader, struct budget_states *budgets, struct error *err)
{
	for (size_t i = 0; i < budgets->count; i++) {
		struct budget_state *budget = &budgets->items[i];
		struct statement *s = store_query(reader, SQL_BUDGET_WINDOW_USED, err);
		int result = -1;

		if (s) {
			statement_bind_int(s, ":window_id", budget->window_id);
			result = statement_step(s, err);
		}
		if (result != 1)
			return result == 0
				   ? error_set(err, ERROR_STORE, "a budget's window is gone")
				   : -1;
		budget->spent_nano = statement_int(s, 0);
		budget->held_nano = statement_int(s, 1);
		budget->overrun_nano = statement_int(s, 2);
		budget->leased_nano = statement_int(s, 3);
		budget->idle_nano = budget->leased_nano - statement_int(s, 4);
		budget->ungranted_nano = statement_int(s, 5);
	}
	return 0;
}

/* What this process knows of its own leases is newer than what the store shows of them. */
static void note_own_use(struct store *store, struct budget_states *budgets)
{
	for (size_t i = 0; i < budgets->count; i++) {
		struct budget_state *budget = &budgets->items[i];
		int64_t used = budget->leased_nano ? till_used(store, budget->window_id) : 0,
			left = budget->leased_nano > used ? budget->leased_nano - used : 0;

		if (left < budget->idle_nano)
			budget->idle_nano = left;
	}
}

static int read_for_request(struct store *store, const struct budget_asker *asker, int64_t now_ms,
    struct arena *arena, struct budget_states *out, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct kept_moment at;
	bool used = false;
	int result = reader ? kept_moment(store, reader, &at, err) : -1;

	if (result == 0 && !kept_budgets(store, asker, &at, now_ms, arena, out, &used))
		result = read_all(reader, asker, now_ms, arena, out, err);
	else if (result == 0 && !used)
		result = read_used(reader, out, err);
	if (result == 0 && !used)
		keep_budgets(store, asker, &at, out);
	store_reader_return(store, reader);
	return result;
}

/* 1: windows were made; 0: none was missing; -1: err. */
static int open_missing(struct store *store, const struct budget_states *states,
    const char *timezone, int64_t now_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = NULL;
	int result = 0;

	for (size_t i = 0; i < states->count && result == 0; i++) {
		const struct budget_state *b = &states->items[i];
		struct window window;

		if (b->window_id)
			continue;
		result = window_at(b->period, timezone, now_ms, &window, err);
		if (!change)
			change = change_new();
		change_add(change, SQL_BUDGET_WINDOW_OPEN);
		change_bind(change, ":budget_id", b->budget_id, ":for_user",
		    strcmp(b->scope, "user") == 0 ? b->scope_id : "", ":starts_ms",
		    window.starts_ms, ":ends_ms", window.ends_ms);
	}
	if (change && result == 0)
		result = store_apply(store, change, err) == 0 ? 1 : -1;
	return result;
}

bool budgets_have(const struct named_budgets *budgets, const char *name)
{
	for (size_t i = 0; i < budgets->count; i++)
		if (strcmp(budgets->items[i].name, name) == 0)
			return true;
	return false;
}

void budgets_of_settings(const struct settings *settings, const char *user, const char *const *tags,
    size_t tag_count, struct arena *arena, struct budget_asker *out)
{
	const char **kept = arena_alloc(arena, (tag_count + 1) * sizeof *kept);

	if (settings->max_user_budget_nano != SETTING_UNSET || settings->user_budget_id)
		out->user = user;
	for (size_t i = 0; i < tag_count; i++)
		if (budgets_have(&settings->tag_budgets, tags[i]))
			kept[out->tag_count++] = tags[i];
	out->tags = kept;
}

int budgets_for_request(struct store *store, const struct budget_asker *asker, const char *timezone,
    int64_t now_ms, struct arena *arena, struct budget_states *out, struct error *err)
{
	int made, result;

	if (read_for_request(store, asker, now_ms, arena, out, err) != 0)
		return -1;
	made = open_missing(store, out, timezone, now_ms, err);
	if (made < 0)
		return -1;
	result = made ? read_for_request(store, asker, now_ms, arena, out, err) : 0;
	for (size_t i = 0; i < out->count && result == 0; i++)
		if (!out->items[i].window_id)
			return error_set(err, ERROR_STORE,
			    "the window of a %s budget cannot be opened", out->items[i].scope);
	note_own_use(store, out);
	return result;
}

/* As LiteLLM: "gpt-4o" is also for "openai/gpt-4o".  A group with a star may be any of its models.
 */
static bool names_group(const char *model, const char *group)
{
	const char *slash = strrchr(group, '/');

	return keys_name_fits(group, model) || (slash && keys_name_fits(slash + 1, model));
}

bool budget_applies(const struct budget_state *budget, const struct budget_call *call)
{
	if (strcmp(budget->scope, "provider") == 0)
		return strcmp(budget->scope_id, call->provider) == 0;
	if (strcmp(budget->scope, "deployment") == 0)
		return strcmp(budget->scope_id, call->deployment_id) == 0;
	return !*budget->model || names_group(budget->model, call->group);
}

int budgets_list(struct store *store, const char *timezone, int64_t now_ms, struct arena *arena,
    struct budget_states *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_BUDGET_LIST, err);
	int result = -1;

	*out = (struct budget_states){ .count = 0 };
	if (s) {
		statement_bind_int(s, ":now_ms", now_ms);
		result = read_states(s, arena, out, err);
	}
	for (size_t i = 0; result == 0 && i < out->count; i++) {
		struct window window;

		if (out->items[i].window_id)
			continue;
		result = window_at(out->items[i].period, timezone, now_ms, &window, err);
		out->items[i].starts_ms = window.starts_ms;
		out->items[i].ends_ms = window.ends_ms;
	}
	return result;
}
