/*
 * Waiting for money that running calls hold.  A budget that has it unspent is no reason to refuse:
 * those calls end in seconds, and most of what they hold comes back.  The place in the line is kept
 * from the first refusal until the hold is taken, the wait is over, or the client leaves.
 */
#include "relay/run.h"

#include "accounts/shares.h"
#include "base/clock.h"
#include "base/number.h"

#include "base/banned.h"

#define WAIT_MOST      256 /* the line has 1024 places for all processes */
#define WAIT_OF_KEY    128
#define LOOK_MS        400  /* between two looks at the client */
#define LOOKS_A_TRY    5    /* without a call: a process of another host calls nobody */
#define LEAST_WAIT_MS  50   /* the end of a call is written just after its answer */
#define ALONE_WAIT_MS  2000 /* of a process that serves nobody else meanwhile */
#define RETRY_AFTER_MS 2000

/* The windows that a call of this candidate needs. */
static struct line_wish wish_of(const struct run *run, const struct candidate *candidate)
{
	const struct budget_call call = run_budget_call(candidate->group, candidate->member);
	int64_t *windows = arena_alloc(run->arena, run->budgets.count * sizeof *windows + 1);
	struct line_wish wish = { .key_id = run->out->key.id, .windows = windows };

	for (size_t i = 0; i < run->budgets.count; i++)
		if (budget_applies(&run->budgets.items[i], &call))
			windows[wish.window_count++] = run->budgets.items[i].window_id;
	return wish;
}

bool money_line_before(
    struct run *run, const struct candidate *candidate, struct budget_refusal *out)
{
	struct line_wish wish = wish_of(run, candidate);
	int64_t window;

	/* Who found no place passes those of its key, too, but nobody who has waited long. */
	if (run->line_full)
		wish.key_id = "";
	window = wish.window_count ? line_before(run->call->store, &wish, &run->place) : 0;

	for (size_t i = 0; window && i < run->budgets.count; i++) {
		const struct budget_state *budget = &run->budgets.items[i];

		if (budget->window_id != window)
			continue;
		*out = ledger_refusal(budget, candidate->bound.cost_nano);
		return out->held; /* else it waits in vain, and the window says so itself */
	}
	return false;
}

bool money_line_lacks(
    const struct run *run, const struct candidate *candidate, struct budget_refusal *out)
{
	const struct budget_call call = run_budget_call(candidate->group, candidate->member);
	bool lacks = false;

	if (!run->place.line)
		return false;
	for (size_t i = 0; i < run->budgets.count; i++) {
		const struct budget_state *budget = &run->budgets.items[i];
		struct budget_refusal refusal;

		/* What the bank has is asked for by trying. */
		if (!budget_applies(budget, &call) || budget->spent_nano + budget->held_nano -
							      budget->ungranted_nano +
							      candidate->bound.cost_nano <=
							  budget->limit_nano)
			continue;
		refusal = ledger_refusal(budget, candidate->bound.cost_nano);
		if (!lacks || refusal_weight(&refusal) > refusal_weight(out))
			*out = refusal;
		lacks = true;
	}
	return lacks;
}

/* Less than the time after which a silent stream gets a comment: nothing is sent while it waits. */
static int64_t wait_us(const struct run *run)
{
	int64_t most_ms = run->settings->budget_wait_ms;

	if (most_ms >= run->settings->keep_alive_ms)
		most_ms = run->settings->keep_alive_ms - 1;
	if (run->call->gateway->serves_one && most_ms > ALONE_WAIT_MS)
		most_ms = ALONE_WAIT_MS;
	return (most_ms > LEAST_WAIT_MS ? most_ms : LEAST_WAIT_MS) * 1000;
}

static int share_of(int64_t requests, int64_t part, int64_t most)
{
	int64_t share = requests / part;

	return (int)(share < 1 ? 1 : share > most ? most : share);
}

/* Most wait for running calls, and then places for others are to be left.  The bank that is asked
 * answers soon. */
static bool join(
    struct run *run, const struct line_wish *wish, const struct budget_refusal *refusal)
{
	bool soon = refusal->asked && !shares_trouble(run->call->store, run->arena);
	int64_t requests = run->settings->max_concurrency;
	int most = share_of(requests, soon ? 2 : 4, WAIT_MOST),
	    most_of_key = soon ? most : share_of(requests, 16, WAIT_OF_KEY);
	int64_t until_us = run->wait_until_us; /* of a candidate that has waited in vain */

	if (!until_us)
		until_us = clock_mono_us() + wait_us(run);
	/* Who gives an attempt that long does not wait longer for its beginning. */
	if (run->call->request->timeout_ms > 0 &&
	    run->call->started_us + run->call->request->timeout_ms * 1000 < until_us)
		until_us = run->call->started_us + run->call->request->timeout_ms * 1000;
	run->wait_until_us = until_us < run->deadline_us ? until_us : run->deadline_us;
	return line_join(
	    run->call->store, wish, refusal->window_id, most, most_of_key, &run->place);
}

static int money_line_give_up(struct run *run, struct error *err)
{
	line_leave(&run->place);
	return error_set(err, ERROR_BUDGET_BUSY, "budget busy");
}

/* The bank is away, and nobody else has what is missing. */
static bool waits_in_vain(const struct run *run, const struct budget_refusal *refusal)
{
	return refusal->beyond && shares_trouble(run->call->store, run->arena);
}

static bool has_left(const struct run *run)
{
	const struct chat_sink *sink = run->call->sink;

	return sink && sink->client_gone && sink->client_gone(sink->ctx);
}

/* 0: it may be this request's turn; -1: err. */
static int sleep_in_line(struct run *run, const struct line_wish *wish,
    const struct budget_refusal *refusal, struct error *err)
{
	const int looks_a_try = refusal->asked && run->call->gateway->serves_one ? 1 : LOOKS_A_TRY;

	for (int look = 1;; look++) {
		int64_t left_us = run->wait_until_us - clock_mono_us();
		bool called;

		run->wait_over = left_us <= 0;
		if (run->wait_over || waits_in_vain(run, refusal))
			return money_line_give_up(run, err);
		called = line_sleep(
		    &run->place, left_us < LOOK_MS * 1000 ? left_us / 1000 + 1 : LOOK_MS);
		if (has_left(run)) {
			line_leave(&run->place);
			return error_set(err, ERROR_CLIENT_GONE, "the client left");
		}
		if ((called || look % looks_a_try == 0) &&
		    !line_before(run->call->store, wish, &run->place))
			return 0;
	}
}

int money_line_wait(struct run *run, const struct candidate *candidate,
    const struct budget_refusal *refusal, struct error *err)
{
	struct line_wish wish = wish_of(run, candidate);
	int64_t began_us = clock_mono_us();
	int result = 0;

	if (run->wait_over || waits_in_vain(run, refusal))
		return money_line_give_up(run, err);
	if (!run->place.line) {
		if (!join(run, &wish, refusal)) {
			/* Those who wait may have been called just now, and leave money for one
			 * more. */
			run->wait_over = run->line_full;
			run->line_full = true;
			return run->wait_over ? money_line_give_up(run, err) : 0;
		}
		/* What came back before it stood in the line called nobody. */
		if (!line_before(run->call->store, &wish, &run->place))
			return 0;
	}
	result = sleep_in_line(run, &wish, refusal, err);
	run->waited_us += clock_mono_us() - began_us;
	trace_note_wait(&run->waits, "for money", began_us, run->arena);
	return result;
}

void money_line_leave(struct run *run)
{
	line_leave(&run->place);
	run->wait_until_us = 0;
}

int money_line_tell(struct run *run, struct error *err)
{
	const struct budget_refusal *refusal = &run->out->refusal;
	bool own = budget_is_own(refusal->scope);
	const char *per = refusal->period[0] ? " per " : "";
	int64_t held_nano = refusal->limit_nano - refusal->spent_nano - refusal->left_nano,
		calls = own ? ledger_holders(run->call->store, refusal->window_id, NULL) : 0;

	run->out->has_refusal = true;
	run->out->retry_after_ms = RETRY_AFTER_MS;
	if (refusal->asked && shares_trouble(run->call->store, run->arena))
		return error_set(err, ERROR_SHARED,
		    "the bank that this gateway shares with other machines cannot be reached, and "
		    "what this machine had of the budget for this %s is %s; try again in %d s",
		    budget_scope_words(refusal->scope),
		    refusal->beyond ? "used up" : "held by running calls", RETRY_AFTER_MS / 1000);
	if (!own)
		return error_set(err, ERROR_BUDGET_BUSY,
		    "running calls hold what is left of the gateway's budget for this %s%s%s; try "
		    "again in %d s",
		    budget_scope_words(refusal->scope), per, refusal->period,
		    RETRY_AFTER_MS / 1000);
	if (refusal->asked && calls == 0)
		return error_set(err, ERROR_BUDGET_BUSY,
		    "the budget of this %s%s%s is busy: %s of %s is spent, and other machines have "
		    "what is left, while this call could cost %s; try again in %d s",
		    budget_scope_words(refusal->scope), per, refusal->period,
		    number_dollars(refusal->spent_nano).text,
		    number_dollars(refusal->limit_nano).text,
		    number_dollars(refusal->needed_nano).text, RETRY_AFTER_MS / 1000);
	return error_set(err, ERROR_BUDGET_BUSY,
	    "the budget of this %s%s%s is busy: %s of %s is spent, and %s is set aside for %lld "
	    "running call%s, while this one could cost %s; try again in %d s",
	    budget_scope_words(refusal->scope), per, refusal->period,
	    number_dollars(refusal->spent_nano).text, number_dollars(refusal->limit_nano).text,
	    number_dollars(held_nano).text, (long long)calls, calls == 1 ? "" : "s",
	    number_dollars(refusal->needed_nano).text, RETRY_AFTER_MS / 1000);
}
