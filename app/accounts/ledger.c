/*
 * Holds: taking and ending them.  See the header; the rules are triggers in sql/schema.sql.
 */
#include "accounts/ledger.h"

#include <stdio.h>
#include <string.h>

#include "accounts/owner.h"
#include "base/text.h"

#include "base/banned.h"

/* A refusal whose cause has gone when it is looked for (others were settled meanwhile) is tried
 * again. */
#define HOLD_TRIES 50

static void bind_row(struct change *change, const struct attempt *attempt)
{
	change_bind_text(change, ":request_id", attempt->request_id);
	change_bind_int(change, ":number", attempt->number);
	change_bind_int(change, ":started_ms", attempt->started_ms);
	change_bind_text(change, ":key_id", attempt->key_id);
	change_bind_text(change, ":team_id", attempt->team_id);
	change_bind_text(change, ":model_group", attempt->model_group);
	change_bind_text(change, ":deployment_id", attempt->deployment_id);
	change_bind_text(change, ":provider", attempt->provider);
	change_bind_text(change, ":model", attempt->model);
	change_bind_text(change, ":tier", attempt->tier);
	change_bind_text(change, ":direction", attempt->direction);
}

/* [3,17,90]: the windows of every budget that applies to this call. */
static const char *windows_json(
    const struct attempt *attempt, const struct budget_states *budgets, struct arena *arena)
{
	char *json = arena_alloc(arena, budgets->count * 21 + 3), *at = json;

	*at++ = '[';
	for (size_t i = 0; i < budgets->count; i++)
		if (budget_applies(&budgets->items[i], attempt->provider, attempt->deployment_id))
			at += snprintf(at, 22, "%s%lld", at[-1] == '[' ? "" : ",",
			    (long long)budgets->items[i].window_id);
	*at = ']';
	return json;
}

static int take(
    struct store *store, const struct attempt *attempt, const char *windows, struct error *err)
{
	struct change *change = change_new();
	int result;

	change_add(change, SQL_LEDGER_HOLD);
	bind_row(change, attempt);
	change_bind_int(change, ":bound_nano", attempt->bound_nano);
	change_bind_text(change, ":price_version", attempt->price_version);
	change_bind_text(change, ":windows", windows);
	change_bind_text(change, ":owner", ledger_owner());
	change_bind_int(change, ":deadline_ms", attempt->deadline_ms);
	if (attempt->rate)
		rate_hold_into(change, attempt->rate, attempt->request_id, attempt->number,
		    attempt->started_ms);
	result = store_apply(store, change, err);
	change_free(change);
	return result;
}

/* ---- who refused ---- */

static void fill_refusal(const struct statement *s, int64_t needed_nano, struct budget_refusal *out)
{
	int64_t left = statement_int(s, 3) - statement_int(s, 4);
	bool own;

	memset(out, 0, sizeof *out);
	snprintf(out->scope, sizeof out->scope, "%s", statement_text(s, 0));
	own = strcmp(out->scope, "key") == 0 || strcmp(out->scope, "team") == 0;
	snprintf(out->scope_id, sizeof out->scope_id, "%s", own ? statement_text(s, 1) : "");
	snprintf(out->period, sizeof out->period, "%s", statement_text(s, 2));
	out->limit_nano = statement_int(s, 3);
	out->left_nano = left > 0 ? left : 0;
	out->needed_nano = needed_nano;
	out->resets_ms = statement_int(s, 5);
}

/* 1: this window has too little; 0: it has enough; -1: err. */
static int ask_window(struct store_reader *reader, int64_t window_id, int64_t needed_nano,
    struct budget_refusal *out, struct error *err)
{
	struct statement *s = store_query(reader, SQL_LEDGER_WINDOW, err);
	int result = -1;

	if (!s)
		return -1;
	statement_bind_int(s, ":id", window_id);
	result = statement_step(s, err);
	if (result != 1)
		return result;
	result = statement_int(s, 4) + needed_nano > statement_int(s, 3);
	if (result)
		fill_refusal(s, needed_nano, out);
	(void)statement_step(s, NULL); /* there is one row: this ends the read */
	return result;
}

static int find_refusal(struct store *store, const struct attempt *attempt,
    const struct budget_states *budgets, struct budget_refusal *out, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	int result = reader ? 0 : -1;

	for (size_t i = 0; i < budgets->count && result == 0; i++)
		if (budget_applies(&budgets->items[i], attempt->provider, attempt->deployment_id))
			result = ask_window(
			    reader, budgets->items[i].window_id, attempt->bound_nano, out, err);
	store_reader_return(store, reader);
	return result;
}

int ledger_hold(struct store *store, const struct attempt *attempt,
    const struct budget_states *budgets, struct arena *arena, struct budget_refusal *out_refusal,
    struct error *err)
{
	const char *windows = windows_json(attempt, budgets, arena);
	enum error_kind kind = ERROR_NONE;
	int found = 0;

	for (int tries = 0; tries < HOLD_TRIES && found == 0; tries++) {
		struct error why = { 0 };

		if (take(store, attempt, windows, &why) == 0)
			return 0;
		kind = why.kind;
		if (kind != ERROR_BUDGET && kind != ERROR_RATE) {
			if (err)
				*err = why;
			return -1;
		}
		found = kind == ERROR_RATE
			    ? rate_hold_refusal(store, attempt->rate, attempt->started_ms, err)
			    : find_refusal(store, attempt, budgets, out_refusal, err);
	}
	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(err, ERROR_STORE,
		    "a hold was refused, and by no budget or limit that can be found");
	return error_set(err, kind, kind == ERROR_RATE ? "over rate limit" : "over budget");
}

/* ---- ending ---- */

static void bind_count(struct change *change, const char *parameter, bool known, int64_t value)
{
	if (known)
		change_bind_int(change, parameter, value);
	else
		change_bind_null(change, parameter);
}

void ledger_end_into(
    struct change *change, const struct attempt *attempt, const struct attempt_end *end)
{
	static const char *const states[] = { "settled", "released", "unknown" };
	const struct usage *usage = &end->usage;
	bool counted = usage->known || usage->estimated;

	change_add(change, SQL_LEDGER_END);
	change_bind_text(change, ":request_id", attempt->request_id);
	change_bind_int(change, ":number", attempt->number);
	change_bind_text(change, ":state", states[end->how]);
	change_bind_int(change, ":ended_ms", end->ended_ms);
	change_bind_text(change, ":outcome", end->outcome);
	bind_count(change, ":status", end->status != 0, end->status);
	bind_count(change, ":input_tokens", counted, usage->input_tokens);
	bind_count(change, ":cached_tokens", counted, usage->cached_tokens);
	bind_count(change, ":cache_write_tokens", counted,
	    usage->cache_write_tokens + usage->cache_write_1h_tokens);
	bind_count(change, ":output_tokens", counted, usage->output_tokens);
	bind_count(change, ":reasoning_tokens", counted, usage->reasoning_tokens);
	change_bind_int(change, ":estimated", usage->estimated || end->how == HOLD_UNKNOWN);
	change_bind_int(change, ":cost_nano", end->cost_nano);
	change_bind_int(change, ":latency_ms", end->latency_ms);
	bind_count(change, ":first_token_ms", end->first_token_ms >= 0, end->first_token_ms);
}

void ledger_not_called_into(struct change *change, const struct attempt *attempt, const char *state,
    const char *why, int64_t not_spent_nano)
{
	change_add(change, SQL_LEDGER_NOT_CALLED);
	bind_row(change, attempt);
	change_bind_text(change, ":state", state);
	change_bind_text(change, ":outcome", why);
	change_bind_int(change, ":not_spent_nano", not_spent_nano);
}

/* ---- recovery ---- */

struct dead_owner {
	char *name;
	bool dead; /* else only what is past its deadline ends */
};

static int list_owners(struct store *store, int64_t now_ms, struct arena *arena,
    struct dead_owner *out, int most, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_LEDGER_OWNERS, err) : NULL;
	int count = 0, result = -1;

	while (s && count < most && (result = statement_step(s, err)) == 1) {
		const char *owner = statement_text(s, 0);
		bool dead = owner_is_dead(owner);

		if (dead || statement_int(s, 1) < now_ms)
			out[count++] = (struct dead_owner){ arena_copy(arena, owner), dead };
	}
	store_reader_return(store, reader);
	return result < 0 ? -1 : count;
}

int ledger_recover(struct store *store, int64_t now_ms, struct error *err)
{
	struct dead_owner owners[64];
	AUTO_ARENA struct arena arena;
	int count, ended = 0, result;
	struct change *change;

	arena_init(&arena);
	count = list_owners(
	    store, now_ms, &arena, owners, (int)(sizeof owners / sizeof owners[0]), err);
	if (count <= 0)
		return count;
	change = change_new();
	for (int i = 0; i < count; i++) {
		change_add(change, SQL_LEDGER_END_OF_OWNER);
		change_bind_text(change, ":owner", owners[i].name);
		change_bind_int(change, ":now_ms", now_ms);
		change_bind_int(change, ":before_ms", owners[i].dead ? INT64_MAX : now_ms);
	}
	result = store_apply(store, change, err);
	for (int i = 0; i < count && result == 0; i++)
		ended += change_rows(change, i);
	change_free(change);
	return result == 0 ? ended : -1;
}
