/*
 * One upstream call: weigh it, hold its bound, call, and end the hold by what happened.  The
 * call is made after the hold is on disk, and not otherwise.
 */
#include "base/clock.h"
#include "base/number.h"
#include "chat/media.h"
#include "providers/cloud.h"
#include "providers/usage_floor.h"
#include "relay/charge.h"
#include "relay/cloud_access.h"
#include "relay/delivery.h"
#include "relay/late_answer.h"
#include "relay/limits.h"
#include "relay/patience.h"
#include "relay/run.h"
#include "relay/translate.h"
#include "relay/unfit.h"

#include "base/banned.h"

#define DEADLINE_GRACE_MS                                                                          \
	120000       /* beyond its own time limit a hold is given this long before others end it */
#define LOOKS_MOST 4 /* while what is unspent changes */

/* ---- before the call ---- */

static enum attempt_result not_called(struct run *run, struct candidate *candidate, const char *why)
{
	plan_put_out(run, candidate, why);
	settle_skip(run, candidate, "skipped", why);
	candidate->listed = true;
	return ATTEMPT_NOT_CALLED;
}

/* The limit that the gateway chose fits what was left when it looked; others may have been
 * faster.  Then it looks once more. */
static bool limit_is_ours(const struct run *run, const struct candidate *candidate)
{
	return candidate->output_limit > 0 &&
	       (run->call->request->max_tokens == 0 ||
		   candidate->output_limit < run->call->request->max_tokens);
}

static enum attempt_result refused(
    struct run *run, struct candidate *candidate, const struct budget_refusal *refusal)
{
	bool busy = refusal->held;

	/* What comes back soon is worth telling before what is spent. */
	if (!run->refused || (busy && !run->busy)) {
		run->out->refusal = *refusal;
		run->refused_least =
		    !weigh_shortest_fits(run, candidate, refusal->limit_nano - refusal->spent_nano);
	}
	run->refused = true;
	run->model_refused = run->model_refused ||
			     (candidate->stage == 0 && strcmp(refusal->scope, "key_model") == 0);
	run->busy = run->busy || busy;
	return not_called(run, candidate,
	    busy ? arena_printf(run->arena, "budget busy: %s %s", refusal->scope, refusal->period)
		 : run_over_budget(run, refusal->scope, refusal->period));
}

static int look_again(struct run *run, struct candidate *candidate, struct error *err)
{
	const char *why;

	if (run_read_budgets(run, clock_wall_ms(), err) != 0)
		return -1;
	return weigh_candidate(run, candidate, &why) ? 0
						     : error_set(err, ERROR_INTERNAL, "%s", why);
}

/* May a hold that failed be tried with a lower limit?  1: it may; 0: it may not; -1: err.  It may
 * once, and then while what is unspent changes: a call may have ended since it was looked at. */
static int lower_hold(struct run *run, struct candidate *candidate, int look,
    const struct budget_refusal *refusal, struct error *err)
{
	int64_t bound_nano = candidate->bound.cost_nano;

	if (err->kind != ERROR_BUDGET || look == LOOKS_MOST || !limit_is_ours(run, candidate) ||
	    (look > 0 && refusal->held))
		return 0;
	if (look_again(run, candidate, err) != 0)
		return -1;
	return look == 0 || candidate->bound.cost_nano != bound_nano;
}

static int hold(struct run *run, struct candidate *candidate, struct attempt *row,
    struct budget_refusal *refusal, struct error *err)
{
	int64_t reach_ms = patience_left_ms(run) + DEADLINE_GRACE_MS;

	if (money_line_before(run, candidate, refusal) || money_line_lacks(run, candidate, refusal))
		return error_set(err, ERROR_BUDGET, "the money is held");
	for (int look = 0;; look++) {
		*row = settle_row(run, candidate);
		row->deadline_ms = row->started_ms + reach_ms;
		row->rate = limits_hold(run, candidate);
		row->exact = run->call->exact;
		if (ledger_hold(run->call->store, row, &run->budgets, run->arena, refusal, err) ==
		    0) {
			limits_taken(run, row->rate);
			return 0;
		}
		if (lower_hold(run, candidate, look, refusal, err) <= 0)
			return -1;
	}
}

/* 0: taken; 1: another of its group and tier is tried first; -1: err. */
static int hold_or_wait(struct run *run, struct candidate *candidate, struct attempt *row,
    struct budget_refusal *refusal, struct error *err)
{
	while (hold(run, candidate, row, refusal, err) != 0) {
		if (err->kind != ERROR_BUDGET || !refusal->held)
			return -1;
		if (!candidate->held && plan_has_alike(run, candidate)) {
			candidate->held = true;
			return 1;
		}
		if (money_line_wait(run, candidate, refusal, err) != 0 ||
		    look_again(run, candidate, err) != 0)
			return -1;
	}
	money_line_leave(run);
	return 0;
}

static int take_probe(struct run *run, struct candidate *candidate, struct error *err)
{
	int taken;

	if (!candidate->probe)
		return 1;
	taken = breaker_take_probe(run->call->store, candidate->member->deployment->id,
	    run->call->request_id, clock_wall_ms(), patience_left_ms(run), err);
	candidate->probe = false;
	candidate->probing = taken == 1;
	return taken;
}

/* ---- after the call ---- */

/* Until its first words came, or the call was cut. */
static int64_t unseen_tokens(const struct delivery *delivery, int64_t seen)
{
	int64_t until_us = delivery->first_words_us ? delivery->first_words_us : clock_mono_us();

	return charge_unseen_tokens(until_us - delivery->started_us, delivery->output_most - seen);
}

/* Each of several images tells its own bill: who leaves after the first has ordered them all. */
static bool lacks_bills(const struct delivery *delivery)
{
	const struct media_request *media = delivery->run->call->request->media;

	return media && media->address->mode == MODE_IMAGE && !delivery->stream.done &&
	       delivery->stream.usage.units < media->facts.units;
}

/* Settled from what was streamed: usage as seen, else an estimate. */
static void count_stream(struct delivery *delivery, bool answered, struct usage *usage)
{
	if (!answered && lacks_bills(delivery)) {
		*usage = (struct usage){ .estimated = true, .reported_cost_nano = -1 };
		return;
	}
	provider_stream_estimate(&delivery->stream, delivery->candidate->bound.input_tokens);
	*usage = delivery->stream.usage;
	if (!answered && usage->estimated)
		usage->output_tokens += unseen_tokens(delivery, usage->output_tokens);
}

static int64_t text_tokens_of(const struct delivery *delivery)
{
	struct run *run = delivery->run;

	return usage_text_tokens(delivery->format, text_slice(&delivery->body), run->arena);
}

static void charge(const struct delivery *delivery, const struct charge_terms *terms,
    const char *answered, struct attempt_end *end)
{
	/* Google tells it in a header alone where it is no cloud (llmgateway#2549). */
	if (!end->usage.served)
		end->usage.served =
		    served_as(slice_of(fetch_head_get(&delivery->head, "x-gemini-service-tier")));
	charge_usage(
	    terms, answered, end->usage.estimated ? &delivery->stream.told : &end->usage, end);
}

static enum hold_end unanswered(const struct delivery *delivery, const struct fetch_result *result)
{
	if (delivery->passes && delivery_may_be_done(delivery, result->status))
		return HOLD_UNKNOWN;
	return delivery->failure.class == FAILURE_CANCELLED && !result->sent
		   ? HOLD_RELEASED
		   : verdict_hold(result, &delivery->failure);
}

/* A stream of which something came, unless the provider said of itself that it failed before its
 * first word. */
static bool may_be_billed(const struct delivery *delivery)
{
	return delivery->stream.usage.known || delivery->first_token_ms >= 0 ||
	       (delivery->began && !delivery->failure.told);
}

/* A failure that says what it used, before or after something went to the client, is charged
 * for that. */
static void attempt_end_of(struct delivery *delivery, const struct fetch_result *result,
    bool answered, const struct provider_reply *reply, struct attempt_end *end)
{
	struct charge_terms terms = delivery_terms(delivery);

	*end = (struct attempt_end){
		.ended_ms = clock_wall_ms(),
		.status = result->status,
		.latency_ms = (clock_mono_us() - delivery->started_us) / 1000,
		.first_token_ms = delivery->first_token_ms,
		.outcome = answered ? "ok" : failure_name(delivery->failure.class),
		.usage.reported_cost_nano = -1,
	};
	if (delivery->is_stream && (answered || may_be_billed(delivery))) {
		count_stream(delivery, answered, &end->usage);
		end->how = HOLD_SETTLED;
	} else if (answered || charge_is_told(result->status, &reply->usage)) {
		end->usage = reply->usage;
		if (delivery->run->call->request->format == WIRE_EMBEDDINGS)
			cloud_head_usage(
			    delivery->candidate->member->provider, &delivery->head, &end->usage);
		if (!end->usage.known)
			usage_estimate(&end->usage, delivery->candidate->bound.input_tokens,
			    text_tokens_of(delivery));
		end->how = HOLD_SETTLED;
	} else if (charge_is_refusal(&terms, delivery->candidate->member->biller,
		       delivery->failure.class, result->status)) {
		usage_estimate(&end->usage, terms.bound.input_tokens, unseen_tokens(delivery, 0));
		end->how = HOLD_SETTLED;
	} else {
		end->how = unanswered(delivery, result);
	}
	if (end->how == HOLD_SETTLED)
		charge(delivery, &terms,
		    delivery->is_stream ? delivery->stream.model : reply->model, end);
}

static void note_answer(
    struct run *run, const struct candidate *candidate, const struct attempt_end *end)
{
	struct relay_outcome *out = run->out;

	out->usage = end->usage;
	out->bound_nano = candidate->bound.cost_nano;
	if (out->budget_known)
		out->budget_left_nano = out->budget_left_nano > end->cost_nano
					    ? out->budget_left_nano - end->cost_nano
					    : 0;
}

/* The delivery ends before the client is answered. */
static void keep_whole(
    const struct delivery *delivery, struct slice mended, const struct usage *usage)
{
	struct run *run = delivery->run;
	struct slice body = mended.ptr ? mended : text_slice(&delivery->body);
	struct chat_reply *reply;

	run->out->held_bytes = (int64_t)body.len;
	if (!delivery->translates) {
		run->out->content_type = fetch_head_get(&delivery->head, "content-type");
		run->out->body = (struct slice){ arena_copy_slice(run->arena, body), body.len };
		return;
	}
	reply = arena_alloc(run->arena, sizeof *reply);
	*reply = delivery->collector.reply;
	reply->usage = *usage;
	run->out->reply = reply;
}

/* The hold ends with the call, or later when the call goes on. */
static void end_call(struct delivery *delivery, const struct fetch_result *result, bool answered,
    const struct provider_reply *reply, const struct attempt *row)
{
	struct run *run = delivery->run;
	struct attempt_end end;

	if (result->left && late_answer_take(delivery, result->left, row)) {
		settle_later(run, delivery->candidate, &delivery->failure);
		return;
	}
	attempt_end_of(delivery, result, answered, reply, &end);
	settle_attempt(run, row, &end, delivery->candidate, answered ? NULL : &delivery->failure);
	if (answered || run->out->committed)
		note_answer(run, delivery->candidate, &end);
	if (answered && !delivery->is_stream)
		keep_whole(delivery, reply->body, &end.usage);
}

static enum attempt_result judge(struct delivery *delivery, const struct fetch_call *call,
    const struct fetch_result *result, const struct attempt *row, struct error *err)
{
	struct run *run = delivery->run;
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	bool answered = delivery_finish(delivery, result, &reply);

	unfit_judge(run, delivery->candidate, call, &delivery->failure);
	delivery->failure.excused = patience_excuses(
	    run, delivery->candidate, delivery->overdue ? FETCH_TIMEOUT_FIRST_BYTE : result->end);
	end_call(delivery, result, answered, &reply, row);
	if (answered)
		return ATTEMPT_ANSWERED;
	run->failure = delivery->failure;
	if (run->failure.class == FAILURE_CANCELLED) {
		(void)error_set(
		    err, ERROR_CLIENT_GONE, "the client left"); /* told to the log only */
		return ATTEMPT_OVER;
	}
	if (run->out->committed) {
		(void)error_set(err, ERROR_UPSTREAM, "the provider's stream broke off: %s",
		    failure_words(run->failure.class));
		return ATTEMPT_OVER;
	}
	run->out->member = NULL;
	return ATTEMPT_FAILED;
}

/* A group that is called after another one; groups that are skipped or blocked do not count. */
static void count_fallback(struct run *run, const struct candidate *candidate)
{
	if (candidate->stage <= run->stage_called)
		return;
	run->stage_called = candidate->stage;
	run->out->fallbacks++;
}

/* Does the cloud refuse a token that was good before?  Nothing was billed then. */
static bool is_stale(
    struct run *run, const struct candidate *candidate, const struct fetch_head *head)
{
	const char *amazon = fetch_head_get(head, "x-amzn-errortype");

	if (!run->grant || (head->status != 401 && head->status != 403) || run->out->committed)
		return false;
	if (head->status == 403 &&
	    !(amazon && (strstr(amazon, "Expired") || strstr(amazon, "UnrecognizedClient"))))
		return false;
	return cloud_access_refused(run, candidate->member, run->grant);
}

static bool call_anew(struct run *run, const struct candidate *candidate, struct fetch_call *call)
{
	struct fetch_call *again = arena_alloc(run->arena, sizeof *again);

	if (upstream_call_build(run, candidate, again, NULL) != 0)
		return false;
	*call = *again;
	return true;
}

/* Without a query or a user, which may be secrets. */
static const char *api_base_of(struct run *run, const char *url)
{
	const char *host = strstr(url, "://");
	size_t len = host ? (size_t)(host - url) + 3 : 0, end = len + strcspn(url + len, "/?#");
	const char *at = memrchr(url + len, '@', end - len);

	return arena_printf(run->arena, "%.*s%.*s", (int)len, url,
	    (int)strcspn(at ? at + 1 : url + len, "?#"), at ? at + 1 : url + len);
}

static enum attempt_result call_provider(struct run *run, struct candidate *candidate,
    struct fetch_call *call, const struct attempt *row, struct error *err)
{
	const struct gateway *gateway = run->call->gateway;
	fetch_transport *transport =
	    gateway->transport
		? gateway->transport
		: provider_transport(candidate->member->provider, candidate->member->deployment);
	struct relay_outcome *out = run->out;
	enum attempt_result judged;
	struct fetch_result result;
	struct delivery delivery;

	out->group = candidate->group->name;
	out->member = candidate->member;
	out->tier = row->tier;
	if (run->settings->tells_api_base)
		out->api_base = api_base_of(run, call->url);
	out->attempts++;
	candidate->tries++;
	count_fallback(run, candidate);
	delivery_init(&delivery, run, candidate);
	delivery_attach(&delivery, call);
	transport(gateway->pool, call, &result);
	if (is_stale(run, candidate, &delivery.head) && call_anew(run, candidate, call)) {
		delivery_release(&delivery);
		delivery_init(&delivery, run, candidate);
		delivery_attach(&delivery, call);
		transport(gateway->pool, call, &result);
	}
	out->upstream_us += clock_mono_us() - delivery.started_us;
	judged = judge(&delivery, call, &result, row, err);
	delivery_release(&delivery);
	return judged;
}

/* Where the provider's credentials cannot be had, others may be asked. */
static enum attempt_result not_built(struct run *run, struct candidate *candidate,
    const struct attempt *row, const struct error *err)
{
	bool access = err->kind == ERROR_UPSTREAM_AUTH;
	struct attempt_end end = { .how = HOLD_RELEASED,
		.ended_ms = clock_wall_ms(),
		.outcome = access ? "no credentials" : "not built",
		.first_token_ms = -1,
		.usage.reported_cost_nano = -1 };

	run->failure =
	    (struct failure){ .class = access ? FAILURE_AUTH : FAILURE_LOCAL, .delay_ms = -1 };
	memccpy(run->failure.message, err->text, 0, sizeof run->failure.message - 1);
	settle_attempt(run, row, &end, candidate, &run->failure);
	run->out->member = NULL;
	return access ? ATTEMPT_FAILED : ATTEMPT_OVER;
}

enum attempt_result attempt_run(struct run *run, struct candidate *candidate, struct error *err)
{
	struct budget_refusal refusal = { .limit_nano = 0 };
	struct fetch_call call;
	int held;
	struct attempt row = { 0 }; /* hold may fail before it is filled in */
	const char *why = NULL;
	int probe;

	if (!weigh_candidate(run, candidate, &why)) {
		run->why_unbounded = why;
		return not_called(run, candidate, arena_printf(run->arena, "no bound: %s", why));
	}
	count_upstream(run, candidate);
	probe = take_probe(run, candidate, err);
	if (probe < 0)
		return ATTEMPT_OVER;
	if (probe == 0)
		return not_called(run, candidate, "cooldown");
	(void)upstream_call_access(run, candidate->member, err); /* told when the call is built */
	run->number++;
	held = hold_or_wait(run, candidate, &row, &refusal, err);
	if (held != 0) {
		run->number--;
		if (held > 0)
			return ATTEMPT_NOT_CALLED;
		if (err->kind == ERROR_RATE && limits_refused(run, row.rate, &why, err))
			return not_called(run, candidate, why);
		return err->kind == ERROR_BUDGET || err->kind == ERROR_BUDGET_BUSY
			   ? refused(run, candidate, &refusal)
			   : ATTEMPT_OVER;
	}
	if (upstream_call_build(run, candidate, &call, err) != 0)
		return not_built(run, candidate, &row, err);
	return call_provider(run, candidate, &call, &row, err);
}
