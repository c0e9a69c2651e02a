/*
 * The story of one request: admit, then candidates until one answers, then settle.  Each step is
 * a file beside this one; what follows from a failure is the table in verdict.c.
 */
#include "relay/relay.h"

#include "base/clock.h"
#include "base/number.h"
#include "relay/limits.h"
#include "relay/run.h"
#include "telemetry/request_log.h"

#include "base/banned.h"

#define RETRY_AFTER_MOST_MS                                                                        \
	60000 /* told to clients: some SDKs sleep for as long as they are told */

/* ---- what the client is told when nobody answered ---- */

static int64_t cooldown_left_ms(const struct run *run)
{
	int64_t left = run->cooldown_until_ms - clock_wall_ms();

	return left < 1000 ? 1000 : left > RETRY_AFTER_MOST_MS ? RETRY_AFTER_MOST_MS : left;
}

static void set_retry_after(struct run *run, enum error_kind kind)
{
	int64_t told = run->excuse.delay_ms;

	if (kind != ERROR_RATE && kind != ERROR_OVERLOADED)
		return;
	run->out->retry_after_ms =
	    told > 0 ? (told < RETRY_AFTER_MOST_MS ? told : RETRY_AFTER_MOST_MS) : 1000;
}

/* What the provider said stands behind what became of the request, or why it cannot be reached (a
 * name, a certificate; no addresses).  What it thinks of the gateway's own key is none of the
 * client's business. */
static const char *providers_words(const struct run *run, enum error_kind kind)
{
	const struct failure *failure = &run->excuse;
	const char *words = failure->message;

	if (*words && failure->class == FAILURE_UNREACHABLE)
		return arena_printf(run->arena, "; %s", words);
	return *words && kind != ERROR_UPSTREAM_AUTH && (failure->status >= 400 || failure->told)
		   ? arena_printf(run->arena, "; the provider says: %s", words)
		   : "";
}

/* Is it what the client asked, and not the provider, that is wrong? */
static bool is_clients_own(enum error_kind kind)
{
	return kind == ERROR_BAD_REQUEST || kind == ERROR_CONTEXT || kind == ERROR_POLICY;
}

/* The provider's status and code go on (told_status.h). */
static void tell_upstream(
    struct relay_outcome *out, const struct failure *failure, enum error_kind kind)
{
	bool failed = kind == ERROR_UPSTREAM || kind == ERROR_UPSTREAM_QUOTA;

	memcpy(out->upstream_param, failure->param, sizeof out->upstream_param);
	if (kind != ERROR_UPSTREAM_AUTH)
		out->upstream_status = failure->status;
	if (is_clients_own(kind) || (failed && failure->status >= 400))
		memcpy(out->upstream_code, failure->code, sizeof failure->code);
}

static int tell_failure(struct run *run, struct error *err)
{
	const struct failure *failure = &run->excuse;
	enum error_kind kind = verdict_of(failure->class)->error;

	set_retry_after(run, kind);
	tell_upstream(run->out, failure, kind);
	if (is_clients_own(kind))
		return error_set(err, kind, "%s",
		    failure->message[0] ? failure->message : "the provider refused the request");
	if (failure->class == FAILURE_ROOM)
		return error_set(err, kind, "%s", failure->message);
	return error_set(err, kind, "the model '%s' could not be reached: %s, after %d %s%s%s%s",
	    run->call->request->model, failure_words(failure->class), run->out->attempts,
	    run->out->attempts == 1 ? "attempt" : "attempts",
	    run->out->blocked_upward ? "; a dearer fallback was not taken" : "",
	    run->out->retries_refused
		? "; the gateway's retry budget allowed no more repeats for now"
		: "",
	    providers_words(run, kind));
}

/* Nothing is left, or too little for any call of its kind. */
static bool is_used_up(const struct budget_refusal *refusal, bool least)
{
	int64_t unspent = refusal->limit_nano - refusal->spent_nano;

	return refusal->spent_nano > 0 &&
	       (unspent <= 0 || (least && unspent < refusal->limit_nano / 100));
}

static int tell_used_up(
    const struct budget_refusal *refusal, bool own, const char *whose, struct error *err)
{
	if (!own)
		return error_set(
		    err, ERROR_BUDGET, "the gateway's budget for this %s is used up", whose);
	return error_set(err, ERROR_BUDGET,
	    "the budget of this %s is used up: %s of %s is spent, and this call could cost %s",
	    whose, number_dollars(refusal->spent_nano).text,
	    number_dollars(refusal->limit_nano).text, number_dollars(refusal->needed_nano).text);
}

static const char *what_helps(const struct run *run, const struct budget_refusal *refusal)
{
	if (refusal->limit_nano <= 0)
		return "it allows no call that costs anything";
	if (run->call->request->media)
		return "ask for less";
	return run->refused_least ? "shorten the prompt" : "ask for fewer tokens";
}

/* Figures are told of the client's own budgets only: what the whole gateway has left is other
 * tenants' business. */
static int tell_refusal(struct run *run, struct error *err)
{
	const struct budget_refusal *refusal = &run->out->refusal;
	bool own = budget_is_own(refusal->scope), least = run->refused_least,
	     whole = refusal->needed_nano > refusal->limit_nano;
	const char *helps = what_helps(run, refusal),
		   *whose = arena_printf(run->arena, "%s%s%s", budget_scope_words(refusal->scope),
		       refusal->period[0] ? " per " : "", refusal->period);

	run->out->has_refusal = true;
	run->out->upstream_status = run->call->key->budget_status ? run->call->key->budget_status
								  : run->settings->budget_status;
	if (is_used_up(refusal, least))
		return tell_used_up(refusal, own, whose, err);
	if (!own)
		return error_set(err, ERROR_BUDGET,
		    "this call could cost more than %s budget for this %s: %s",
		    whole ? "the gateway's whole" : "is unspent of the gateway's", whose, helps);
	if (whole)
		return error_set(err, ERROR_BUDGET,
		    "this call may cost up to %s, more than the whole budget of %s (of this %s): "
		    "%s",
		    number_dollars(refusal->needed_nano).text,
		    number_dollars(refusal->limit_nano).text, whose, helps);
	return error_set(err, ERROR_BUDGET,
	    "this call could cost %s; %s of %s is unspent: %s (budget of this %s)",
	    number_dollars(refusal->needed_nano).text,
	    number_dollars(refusal->limit_nano - refusal->spent_nano).text,
	    number_dollars(refusal->limit_nano).text, helps, whose);
}

static bool is_skipped_as(const struct candidate *candidate, const char *why)
{
	return candidate->skip && strcmp(candidate->skip, why) == 0;
}

/* Nothing else is wrong with it. */
static bool is_unpriced(const struct member *member)
{
	return !member->priced && member->provider && !member->deployment->fault;
}

/* What is wrong with the entries: no time mends it, so no client should ask again. */
static int tell_entries(const struct run *run, struct error *err)
{
	const struct deployment *foreign = NULL;
	const char *model = run->call->request->model;
	bool unpriced = false, faulty = false;

	for (size_t i = 0; i < run->candidate_count; i++) {
		const struct candidate *candidate = &run->candidates[i];
		const struct member *member = candidate->member;

		if (!member->provider && !member->deployment->fault)
			foreign = member->deployment;
		else
			faulty = faulty || is_skipped_as(candidate, "faulty entry");
		unpriced = unpriced || is_unpriced(member) || is_skipped_as(candidate, "unpriced");
	}
	if (unpriced)
		return error_set(err, ERROR_UNPRICED,
		    "the model '%s' has no price; the gateway's operator must give "
		    "input_cost_per_token and output_cost_per_token",
		    model);
	if (faulty)
		return error_set(err, ERROR_FAULTY_ENTRY,
		    "the model '%s' cannot be called: its entry in the gateway's settings has an "
		    "error; `sideways check` shows it to the gateway's operator",
		    model);
	if (foreign)
		return error_set(err, ERROR_NO_PROVIDER,
		    "the model '%s' cannot be called: this gateway has no provider '%s'; `sideways "
		    "check` shows the entry to the gateway's operator",
		    model, foreign->provider);
	return error_set(err, ERROR_OVERLOADED, "no deployment can serve '%s' at present%s", model,
	    run->out->blocked_upward ? "; a dearer fallback was not taken" : "");
}

static bool all_are_for_other_tags(const struct run *run)
{
	for (size_t i = 0; i < run->candidate_count; i++)
		if (!is_skipped_as(&run->candidates[i], "tags"))
			return false;
	return run->candidate_count > 0;
}

static int tell_unable(struct run *run, struct error *err)
{
	if (all_are_for_other_tags(run))
		return error_set(err, ERROR_FORBIDDEN,
		    "no deployment of '%s' is for the tags of this request and its key",
		    run->call->request->model);
	if (run->too_long)
		return error_set(err, ERROR_CONTEXT,
		    "the prompt is longer than the context window of '%s'",
		    run->call->request->model);
	if (run->why_unbounded)
		return error_set(err, ERROR_UNSUPPORTED,
		    "this request has no known upper cost at '%s' (%s), so it is not sent",
		    run->call->request->model, run->why_unbounded);
	if (run->unreadable)
		return error_set(err, ERROR_BAD_REQUEST, "%s", run->unreadable);
	if (run->unable)
		return error_set(err, ERROR_UNSUPPORTED,
		    "no deployment of '%s' can serve this request: %s", run->call->request->model,
		    run->unable);
	return tell_entries(run, err);
}

/* What passes by itself is told before what those thought that were asked. */
static bool may_be_served_later(const struct run *run)
{
	return run->excuse.class == FAILURE_UNFIT && (run->limited || run->cooldown_until_ms);
}

static int nobody_left(struct run *run, struct error *err)
{
	if (run->failed && !may_be_served_later(run))
		return tell_failure(run, err);
	if (run->busy)
		return money_line_tell(run, err);
	if (run->refused)
		return tell_refusal(run, err);
	if (run->limited)
		return limits_tell(run, err);
	if (!run->cooldown_until_ms)
		return tell_unable(run, err);
	run->out->cooling = true;
	run->out->retry_after_ms = cooldown_left_ms(run);
	return error_set(err, run->cooldown_is_rate ? ERROR_RATE : ERROR_OVERLOADED,
	    "every deployment of '%s' is cooling down after failures%s; try again in %lld s",
	    run->call->request->model,
	    run->out->blocked_upward ? ", and a dearer fallback was not taken" : "",
	    (long long)(run->out->retry_after_ms + 999) / 1000);
}

/* ---- limits on attempts ---- */

static bool may_attempt(const struct run *run)
{
	return run->out->attempts == 0 || (run->out->attempts < run->settings->max_attempts &&
					      clock_mono_us() < run->deadline_us);
}

/* A deployment that failed is asked again within the gateway's retry budget; a first call needs
 * none, or an outage would take the fallbacks with it.  1 yes, 0 no: it is out, -1 err. */
static int may_repeat(struct run *run, struct candidate *candidate, struct error *err)
{
	int allowed;

	if (candidate->tries == 0)
		return 1;
	allowed = request_log_take_retry(run->call->store, run->settings->retry_budget_percent,
	    run->settings->retry_budget_floor, clock_wall_ms(), err);
	if (allowed == 0) {
		run->out->retries_refused++;
		plan_leave(run, candidate, "retry budget");
	}
	return allowed;
}

/* Sleeps until the candidate may be asked again, in small steps, so that a leaving client is
 * noticed. */
static int wait_for(struct run *run, const struct candidate *candidate, struct error *err)
{
	const struct chat_sink *sink = run->call->sink;
	int64_t began_us;

	if (!candidate->not_before_us)
		return 0;
	began_us = clock_mono_us();
	for (;;) {
		int64_t left_us = candidate->not_before_us - clock_mono_us();

		if (left_us <= 0) {
			trace_note_wait(&run->waits, "to retry", began_us, run->arena);
			return 0;
		}
		if (sink && sink->client_gone && sink->client_gone(sink->ctx))
			return error_set(err, ERROR_CLIENT_GONE, "the client left");
		clock_sleep_ms(left_us > 100000 ? 100 : left_us / 1000 + 1);
	}
}

/* ---- the loop ---- */

/* 1: go on with the next candidate; -1: err is what to tell. */
static int relay_after_failure(struct run *run, struct candidate *candidate, struct error *err)
{
	return plan_follow(run, candidate) ? 1 : tell_failure(run, err);
}

static int try_candidate(struct run *run, struct candidate *candidate, struct error *err)
{
	int allowed;

	if (!may_attempt(run))
		return nobody_left(run, err);
	allowed = may_repeat(run, candidate, err);
	if (allowed <= 0)
		return allowed < 0 ? -1 : 1;
	if (wait_for(run, candidate, err) != 0)
		return -1;
	switch (attempt_run(run, candidate, err)) {
	case ATTEMPT_ANSWERED:
		return 0;
	case ATTEMPT_FAILED:
		return relay_after_failure(run, candidate, err);
	case ATTEMPT_NOT_CALLED:
		return 1;
	case ATTEMPT_OVER:
		break;
	}
	return -1;
}

static int try_candidates(struct run *run, struct error *err)
{
	plan_begin(run);
	for (;;) {
		struct candidate *candidate = plan_next(run);
		int result;

		if (!candidate && !run->failed && run->too_long && run->chain == NEXT_GENERAL &&
		    plan_switch(run, NEXT_CONTEXT))
			continue;
		if (!candidate)
			return nobody_left(run, err);
		result = try_candidate(run, candidate, err);
		if (result <= 0)
			return result;
	}
}

int relay_run(const struct relay_call *call, struct relay_outcome *out, struct error *err)
{
	struct run run = {
		.call = call,
		.out = out,
		.settings = catalog_settings(call->catalog),
		.arena = call->arena,
		.last_client_us = call->started_us,
	};
	int result;

	memset(out, 0, sizeof *out);
	out->request_id = call->request_id;
	out->asked_model = call->request->model;
	out->first_token_ms = out->retry_after_ms = out->told_cost_nano = -1;
	out->rate.requests_limit = out->rate.tokens_limit = LIMIT_NONE;
	result = run_admit(&run, err);
	if (result == 0)
		result = try_candidates(&run, err);
	money_line_leave(&run);
	if (out->key
		.id) /* who is not known gets no row: a flood of wrong keys must not fill the log */
		settle_request(&run, result, err);
	return result;
}
