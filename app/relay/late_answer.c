/*
 * Waiting for answers off the client's way.  See the header.
 *
 * All that it needs is copied into memory of its own, but for the catalog, which it holds.
 * The end of the hold goes to the store after the request's row, so that its cost can be added
 * there.
 */
#include "relay/late_answer.h"

#include <pthread.h>
#include <stdlib.h>

#include "accounts/till.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/held.h"
#include "base/log.h"
#include "providers/usage_floor.h"
#include "relay/charge.h"
#include "relay/translate.h"
#include "telemetry/request_log.h"
#include "telemetry/trace_export.h"

#include "base/banned.h"

#define WAKE_MS     200 /* how soon the process's end is seen */
#define STACK_BYTES ((size_t)512 << 10)

struct late_answers {
	pthread_mutex_t mutex; /* guards the rest, and `recorded` of each */
	struct waiters changed;
	int count;
	bool ending;
};

struct late_answer {
	struct late_answers *all;
	struct late_answer *next; /* of the same request */
	struct arena arena;
	struct catalog *catalog;
	struct store *store;
	struct fetch_left *left;
	struct attempt *row;
	struct charge_terms terms;
	struct price now, after[PRICE_CHANGES_MOST]; /* that the terms point to */
	const struct provider *provider;
	const struct wire_format *format;
	const char *outcome; /* what the request made of it: "timeout", "cancelled" */
	const char *trace;   /* facts of it; NULL: nobody is told */
	int64_t started_us, deadline_us;
	int status; /* 0: none came yet */
	struct text body;
	bool recorded;
	bool exact; /* as its request */
};

/* ---- all of a process ---- */

struct late_answers *late_answers_new(void)
{
	struct late_answers *all = alloc_zero(1, sizeof *all);

	pthread_mutex_init(&all->mutex, NULL);
	waiters_init(&all->changed);
	return all;
}

static void wait_for_change_locked(struct late_answers *all)
{
	(void)waiters_wait_locked(
	    &all->changed, &all->mutex, clock_mono_us() + WAKE_MS * 1000); /* or a while */
}

static void late_answers_wait(struct late_answers *all, int64_t most_ms)
{
	int64_t until_ms = clock_mono_ms() + most_ms;

	pthread_mutex_lock(&all->mutex);
	while (all->count > 0 && clock_mono_ms() < until_ms)
		wait_for_change_locked(all);
	pthread_mutex_unlock(&all->mutex);
}

void late_answers_end(struct late_answers *all, int64_t most_ms)
{
	if (!all)
		return;
	late_answers_wait(all, most_ms);
	pthread_mutex_lock(&all->mutex);
	if (all->count > 0)
		log_event(LOG_WARNING, "late_answers",
		    "%d answers that nobody waits for are cut and charged in full", all->count);
	all->ending = true;
	while (all->count > 0)
		wait_for_change_locked(all);
	pthread_mutex_unlock(&all->mutex);
}

void late_answers_free(struct late_answers *all)
{
	if (!all)
		return;
	late_answers_end(all, 0);
	waiters_release(&all->changed);
	pthread_mutex_destroy(&all->mutex);
	free(all);
}

static bool is_ending(struct late_answer *late)
{
	bool ending;

	pthread_mutex_lock(&late->all->mutex);
	ending = late->all->ending;
	pthread_mutex_unlock(&late->all->mutex);
	return ending;
}

/* ---- the call ---- */

static int on_head(void *ctx, const struct fetch_head *head)
{
	struct late_answer *late = ctx;

	late->status = head->status;
	return 0;
}

static int on_body(void *ctx, const char *bytes, size_t len)
{
	struct late_answer *late = ctx;

	held_add(HELD_ANSWERS, -(int64_t)late->body.size);
	text_add(&late->body, bytes, len);
	held_add(HELD_ANSWERS, (int64_t)late->body.size);
	return text_failed(&late->body) ? -1 : 0;
}

static int on_silence(void *ctx, int64_t silent_ms)
{
	return is_ending(ctx) ? -1 : 0;
}

static void wait_for_answer(struct late_answer *late, struct fetch_result *out)
{
	int64_t most_ms = (late->deadline_us - late->started_us) / 1000;
	struct fetch_call how = { .client_fd = -1,
		.first_byte_timeout_ms = most_ms,
		.idle_timeout_ms = most_ms,
		.total_timeout_ms = most_ms,
		.wake_ms = WAKE_MS,
		.on_head = on_head,
		.on_body = on_body,
		.on_silence = on_silence,
		.ctx = late };

	fetch_go_on(late->left, &how, out);
	late->status = out->status ? out->status : late->status;
}

/* ---- its end ---- */

/* As for an answer that its client waits for. */
static void late_answer_end_of(
    struct late_answer *late, const struct fetch_result *result, struct attempt_end *end)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	struct slice body = text_slice(&late->body);
	struct failure failure = { .delay_ms = -1 };
	int64_t time_us = clock_mono_us() - late->started_us;
	struct error err;
	bool whole = result->end == FETCH_DONE, answered;

	answered =
	    whole &&
	    late->format->read_reply(late->provider, body, &late->arena, &reply, &err) == 0 &&
	    late->status == 200;
	if (!whole)
		failure_of_fetch(result, &failure);
	else if (!answered)
		failure_of_reply(
		    late->provider->name, late->status, NULL, body, clock_wall_ms(), &failure);
	*end = (struct attempt_end){ .ended_ms = clock_wall_ms(),
		.status = late->status,
		.outcome = late->outcome,
		.latency_ms = time_us / 1000,
		.first_token_ms = -1,
		.how = HOLD_SETTLED,
		.usage = reply.usage };
	if (answered || charge_is_told(late->status, &reply.usage)) {
		if (!end->usage.known)
			usage_estimate(&end->usage, late->terms.bound.input_tokens,
			    usage_text_tokens(late->format, body, &late->arena));
	} else if (charge_is_refusal(&late->terms, late->provider, failure.class, late->status)) {
		usage_estimate(&end->usage, late->terms.bound.input_tokens,
		    charge_unseen_tokens(time_us, late->terms.output_most));
	} else {
		end->how = verdict_hold(result, &failure);
	}
	if (end->how == HOLD_SETTLED)
		charge_usage(&late->terms, reply.model,
		    end->usage.estimated ? &reply.usage : &end->usage, end);
}

static void wait_for_record(struct late_answer *late)
{
	pthread_mutex_lock(&late->all->mutex);
	while (!late->recorded)
		wait_for_change_locked(late->all);
	pthread_mutex_unlock(&late->all->mutex);
}

static void late_answer_free(struct late_answer *late)
{
	held_add(HELD_ANSWERS, -(int64_t)late->body.size);
	text_release(&late->body);
	catalog_release(late->catalog);
	arena_release(&late->arena);
	free(late);
}

static void leave(struct late_answers *all)
{
	pthread_mutex_lock(&all->mutex);
	all->count--;
	waiters_wake_locked(&all->changed);
	pthread_mutex_unlock(&all->mutex);
}

static void run_late(void *ctx)
{
	struct late_answer *late = ctx;
	struct late_answers *all = late->all;
	struct change *change = change_new();
	struct fetch_result result;
	struct attempt_end end;

	wait_for_answer(late, &result);
	late_answer_end_of(late, &result, &end);
	wait_for_record(late);
	ledger_end_into(change, late->row, &end);
	if (late->trace)
		trace_into(change, late->row->request_id, late->row->number, late->trace);
	request_log_add_cost_into(
	    change, late->row->request_id, ledger_charged_nano(late->row, &end));
	if (late->exact)
		store_apply_later(late->store, change);
	else
		till_apply_later(late->store, change);
	late_answer_free(late);
	leave(all);
}

static void *run_late_thread(void *ctx)
{
	run_late(ctx);
	return NULL;
}

/* ---- its beginning ---- */

bool late_answer_allowed(const struct run *run)
{
	return run->call->gateway->late_answers && !run->call->request->stream &&
	       run->settings->late_answers == LATE_ANSWERS_WAIT;
}

static bool enter(struct late_answers *all)
{
	bool entered;

	pthread_mutex_lock(&all->mutex);
	entered = !all->ending && all->count < LATE_ANSWERS_MAX;
	all->count += entered;
	pthread_mutex_unlock(&all->mutex);
	return entered;
}

/* The member of a wildcard ends with its request. */
static void keep_terms(struct late_answer *late, const struct delivery *delivery)
{
	struct charge_terms *terms = &late->terms;

	*terms = delivery_terms(delivery);
	terms->model = arena_copy(&late->arena, terms->model);
	late->now = *terms->course.now;
	terms->course.now = &late->now;
	for (size_t i = 0; i < terms->course.changes; i++)
		late->after[i] = terms->course.after[i];
	terms->course.after = late->after;
}

static struct late_answer *make(
    struct delivery *delivery, struct fetch_left *left, const struct attempt *row)
{
	struct late_answer *late = alloc_zero(1, sizeof *late);
	struct run *run = delivery->run;
	const struct member *member = delivery->candidate->member;

	*late = (struct late_answer){ .all = run->call->gateway->late_answers,
		.catalog = catalog_hold(run->call->catalog),
		.store = run->call->store,
		.exact = run->call->exact,
		.left = left,
		.provider = member->biller,
		.format = translate_format(run, member),
		.outcome = failure_name(delivery->failure.class),
		.started_us = delivery->started_us,
		.deadline_us = run->deadline_us,
		.status = delivery->head.status,
		.body = delivery->body };
	text_init(&delivery->body, 1); /* its bytes have moved */
	arena_init(&late->arena);
	late->row = attempt_copy(row, &late->arena);
	keep_terms(late, delivery);
	return late;
}

static bool late_answer_start(struct late_answer *late)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool started;

	if (fiber_self()) { /* its call belongs to the carrier */
		fiber_start(carrier_current(), run_late, late);
		return true;
	}
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	started = pthread_create(&thread, &attributes, run_late_thread, late) == 0;
	pthread_attr_destroy(&attributes);
	return started;
}

bool late_answer_take(struct delivery *delivery, struct fetch_left *left, const struct attempt *row)
{
	struct run *run = delivery->run;
	struct late_answers *all = run->call->gateway->late_answers;
	struct late_answer *late;

	if (!enter(all)) {
		fetch_give_up(left);
		return false;
	}
	late = make(delivery, left, row);
	late->trace = arena_copy(&late->arena, trace_note_facts(run->call, &run->waits));
	late->next = run->late;
	if (late_answer_start(late)) {
		run->late = late;
		return true;
	}
	fetch_give_up(left);
	late_answer_free(late);
	leave(all);
	return false;
}

void late_answers_recorded(struct run *run)
{
	struct late_answers *all = run->call->gateway->late_answers;
	struct late_answer *late = run->late;

	if (!late)
		return;
	pthread_mutex_lock(&all->mutex);
	while (late) { /* from here on it may be gone */
		struct late_answer *next = late->next;

		late->recorded = true;
		late = next;
	}
	waiters_wake_locked(&all->changed);
	pthread_mutex_unlock(&all->mutex);
	run->late = NULL;
}
