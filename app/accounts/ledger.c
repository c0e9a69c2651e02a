/*
 * Holds: taking and ending them.  See the header.
 */
#include "accounts/ledger.h"

#include <stdio.h>
#include <string.h>

#include "accounts/attempt_sums.h"
#include "accounts/line.h"
#include "accounts/rate_book.h"
#include "accounts/shares.h"
#include "accounts/till.h"
#include "base/clock.h"

#include "base/banned.h"

/* A refusal whose cause has gone when it is looked for (others were settled meanwhile) is tried
 * again. */
#define HOLD_TRIES 50
/* So often, and so long, is waited for limits that lie idle in other processes. */
#define RATE_TRIES   20
#define RATE_STEP_MS 5
/* And so long each time for what other machines have of a limit. */
#define SHARE_STEP_MS 20

static void bind_number(struct change *change, const struct attempt *attempt)
{
	change_bind_text(change, ":request_id", attempt->request_id);
	change_bind_int(change, ":number", attempt->number);
}

static void bind_candidate(struct change *change, const struct attempt *attempt)
{
	change_bind_text(change, ":key_id", attempt->key_id);
	change_bind_text(change, ":team_id", attempt->team_id);
	change_bind_text(change, ":model_group", attempt->model_group);
	change_bind_text(change, ":deployment_id", attempt->deployment_id);
	change_bind_text(change, ":provider", attempt->provider);
	change_bind_text(change, ":model", attempt->model);
	change_bind_text(change, ":tier", attempt->tier);
	change_bind_text(change, ":direction", attempt->direction);
}

static struct budget_call call_of(const struct attempt *attempt)
{
	return (
	    struct budget_call){ attempt->provider, attempt->deployment_id, attempt->model_group };
}

/* The windows of every budget that applies to this call. */
static void list_windows(
    struct attempt *attempt, const struct budget_states *budgets, struct arena *arena)
{
	int64_t *windows = arena_alloc(arena, budgets->count * sizeof *windows + 1);
	const struct budget_call call = call_of(attempt);
	size_t count = 0;

	for (size_t i = 0; i < budgets->count; i++)
		if (budget_applies(&budgets->items[i], &call))
			windows[count++] = budgets->items[i].window_id;
	attempt->windows = windows;
	attempt->window_count = count;
}

/* [3,17,90] */
static char *windows_json(const struct attempt *attempt, struct arena *arena)
{
	char *json = arena_alloc(arena, attempt->window_count * 21 + 3), *at = json;

	*at++ = '[';
	for (size_t i = 0; i < attempt->window_count; i++)
		at += snprintf(at, 22, i ? ",%lld" : "%lld", (long long)attempt->windows[i]);
	*at = ']';
	return json;
}

/* The hold as a row: `name` is what inserts it. */
static struct change *hold_row(const struct attempt *attempt, enum sql_name name)
{
	struct change *change = change_new();

	change_add(change, name);
	bind_number(change, attempt);
	change_bind_int(change, ":started_ms", attempt->started_ms);
	bind_candidate(change, attempt);
	change_bind_int(change, ":bound_nano", attempt->bound_nano);
	change_bind_text(change, ":price_version", attempt->price_version);
	change_bind_text(change, ":windows", attempt->windows_json);
	change_bind_text(change, ":owner", ledger_owner());
	change_bind_int(change, ":deadline_ms", attempt->deadline_ms);
	return change;
}

static int ledger_take(struct store *store, const struct attempt *attempt, struct error *err)
{
	AUTO_CHANGE struct change *change = hold_row(attempt, SQL_LEDGER_HOLD);

	for (size_t i = 0; i < attempt->window_count; i++) {
		change_add_sum(change, SQL_LEDGER_TAKE);
		change_bind_int(change, ":window_id", attempt->windows[i]);
		change_bind_addend(change, ":bound_nano", attempt->bound_nano);
		change_must_touch(change);
	}
	if (attempt->rate)
		rate_hold_into(change, attempt->rate, attempt->request_id, attempt->number,
		    attempt->started_ms);
	return store_apply(store, change, err);
}

/* What the lease pays leaves it, window by window. */
static void pay_from_lease(struct change *change, const struct attempt *attempt, int64_t nano)
{
	for (size_t i = 0; i < attempt->window_count; i++) {
		change_add_sum(change, SQL_LEASE_LESS);
		change_bind_int(change, ":window_id", attempt->windows[i]);
		change_bind_text(change, ":till_id", attempt->till_id);
		change_bind_addend(change, ":nano", nano);
	}
}

/* Is what is leased of it good now?  Limits may have been lowered since. */
static bool are_good(const struct attempt *attempt, const struct budget_states *budgets)
{
	const struct budget_call call = call_of(attempt);

	for (size_t i = 0; i < budgets->count; i++) {
		const struct budget_state *b = &budgets->items[i];

		if (b->spent_nano + b->held_nano > b->limit_nano && budget_applies(b, &call))
			return false;
	}
	return true;
}

static bool take_from_lease(struct store *store, struct attempt *attempt,
    const struct budget_states *budgets, struct arena *arena)
{
	const struct till_wish wish = { attempt->windows, attempt->window_count,
		attempt->bound_nano, attempt->rate, attempt->started_ms / 1000 };
	struct change *begin;
	bool begun;

	attempt->call = 0;
	if (!attempt->exact && (!attempt->rate || rate_book_suits(attempt->rate)) &&
	    are_good(attempt, budgets))
		attempt->call = till_hold(store, &wish, arena, &attempt->till_id);
	if (!attempt->call)
		return false;
	begin = hold_row(attempt, SQL_LEASE_CALL);
	pay_from_lease(begin, attempt, attempt->bound_nano);
	begun = till_begin(store, attempt->call, attempt->till_id, begin);
	change_free(begin);
	if (!begun)
		attempt->call = 0;
	attempt->rate_leased = begun && attempt->rate;
	attempt->limited = attempt->limited && !begun;
	return begun;
}

/* What others have counted ahead and do not need comes back within some milliseconds. */
static bool call_rates_back(struct store *store, const struct attempt *attempt)
{
	bool any = false;

	for (int i = 0; attempt->rate && i < attempt->rate->count; i++) {
		const struct rate_scope *item = &attempt->rate->items[i];

		if (!rate_leases_idle(store, item, attempt->started_ms))
			continue;
		till_recall(store, rate_recall_id(item->scope, item->scope_id));
		any = true;
	}
	if (any)
		clock_sleep_ms(RATE_STEP_MS);
	return any;
}

/* ---- who refused ---- */

struct budget_refusal ledger_refusal(const struct budget_state *budget, int64_t needed_nano)
{
	bool own = budget_is_own(budget->scope);
	struct budget_refusal refusal = {
		.limit_nano = budget->limit_nano,
		.spent_nano = budget->spent_nano,
		.left_nano = budget_left(budget),
		.needed_nano = needed_nano,
		.resets_ms = budget->ends_ms,
		.window_id = budget->window_id,
		.held = needed_nano <= budget->limit_nano - budget->spent_nano,
	};

	refusal.asked = refusal.held && budget->ungranted_nano > 0;
	refusal.beyond = refusal.asked && needed_nano > budget->limit_nano - budget->spent_nano -
							    budget->ungranted_nano;
	snprintf(refusal.scope, sizeof refusal.scope, "%s", budget->scope);
	snprintf(refusal.scope_id, sizeof refusal.scope_id, "%s", own ? budget->scope_id : "");
	snprintf(refusal.period, sizeof refusal.period, "%s", budget->period);
	return refusal;
}

/* Its present figures.  1: they are there; 0: there is no such window; -1: err. */
static int read_window(struct store_reader *reader, struct budget_state *budget, struct error *err)
{
	struct statement *s = store_query(reader, SQL_LEDGER_WINDOW, err);
	int result;

	if (!s)
		return -1;
	statement_bind_int(s, ":id", budget->window_id);
	result = statement_step(s, err);
	if (result != 1)
		return result;
	budget->limit_nano = statement_int(s, 0);
	budget->spent_nano = statement_int(s, 1);
	budget->held_nano = statement_int(s, 2);
	budget->ends_ms = statement_int(s, 3);
	budget->leased_nano = statement_int(s, 4);
	budget->ungranted_nano = statement_int(s, 5);
	(void)statement_step(s, NULL); /* there is one row: this ends the read */
	return 1;
}

static bool lacks(const struct budget_state *budget, int64_t needed_nano)
{
	return budget->spent_nano + budget->held_nano + needed_nano > budget->limit_nano;
}

/* Reads its present figures.  1: it has too little, and *out says so; 0: it has enough; -1: err. */
static int refuses(struct store *store, struct store_reader *reader, struct budget_state budget,
    int64_t needed_nano, struct budget_refusal *out, struct error *err)
{
	int there = read_window(reader, &budget, err);

	if (there <= 0 || !lacks(&budget, needed_nano))
		return there < 0 ? -1 : 0;
	*out = ledger_refusal(&budget, needed_nano);
	if (out->held && budget.leased_nano > budget.ungranted_nano)
		till_recall(store, budget.window_id);
	if (out->asked)
		shares_want(store, budget.window_id, needed_nano);
	return 1;
}

/* 1: *out is what to say; 0: all that apply have enough; -1: err. */
static int find_refusal(struct store *store, const struct attempt *attempt,
    const struct budget_states *budgets, struct budget_refusal *out, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	const struct budget_call call = call_of(attempt);
	int result = reader ? 0 : -1;

	for (size_t i = 0; i < budgets->count && result >= 0; i++) {
		struct budget_refusal refusal;
		int refused;

		if (!budget_applies(&budgets->items[i], &call))
			continue;
		refused =
		    refuses(store, reader, budgets->items[i], attempt->bound_nano, &refusal, err);
		if (refused > 0 && (result == 0 || refusal_weight(&refusal) > refusal_weight(out)))
			*out = refusal;
		result = refused ? refused : result;
	}
	store_reader_return(store, reader);
	return result;
}

int64_t ledger_holders(struct store *store, int64_t window_id, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_LEDGER_HOLDERS, err);
	int64_t count = -1;

	statement_bind_int(s, ":window_id", window_id);
	if (s && statement_step(s, err) == 1)
		count = statement_int(s, 0);
	return count;
}

/* As find_refusal.  0, too, where others were asked for what they have counted ahead. */
static int rate_refusal(
    struct store *store, const struct attempt *attempt, bool calls, bool more, struct error *err)
{
	int found = rate_hold_refusal(store, attempt->rate, attempt->started_ms, err);

	if (found > 0 && attempt->rate && attempt->rate->refusal.elsewhere) {
		clock_sleep_ms(SHARE_STEP_MS);
		return more ? 0 : found;
	}
	return found > 0 && calls && call_rates_back(store, attempt) ? 0 : found;
}

int ledger_hold(struct store *store, struct attempt *attempt, const struct budget_states *budgets,
    struct arena *arena, struct budget_refusal *out_refusal, struct error *err)
{
	enum error_kind kind = ERROR_NONE;
	int found = 0;

	list_windows(attempt, budgets, arena);
	attempt->windows_json = windows_json(attempt, arena);
	attempt->limited = attempt->rate != NULL;
	if (take_from_lease(store, attempt, budgets, arena))
		return 0;
	for (int tries = 0; tries < HOLD_TRIES && found == 0; tries++) {
		struct error why = { 0 };

		if (ledger_take(store, attempt, &why) == 0)
			return 0;
		kind = why.kind;
		if (kind != ERROR_BUDGET && kind != ERROR_RATE) {
			if (err)
				*err = why;
			return -1;
		}
		found = kind == ERROR_RATE
			    ? rate_refusal(
				  store, attempt, tries < RATE_TRIES, tries < HOLD_TRIES - 1, err)
			    : find_refusal(store, attempt, budgets, out_refusal, err);
	}
	if (found < 0)
		return -1;
	if (found == 0)
		return error_set(err, ERROR_STORE,
		    "a hold was refused, but no budget or limit is found that refused it");
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

int64_t ledger_charged_nano(const struct attempt *attempt, const struct attempt_end *end)
{
	if (end->how == HOLD_UNKNOWN)
		return attempt->bound_nano;
	return end->how == HOLD_SETTLED ? end->cost_nano : 0;
}

static void write_attempt(struct change *change, const struct attempt *attempt,
    const struct attempt_end *end, const char *state)
{
	const struct usage *usage = &end->usage;
	bool counted = usage->known || usage->estimated;

	change_add(change, SQL_LEDGER_END);
	if (!attempt->call)
		change_depends(change); /* on the hold's row */
	bind_number(change, attempt);
	change_bind_text(change, ":state", state);
	change_bind_int(change, ":started_ms", attempt->started_ms);
	change_bind_int(change, ":ended_ms", end->ended_ms);
	bind_candidate(change, attempt);
	change_bind_text(change, ":outcome", end->outcome);
	bind_count(change, ":status", end->status != 0, end->status);
	bind_count(change, ":input_tokens", counted, usage->input_tokens);
	bind_count(change, ":cached_tokens", counted, usage->cached_tokens);
	bind_count(change, ":cache_write_tokens", counted,
	    usage->cache_write_tokens + usage->cache_write_1h_tokens);
	bind_count(change, ":output_tokens", counted, usage->output_tokens);
	bind_count(change, ":reasoning_tokens", counted, usage->reasoning_tokens);
	change_bind_int(change, ":estimated", usage->estimated || end->how == HOLD_UNKNOWN);
	change_bind_int(change, ":bound_nano", attempt->bound_nano);
	change_bind_int(change, ":cost_nano", ledger_charged_nano(attempt, end));
	change_bind_text(change, ":price_version", attempt->price_version);
	change_bind_text(change, ":windows", attempt->windows_json);
	bind_count(change, ":latency_ms", end->latency_ms >= 0, end->latency_ms);
	bind_count(change, ":first_token_ms", end->first_token_ms >= 0, end->first_token_ms);
}

/* Of what was held `held_nano` goes; of a lease that is what it pays, and the rest stays idle. */
static void give_back(
    struct change *change, const struct attempt *attempt, int64_t cost_nano, int64_t overrun_nano)
{
	int64_t held_nano = attempt->call ? cost_nano - overrun_nano : attempt->bound_nano;

	if (attempt->call) {
		change_mark(change, attempt->call, held_nano);
		pay_from_lease(change, attempt, held_nano);
	}
	for (size_t i = 0; i < attempt->window_count; i++) {
		change_add_sum(change, SQL_LEDGER_GIVE);
		change_bind_int(change, ":window_id", attempt->windows[i]);
		change_bind_addend(change, ":bound_nano", held_nano);
		change_bind_addend(change, ":cost_nano", cost_nano);
		change_bind_addend(change, ":overrun_nano", overrun_nano);
	}
}

static int64_t real_tokens(const struct attempt_end *end, bool counted)
{
	if (end->how == HOLD_RELEASED)
		return 0;
	return end->how == HOLD_SETTLED && counted
		   ? end->usage.input_tokens + end->usage.output_tokens
		   : RATE_AS_RESERVED;
}

void ledger_end_into(
    struct change *change, const struct attempt *attempt, const struct attempt_end *end)
{
	static const char *const states[] = { "settled", "released", "unknown" };
	const struct usage *usage = &end->usage;
	bool counted = usage->known || usage->estimated;
	int64_t cost_nano = ledger_charged_nano(attempt, end);
	struct attempt_sum sum = {
		.made = true,
		.state = states[end->how],
		.outcome = end->outcome,
		.status = end->status,
		.input_tokens = counted ? usage->input_tokens : 0,
		.cached_tokens = counted ? usage->cached_tokens : 0,
		.output_tokens = counted ? usage->output_tokens : 0,
		.cost_nano = cost_nano,
		.overrun_nano =
		    cost_nano > attempt->bound_nano ? cost_nano - attempt->bound_nano : 0,
		.latency_ms = end->latency_ms,
		.first_token_ms = end->first_token_ms,
	};

	if (!attempt->call) {
		change_then(change, line_call);
		change_add(change, SQL_LEDGER_LET_GO);
		change_bind_text(change, ":request_id", attempt->request_id);
		change_bind_int(change, ":number", attempt->number);
	}
	write_attempt(change, attempt, end, sum.state);
	if (attempt->rate_leased && real_tokens(end, counted) != RATE_AS_RESERVED)
		change_mark(change, attempt->call | TILL_TOKENS, real_tokens(end, counted));
	give_back(change, attempt, cost_nano, sum.overrun_nano);
	attempt_sums_into(change, attempt, &sum);
	if (attempt->limited)
		rate_end_into(
		    change, attempt->request_id, attempt->number, real_tokens(end, counted));
}

struct attempt *attempt_copy(const struct attempt *attempt, struct arena *arena)
{
	struct attempt *copy = arena_alloc(arena, sizeof *copy);
	const char **const texts[] = { &copy->request_id, &copy->key_id, &copy->team_id,
		&copy->model_group, &copy->deployment_id, &copy->provider, &copy->model,
		&copy->tier, &copy->direction, &copy->price_version, &copy->windows_json,
		&copy->till_id };
	int64_t *windows = arena_alloc(arena, (attempt->window_count + 1) * sizeof *windows);

	*copy = *attempt;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		*texts[i] = arena_copy(arena, *texts[i]);
	for (size_t i = 0; i < attempt->window_count; i++)
		windows[i] = attempt->windows[i];
	copy->windows = windows;
	copy->rate = NULL;
	return copy;
}

void ledger_not_called_into(struct change *change, const struct attempt *attempt, const char *state,
    const char *why, struct not_spent not_spent)
{
	struct attempt_sum sum = {
		.state = state, .outcome = why, .latency_ms = -1, .first_token_ms = -1
	};

	change_add(change, SQL_LEDGER_NOT_CALLED);
	bind_number(change, attempt);
	change_bind_text(change, ":state", state);
	change_bind_int(change, ":started_ms", attempt->started_ms);
	bind_candidate(change, attempt);
	change_bind_text(change, ":outcome", why);
	change_bind_int(change, ":not_spent_nano", not_spent.nano);
	change_bind_int(change, ":not_spent_most_nano", not_spent.most_nano);
	attempt_sums_into(change, attempt, &sum);
}
