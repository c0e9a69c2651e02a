/*
 * What calls meet of the till.  See the header; what it has is in till_book.c, and its threads are
 * in till_reporter.c.
 */
#include "accounts/till.h"

#include <stdlib.h>
#include <string.h>

#include "accounts/line.h"
#include "accounts/till_state.h"
#include "base/alloc.h"
#include "base/log.h"

#include "base/banned.h"

#define WAITING_MOST ((size_t)16 << 20) /* bytes that are not reported */
#define WAITING_MS   10000
#define CATCH_UP_MS  1000
#define HEAR_MS      100

/* ---- the companion ---- */

static void *make_till(void)
{
	struct till *till = alloc_zero(1, sizeof *till);
	pthread_condattr_t monotonic;

	pthread_mutex_init(&till->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&till->work, &monotonic);
	pthread_cond_init(&till->reported, &monotonic);
	pthread_condattr_destroy(&monotonic);
	till->bank = &bank_sqlite;
	return till;
}

static void stop_threads(struct till *till)
{
	pthread_mutex_lock(&till->mutex);
	till->closing = true;
	pthread_cond_signal(&till->work);
	pthread_mutex_unlock(&till->mutex);
	if (till->threaded)
		pthread_join(till->reporter, NULL);
	if (till->watched) {
		recall_wake(till->recall);
		pthread_join(till->watcher, NULL);
	}
	till->threaded = till->watched = false;
}

static void free_till(void *companion)
{
	struct till *till = companion;

	stop_threads(till);
	till_empty(&till->batch, true);
	till_empty(&till->sent, true);
	journal_free(till->journal);
	if (till->book.call_count) /* nobody reads the rest again */
		book_release(&till->book);
	recall_unmap(till->recall);
	pthread_cond_destroy(&till->reported);
	pthread_cond_destroy(&till->work);
	pthread_mutex_destroy(&till->mutex);
	free(till);
}

static struct till *till_of(struct store *store)
{
	return store_companion(store, make_till, free_till);
}

/* ---- beginning and end ---- */

void till_set(struct store *store, const struct till_rules *rules)
{
	struct till *till = till_of(store);

	line_prepare(store);
	pthread_mutex_lock(&till->mutex);
	till->store = store;
	till->rules = *rules;
	till->urgent = true;
	pthread_cond_signal(&till->work);
	if (rules->enabled && !till->watched && !till->closing) {
		if (!till->recall)
			till->recall = recall_map(store, true);
		if (till->recall && !till_start(till))
			log_event(LOG_ERROR, "till", "no leases: no thread can be started");
	}
	pthread_mutex_unlock(&till->mutex);
}

void till_close(struct store *store)
{
	if (store)
		stop_threads(till_of(store));
}

/* ---- calls ---- */

static bool may_hold_locked(const struct till *till)
{
	int64_t since_ms = till->sent.count ? till->sent.since_ms : till->batch.since_ms;
	bool waits = till->sent.count || till->batch.count;

	return till->journal && !till->closing && !till->journal_lags && till->rules.enabled &&
	       till->batch.bytes + till->sent.bytes < WAITING_MOST &&
	       (!waits || till_now_ms() - since_ms < WAITING_MS);
}

static uint64_t hold_locked(struct till *till, const struct till_wish *wish)
{
	uint64_t call = 0;

	if (may_hold_locked(till) && rate_book_covers(&till->rates, wish->rate, wish->second))
		call = book_hold(&till->book, wish->windows, wish->window_count, wish->bound_nano);
	if (call)
		rate_book_take(&till->rates, wish->rate, call);
	return call;
}

static bool lacks_locked(const struct till *till, const struct till_wish *wish, int64_t now_ms)
{
	return !till->journal ||
	       book_lacks(&till->book, &till->rules, wish->windows, wish->window_count, now_ms) ||
	       (wish->rate && rate_book_lacks(&till->rates, wish->rate, wish->second, now_ms));
}

/* A recall ends with time, of which no bell tells: who gets nothing looks again. */
static void look_again_locked(struct till *till, int64_t now_ms)
{
	if (now_ms - till->heard_ms >= HEAR_MS)
		till_hear_locked(till);
}

uint64_t till_hold(struct store *store, const struct till_wish *wish, struct arena *arena,
    const char **out_till_id)
{
	struct till *till = till_of(store);
	int64_t now_ms = till_now_ms();
	uint64_t call = 0;

	pthread_mutex_lock(&till->mutex);
	if (till->threaded && till->rules.enabled) {
		book_ask(&till->book, wish->windows, wish->window_count, wish->bound_nano, now_ms);
		if (wish->rate)
			rate_book_ask(&till->rates, wish->rate, wish->second, now_ms);
		till->used_ms = now_ms;
		call = hold_locked(till, wish);
		if (call)
			*out_till_id = arena_copy(arena, till->id);
		else
			look_again_locked(till, now_ms);
		if (!till->wanted && (!call || wish->rate) && lacks_locked(till, wish, now_ms)) {
			till->wanted = true;
			pthread_cond_signal(&till->work);
		}
	}
	pthread_mutex_unlock(&till->mutex);
	return call;
}

bool till_count(struct store *store, const struct rate_hold *rate, int64_t second)
{
	struct till *till = till_of(store);
	int64_t now_ms = till_now_ms();
	bool counted = false;

	if (!rate_book_suits(rate))
		return false;
	pthread_mutex_lock(&till->mutex);
	if (till->threaded && till->rules.enabled) {
		rate_book_ask(&till->rates, rate, second, now_ms);
		till->used_ms = now_ms;
		counted = may_hold_locked(till) && rate_book_count(&till->rates, rate, second);
		if (!counted)
			look_again_locked(till, now_ms);
		if (!till->wanted &&
		    (!till->journal || rate_book_lacks(&till->rates, rate, second, now_ms))) {
			till->wanted = true;
			pthread_cond_signal(&till->work);
		}
	}
	pthread_mutex_unlock(&till->mutex);
	return counted;
}

static void write_change(
    struct journal_record *record, const struct change *change, struct arena *arena)
{
	record->change = change_write(change, arena);
	record->check = journal_check(record->change);
}

bool till_begin(struct store *store, uint64_t call, const char *till_id, const struct change *begin)
{
	struct till *till = till_of(store);
	AUTO_ARENA struct arena arena = { 0 };
	struct journal_record record = { .number = call };
	struct slice written = { NULL, 0 };

	write_change(&record, begin, &arena);
	pthread_mutex_lock(&till->mutex);
	if (till->journal && !till->journal_lags && strcmp(till->id, till_id) == 0)
		written = journal_put(till->journal, &record);
	if (written.ptr) {
		book_keep(&till->book, call, written);
		if (!till->show)
			pthread_cond_signal(&till->work);
		till->show = true;
	} else {
		rate_book_end(&till->rates, call);
		book_undo(&till->book, call);
	}
	pthread_mutex_unlock(&till->mutex);
	return written.ptr != NULL;
}

/* ---- ends ---- */

static void add_part_locked(struct till *till, const struct till_part *part)
{
	struct till_batch *batch = &till->batch;

	if (batch->count == batch->room) {
		size_t room = batch->room ? batch->room * 2 : 64;
		struct till_part *grown = alloc_zero(room, sizeof *grown);

		if (batch->count)
			memcpy(grown, batch->parts, batch->count * sizeof *grown);
		free(batch->parts);
		batch->parts = grown;
		batch->room = room;
	}
	if (batch->count == 0)
		batch->since_ms = till_now_ms();
	if (batch->count == 0 || batch->count == BATCH_MOST)
		pthread_cond_signal(&till->work);
	batch->parts[batch->count++] = *part;
	batch->bytes += part->record.len;
}

/* False: there is no such call any more. */
static bool end_call_locked(struct till *till, const struct change_mark *mark)
{
	if (mark->what & TILL_TOKENS) { /* its end is the mark after it */
		if (book_has(&till->book, mark->what & ~TILL_TOKENS))
			rate_book_tokens(&till->rates, mark->what & ~TILL_TOKENS, mark->amount);
		return true;
	}
	if (!book_end(&till->book, mark->what, mark->amount))
		return false;
	rate_book_end(&till->rates, mark->what);
	return true;
}

/* True: it has been handed in, or its calls are another's to charge.  False: it is the store's, as
 * it ends no call that a lease covers, and nothing is here that must stand before it. */
static bool hand_in_locked(
    struct till *till, struct change *change, struct journal_record *record, struct arena *arena)
{
	struct till_part part = { .change = change, .marked = record->mark_count > 0 };
	bool ours = till->journal != NULL;

	if (!part.marked && !till->batch.count && !till->sending)
		return false;
	for (size_t i = 0; i < record->mark_count; i++)
		ours = end_call_locked(till, &record->marks[i]) && ours;
	if (!ours && part.marked) {
		log_event(LOG_ERROR, "till", "a call that was given up as lost has ended");
		change_free(change);
		return true;
	}
	if (!ours)
		return false;
	if (!record->change.ptr)
		write_change(record, change, arena);
	/* One that is on its way has the next number; this one goes with the report after it. */
	record->number = till->number + 1 + till->sending;
	part.record = journal_put(till->journal, record);
	if (!part.record.ptr) {
		part.record = journal_record_alone(record);
		part.aside = (char *)part.record.ptr;
		till->journal_lags = true;
	}
	add_part_locked(till, &part);
	till->used_ms = till_now_ms();
	return true;
}

/* The store's own: with the next commit, or at once for somebody who waits for the money. */
static void end_exact(struct store *store, struct change *change, bool waited)
{
	if (waited)
		store_apply_later(store, change);
	else
		store_apply_in_company(store, change);
}

void till_apply_later(struct store *store, struct change *change)
{
	struct till *till = till_of(store);
	struct journal_record record = { .is_end = true };
	bool waited = line_waiters(store) > 0, taken;
	AUTO_ARENA struct arena arena = { 0 };

	record.mark_count = change_marks(change, &record.marks);
	if (record.mark_count > 0) /* without the lock, where it is sure that it is needed */
		write_change(&record, change, &arena);
	pthread_mutex_lock(&till->mutex);
	taken = till->threaded && hand_in_locked(till, change, &record, &arena);
	if (taken && waited && !till->urgent) { /* for the money that it gives back */
		till->urgent = true;
		pthread_cond_signal(&till->work);
	}
	pthread_mutex_unlock(&till->mutex);
	if (!taken)
		end_exact(store, change, waited);
}

/* ---- for others ---- */

void till_recall(struct store *store, int64_t window_id)
{
	struct till *till = till_of(store);

	pthread_mutex_lock(&till->mutex);
	if (!till->recall)
		till->recall = recall_map(store, false);
	if (till->recall)
		recall_ring(till->recall, window_id);
	pthread_mutex_unlock(&till->mutex);
}

int64_t till_used(struct store *store, int64_t window_id)
{
	struct till *till = till_of(store);
	int64_t used;

	pthread_mutex_lock(&till->mutex);
	used = till->threaded ? book_used(&till->book, window_id) : 0;
	pthread_mutex_unlock(&till->mutex);
	return used;
}

struct rate_back till_rate_idle(
    struct store *store, const char *scope, const char *scope_id, int64_t *out_slots)
{
	struct till *till = till_of(store);
	struct rate_back idle;

	pthread_mutex_lock(&till->mutex);
	idle = rate_book_idle(&till->rates, scope, scope_id, out_slots);
	pthread_mutex_unlock(&till->mutex);
	return idle;
}

void till_catch_up(struct store *store)
{
	struct till *till = till_of(store);
	struct timespec until;
	int64_t number;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CATCH_UP_MS / 1000;
	pthread_mutex_lock(&till->mutex);
	number = till->number + till->sending + (till->batch.count > 0);
	if (till->journal && number > till->number) {
		till->urgent = true;
		pthread_cond_signal(&till->work);
	}
	while (till->journal && till->number < number &&
	       pthread_cond_timedwait(&till->reported, &till->mutex, &until) == 0)
		;
	pthread_mutex_unlock(&till->mutex);
	store_catch_up(store);
}
