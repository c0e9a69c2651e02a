/*
 * What is written of a request: the end of each hold, what the breakers learn, the rows of
 * candidates that were not called, and the request's own row.  A failed attempt is written at once;
 * the answering one together with the request, in one change.
 */
#include "relay/run.h"
#include "relay/told_status.h"

#include "accounts/till.h"
#include "base/clock.h"
#include "relay/late_answer.h"
#include "telemetry/request_line.h"

#include "base/banned.h"

static const char *tier_name(const struct run *run, const struct member *member)
{
	return member->tier >= 0 ? run->settings->tiers[member->tier].name : "unpriced";
}

struct attempt settle_row(struct run *run, const struct candidate *candidate)
{
	const struct member *member = candidate->member;

	return (struct attempt){
		.request_id = run->call->request_id,
		.number = run->number,
		.started_ms = clock_wall_ms(),
		.key_id = run->out->key.id,
		.team_id = run->out->key.team_id,
		.model_group = candidate->group->name,
		.deployment_id = member->deployment->id,
		.provider = member->deployment->provider,
		.model = member->model,
		.tier = tier_name(run, member),
		.direction = direction_name(candidate->direction),
		.bound_nano = candidate->bounded ? candidate->bound.cost_nano : 0,
		.price_version = member->priced ? member_price(member)->version : NULL,
	};
}

static struct change *pending(struct run *run)
{
	if (!run->pending)
		run->pending = change_new();
	return run->pending;
}

/* A blocked one is written at the end, when it is known what the answer would have cost there. */
static void keep_blocked(struct run *run, struct candidate *candidate)
{
	struct blocked *blocked =
	    arena_grow(run->arena, &run->blocked, &run->blocked_count, sizeof *blocked);

	*blocked = (struct blocked){ candidate, run->number };
}

void settle_skip(struct run *run, struct candidate *candidate, const char *state, const char *why)
{
	const struct budget_state *refusing = NULL;
	struct attempt row;

	run->number++;
	if (strcmp(state, "blocked") == 0)
		refusing = weigh_refusing(run, candidate);
	if (refusing) { /* the tier is not what kept it from being called */
		state = "skipped";
		why = run_over_budget(run, refusing->scope, refusing->period);
	}
	if (strcmp(state, "blocked") == 0) {
		run->out->blocked_upward++;
		keep_blocked(run, candidate);
		return;
	}
	row = settle_row(run, candidate);
	ledger_not_called_into(pending(run), &row, state, why, (struct not_spent){ 0, 0 });
}

static int64_t cooldown_of(const struct run *run, const struct candidate *candidate)
{
	int64_t own = candidate->member->deployment->cooldown_ms;

	return own == SETTING_UNSET ? run->settings->cooldown_ms : own;
}

static void add_note(struct run *run, struct change *change, const struct candidate *candidate,
    const struct failure *failure, enum breaker_note note)
{
	const char *id = candidate->member->deployment->id, *reason = failure_name(failure->class);
	const struct settings *settings = run->settings;
	int64_t now_ms = clock_wall_ms(), cooldown_ms = cooldown_of(run, candidate), told_ms;

	told_ms = failure->delay_ms < settings->retry_after_cap_ms ? failure->delay_ms
								   : settings->retry_after_cap_ms;
	if (note == BREAKER_PARK)
		breaker_cooldown_into(change, id, reason, now_ms, VERDICT_PARK_MS);
	else if (note == BREAKER_TOLD && failure->delay_ms > settings->retry_after_wait_ms)
		breaker_cooldown_into(change, id, reason, now_ms, told_ms);
	else if (cooldown_ms > 0 && (note == BREAKER_COUNT || failure->delay_ms < 0))
		breaker_failure_into(
		    change, id, reason, settings->allowed_fails, cooldown_ms, now_ms);
}

static void breaker_learns(struct run *run, struct change *change,
    const struct candidate *candidate, const struct failure *failure)
{
	enum breaker_note note =
	    failure->excused ? BREAKER_NOTHING : verdict_of(failure->class)->breaker;

	if (note == BREAKER_NOTHING && candidate->probing)
		breaker_give_back_into(
		    change, candidate->member->deployment->id, run->call->request_id);
	else if (note != BREAKER_NOTHING && !run->settings->disable_cooldowns)
		add_note(run, change, candidate, failure, note);
}

/* What is kept for a retry is written in the order of the store's own changes. */
static void apply_later(struct run *run, struct change *change)
{
	if (run->call->exact)
		store_apply_later(run->call->store, change);
	else
		till_apply_later(run->call->store, change);
}

/* At once, as its opening. */
static void close_breaker(struct run *run, const char *deployment_id)
{
	struct change *change;

	if (!breaker_find(&run->breakers, deployment_id))
		return;
	change = change_new();
	breaker_success_into(change, deployment_id);
	store_apply_later(run->call->store, change);
}

void settle_attempt(struct run *run, const struct attempt *attempt, const struct attempt_end *end,
    const struct candidate *candidate, const struct failure *failure)
{
	struct change *change = failure ? change_new() : pending(run);

	ledger_end_into(change, attempt, end);
	run->out->cost_nano += ledger_charged_nano(attempt, end);
	if (!failure) {
		close_breaker(run, candidate->member->deployment->id);
		return;
	}
	apply_later(run, change);
	settle_later(run, candidate, failure); /* at once: the next request asks for it */
}

void settle_later(struct run *run, const struct candidate *candidate, const struct failure *failure)
{
	struct change *change = change_new();

	breaker_learns(run, change, candidate, failure);
	if (change_count(change) > 0)
		store_apply_later(run->call->store, change);
	else
		change_free(change);
}

static void write_blocked(struct run *run)
{
	for (size_t i = 0; i < run->blocked_count; i++) {
		struct candidate *candidate = run->blocked[i].candidate;
		struct not_spent saved = not_spent_of(run, candidate);
		struct attempt row;

		run->number = run->blocked[i].number;
		row = settle_row(run, candidate);
		row.bound_nano = 0;
		ledger_not_called_into(pending(run), &row, "blocked", "upward", saved);
		if (saved.most_nano > run->out->not_spent.most_nano)
			run->out->not_spent = saved; /* only one of them could have been taken */
	}
}

static const char *outcome_name(
    const struct relay_outcome *out, int result, const struct error *err)
{
	if (result == 0)
		return "ok";
	return out->committed && err->kind != ERROR_CLIENT_GONE ? "broken_stream"
								: error_info(err->kind)->name;
}

static void name_answer(const struct relay_outcome *out, struct request_record *record)
{
	record->answered_group = out->group;
	record->answered_model = out->member->model;
	record->deployment_id = out->member->deployment->id;
	record->provider = out->member->deployment->provider;
	record->tier = out->tier;
}

static void fill_record(
    const struct run *run, int result, const struct error *err, struct request_record *record)
{
	const struct relay_outcome *out = run->out;
	bool answered = result == 0 || out->committed;
	int64_t total_us = clock_mono_us() - run->call->started_us;

	*record = (struct request_record){
		.id = run->call->request_id,
		.started_ms = run->now_ms,
		.key_id = out->key.id,
		.key_alias = out->key.alias,
		.team_id = out->key.team_id,
		.asked_model = run->call->request->model,
		.model_group = run->asked ? run->asked->name : NULL,
		.outcome = outcome_name(out, result, err),
		.status = answered ? 200
				   : told_status(run->call->request->format, err->kind,
					 out->upstream_status),
		.streamed = run->call->request->stream,
		.attempts = out->attempts,
		.cooling = out->cooling,
		.fallbacks = out->fallbacks,
		.blocked_upward = out->blocked_upward,
		.not_spent = out->not_spent,
		.usage = out->usage,
		.cost_nano = out->cost_nano,
		.bound_nano = out->bound_nano,
		.latency_ms = total_us / 1000,
		.first_token_ms = out->first_token_ms,
		.overhead_us = total_us - out->upstream_us - run->waited_us,
		.error = result == 0 ? NULL : err->text,
		.trace = trace_note_facts(run->call, &run->waits),
		.caller = run->call->caller,
	};
	if (answered && out->member)
		name_answer(out, record);
}

void settle_request(struct run *run, int result, const struct error *err)
{
	struct request_record record;

	run->out->settled = true;
	if (result != 0 && err->kind == ERROR_STORE && run->out->attempts == 0) {
		change_free(run->pending); /* nothing was called, and a store that is away takes no
					      record */
		run->pending = NULL;
		return;
	}
	write_blocked(run);
	fill_record(run, result, err, &record);
	request_log_into(pending(run), &record);
	request_line_write(run->settings->request_log, &record);
	apply_later(run, run->pending);
	run->pending = NULL;
	late_answers_recorded(run);
}
