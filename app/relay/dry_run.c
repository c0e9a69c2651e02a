/*
 * A run without calls.  See the header.
 *
 * The loop is that of relay.c: the plan gives candidates, verdicts say what follows.  What differs
 * stands in try_one: a failure is assumed, or an answer is.
 */
#include "relay/dry_run.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "relay/run.h"

#include "base/banned.h"

#define BYTES_A_TOKEN 4 /* of English prose */

struct dry {
	struct run run;
	struct relay_call call;
	struct relay_outcome outcome;
	struct chat_request request;
	struct virtual_key key;
	const struct dry_wish *wish;
	enum failure_class failure;
	struct dry_run *out;
	size_t room;
	bool *told; /* by candidate: its skip stands in the steps */
	size_t told_room;
};

int dry_run_read(struct gateway *gateway, struct catalog *catalog, struct store *store,
    int64_t now_ms, struct arena *arena, struct dry_states *out, struct error *err)
{
	struct budget_states *budgets = &out->budgets;
	size_t kept = 0;

	*out = (struct dry_states){
		.gateway = gateway, .catalog = catalog, .store = store, .now_ms = now_ms
	};
	if (budgets_list(store, catalog_settings(catalog)->timezone, now_ms, arena, budgets, err) !=
	    0)
		return -1;
	for (size_t i = 0; i < budgets->count; i++) {
		static const char *const everyones[] = { "proxy", "provider", "deployment" };
		const char *scope = budgets->items[i].scope;

		for (size_t j = 0; j < sizeof everyones / sizeof everyones[0]; j++)
			if (strcmp(scope, everyones[j]) == 0)
				budgets->items[kept++] = budgets->items[i];
	}
	budgets->count = kept;
	return breaker_read(store, now_ms, arena, &out->breakers, err);
}

/* ---- what is asked ---- */

static int failure_named(const char *name, enum failure_class *out, struct error *err)
{
	for (int i = FAILURE_NONE + 1; i < FAILURE_CLASS_COUNT; i++)
		if (strcmp(failure_name((enum failure_class)i), name) == 0) {
			*out = (enum failure_class)i;
			return 0;
		}
	return error_set(err, ERROR_BAD_REQUEST,
	    "failure '%.40s' is not known; say rate, overload, retry, timeout, unreachable, auth, "
	    "quota, context or policy",
	    name);
}

/* A prompt of about so many tokens, read by the reader that clients' bodies go through. */
static int make_request(struct dry *dry, struct arena *arena, struct error *err)
{
	const struct dry_wish *wish = dry->wish;
	int64_t bytes = wish->input_tokens * BYTES_A_TOKEN;
	AUTO_TEXT struct text body = { .size = 0 };

	if (wish->input_tokens < 0 || wish->input_tokens > DRY_RUN_TOKENS_MAX ||
	    wish->output_tokens < 0 || wish->output_tokens > INT32_MAX)
		return error_set(err, ERROR_BAD_REQUEST,
		    "a prompt of 0 to %d tokens and an answer of 0 to %d tokens can be asked for",
		    DRY_RUN_TOKENS_MAX, INT32_MAX);
	text_init(&body, (size_t)bytes + 4096);
	text_puts(&body, "{\"model\":");
	text_json_string(&body, wish->model, strlen(wish->model));
	if (wish->output_tokens > 0)
		text_printf(&body, ",\"max_tokens\":%lld", (long long)wish->output_tokens);
	text_puts(&body, ",\"messages\":[{\"role\":\"user\",\"content\":\"x");
	for (int64_t i = 1; i < bytes; i++)
		text_putc(&body, i % BYTES_A_TOKEN ? 'x' : ' ');
	text_puts(&body, "\"}]}");
	if (text_failed(&body))
		return error_set(err, ERROR_BAD_REQUEST, "the model's name is too long");
	return chat_request_read(
	    (struct slice){ arena_copy_slice(arena, text_slice(&body)), body.len }, NULL, arena,
	    &dry->request, err);
}

static int prepare(
    struct dry *dry, const struct dry_states *states, struct arena *arena, struct error *err)
{
	struct run *run = &dry->run;

	if (failure_named(dry->wish->failure, &dry->failure, err) != 0 ||
	    make_request(dry, arena, err) != 0)
		return -1;
	dry->key = (struct virtual_key){ .id = "master",
		.hint = "",
		.models = "[]",
		.limits = LIMITS_NONE,
		.team_limits = LIMITS_NONE,
		.is_master = true };
	dry->outcome.key = dry->key;
	dry->call = (struct relay_call){ .gateway = states->gateway,
		.catalog = states->catalog,
		.store = states->store,
		.arena = arena,
		.request = &dry->request,
		.key = &dry->key,
		.request_id = "dry-run",
		.started_us = clock_mono_us(),
		.client_fd = -1 };
	*run = (struct run){ .call = &dry->call,
		.out = &dry->outcome,
		.settings = catalog_settings(states->catalog),
		.arena = arena,
		.now_ms = states->now_ms,
		.budgets = states->budgets,
		.breakers = states->breakers };
	run->deadline_us = dry->call.started_us + run->settings->request_deadline_ms * 1000;
	run->asked = catalog_find(states->catalog, dry->wish->model, arena);
	if (!run->asked)
		return error_set(
		    err, ERROR_MODEL_NOT_FOUND, "there is no model '%.200s'", dry->wish->model);
	dry->out->asked = run->asked;
	return 0;
}

/* ---- steps ---- */

static struct dry_step *add_step(struct dry *dry, struct candidate *candidate, enum dry_end end)
{
	struct dry_run *out = dry->out;
	const struct member *member = candidate->member;
	struct usage usage = { .known = true,
		.input_tokens = dry->wish->input_tokens,
		.output_tokens = dry->wish->output_tokens,
		.reported_cost_nano = -1 };
	struct dry_step *step;
	const char *why;

	if (out->count == dry->room) {
		struct dry_step *grown;

		dry->room = dry->room ? dry->room * 2 : 8;
		grown = arena_alloc(dry->run.arena, dry->room * sizeof *grown);
		if (out->count)
			memcpy(grown, out->steps, out->count * sizeof *grown);
		out->steps = grown;
	}
	step = &out->steps[out->count++];
	*step = (struct dry_step){ .group = candidate->group,
		.member = member,
		.direction = candidate->direction,
		.end = end,
		.why = candidate->skip };
	if (member->priced && member->provider) {
		step->bounded = weigh_candidate(&dry->run, candidate, &why);
		step->bound_nano = step->bounded ? candidate->bound.cost_nano : 0;
		step->cost_nano = cost_of(&member->price, &usage);
	}
	return step;
}

/* Those that the plan has passed since. */
static void add_skips(struct dry *dry)
{
	struct run *run = &dry->run;

	if (dry->told_room < run->candidate_count) {
		bool *grown = arena_alloc(run->arena, run->candidate_count * 2);

		if (dry->told_room)
			memcpy(grown, dry->told, dry->told_room);
		dry->told = grown;
		dry->told_room = run->candidate_count * 2;
	}
	for (size_t i = 0; i < run->candidate_count; i++) {
		struct candidate *candidate = &run->candidates[i];

		if (!candidate->listed || dry->told[i])
			continue;
		dry->told[i] = true;
		(void)add_step(dry, candidate,
		    candidate->direction == DIRECTION_UPWARD ? DRY_BLOCKED : DRY_SKIPPED);
	}
}

static struct dry_step *step_of(struct dry *dry, const struct candidate *candidate)
{
	for (size_t i = 0; i < dry->out->count; i++)
		if (dry->out->steps[i].member == candidate->member)
			return &dry->out->steps[i];
	return NULL;
}

/* ---- the loop ---- */

static bool fails(const struct dry *dry, const struct candidate *candidate)
{
	const struct deployment *deployment = candidate->member->deployment;
	const struct dry_wish *wish = dry->wish;

	if (wish->fails_deployment)
		return strcmp(deployment->id, wish->fails_deployment) == 0;
	if (wish->fails_provider)
		return strcmp(deployment->provider, wish->fails_provider) == 0;
	return candidate->stage == 0;
}

/* The budget that would refuse; NULL: all have room, or will have when running calls have ended. */
static const struct budget_state *lacking(const struct dry *dry, const struct candidate *candidate)
{
	const struct budget_call call = run_budget_call(candidate->group, candidate->member);

	for (size_t i = 0; i < dry->run.budgets.count; i++) {
		const struct budget_state *budget = &dry->run.budgets.items[i];

		if (budget_applies(budget, &call) &&
		    budget->limit_nano - budget->spent_nano < candidate->bound.cost_nano)
			return budget;
	}
	return NULL;
}

/* NULL: it can be called. */
static const char *why_not(struct dry *dry, struct candidate *candidate)
{
	const struct budget_state *budget;
	const char *why = NULL;

	if (!weigh_candidate(&dry->run, candidate, &why))
		return arena_printf(dry->run.arena, "no bound: %s", why);
	budget = lacking(dry, candidate);
	dry->run.refused = dry->run.refused || budget;
	return budget ? arena_printf(
			    dry->run.arena, "over budget: %s %s", budget->scope, budget->period)
		      : NULL;
}

/* False: the request is at its end. */
static bool try_one(struct dry *dry, struct candidate *candidate)
{
	struct run *run = &dry->run;
	const char *why = why_not(dry, candidate);
	struct dry_step *step;

	if (why) {
		plan_put_out(run, candidate, why);
		return true;
	}
	if (dry->outcome.attempts >= run->settings->max_attempts)
		return false;
	dry->outcome.attempts++;
	candidate->tries++;
	if (!fails(dry, candidate)) {
		(void)add_step(dry, candidate, DRY_ANSWERS);
		return false;
	}
	step = step_of(dry, candidate);
	if (!step)
		step = add_step(dry, candidate, DRY_FAILS);
	step->calls = candidate->tries;
	run->failure = (struct failure){ .class = dry->failure, .delay_ms = -1 };
	return plan_follow(run, candidate);
}

static enum error_kind told(const struct dry *dry)
{
	const struct run *run = &dry->run;

	if (run->failed)
		return verdict_of(dry->failure)->error;
	if (run->refused)
		return ERROR_BUDGET;
	return run->too_long ? ERROR_CONTEXT : ERROR_OVERLOADED;
}

int dry_run(const struct dry_states *states, const struct dry_wish *wish, struct arena *arena,
    struct dry_run *out, struct error *err)
{
	struct dry dry = { .wish = wish, .out = out };
	struct run *run = &dry.run;
	struct candidate *candidate;

	*out = (struct dry_run){ 0 };
	if (prepare(&dry, states, arena, err) != 0)
		return -1;
	plan_begin(run);
	for (;;) {
		candidate = plan_next(run);
		add_skips(&dry);
		if (!candidate && !run->failed && run->too_long && run->chain == NEXT_GENERAL &&
		    plan_switch(run, NEXT_CONTEXT))
			continue;
		if (!candidate || !try_one(&dry, candidate))
			break;
	}
	if (out->count && out->steps[out->count - 1].end == DRY_ANSWERS)
		out->answer = &out->steps[out->count - 1];
	else
		out->told = told(&dry);
	change_free(run->pending); /* the rows of skipped ones, which nobody writes */
	return 0;
}
