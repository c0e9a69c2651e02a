/*
 * The till's two threads: one reports, one waits for the bell that calls leases back.
 *
 * A till is opened when a call could use it, and closed when nobody has for a minute, so that an
 * idle process leaves nothing behind.
 */
#include <stdlib.h>
#include <string.h>

#include "accounts/ledger.h"
#include "accounts/till_state.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"

#include "base/banned.h"

#define GATHER_MS     50    /* from the first change that is handed in to its report */
#define SHOW_MS       100   /* until others see what running calls hold */
#define KEPT_TIMES    20    /* both are so much longer while each commit is dear */
#define TICK_MS       1000  /* leases are looked over so often while there are some */
#define BEAT_MS       30000 /* a till with running calls says that it lives */
#define CLOSE_MS      60000 /* without anything in it */
#define AGAIN_MS      100   /* after a report that failed */
#define LOUD_TRIES    2     /* a locked file is tried for two seconds each time */
#define CLOSING_TRIES 20    /* then its journal is left to whoever comes next */
#define STACK_BYTES   ((size_t)512 << 10)

void till_empty(struct till_batch *batch, bool free_changes)
{
	for (size_t i = 0; i < batch->count; i++) {
		if (free_changes)
			change_free(batch->parts[i].change);
		free(batch->parts[i].aside);
	}
	free(batch->parts);
	*batch = (struct till_batch){ .count = 0 };
}

/* ---- the journal ---- */

/* Only what must stand in it now: calls that run, and changes that are not reported. */
static void turn_journal_locked(struct till *till)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct till_batch *batch = &till->batch;
	struct slice **records =
	    arena_alloc(&arena, (till->book.call_count + batch->count + 1) * sizeof *records);
	size_t count = 0;

	for (size_t i = 0; i < BOOK_CALLS; i++)
		if (till->book.calls[i].record.ptr)
			records[count++] = &till->book.calls[i].record;
	for (size_t i = 0; i < batch->count; i++)
		records[count++] = &batch->parts[i].record;
	if (!journal_turn(till->journal, records, count))
		return;
	for (size_t i = 0; i < batch->count; i++) {
		free(batch->parts[i].aside);
		batch->parts[i].aside = NULL;
	}
	till->journal_lags = false;
}

/* ---- reports ---- */

static struct change **changes_of(const struct till_batch *batch, struct arena *arena)
{
	struct change **changes = arena_alloc(arena, (batch->count + 1) * sizeof *changes);

	for (size_t i = 0; i < batch->count; i++)
		changes[i] = batch->parts[i].change;
	return changes;
}

/* What its lines want is looked up without the lock; so much of it is then asked for. */
static void size_wishes(struct till *till, struct bank_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct bank_window window = { .limit_nano = 0 };
		struct error err;

		if (!lines[i].want_nano)
			continue;
		if (till->bank->look(till->store, lines[i].window_id, &window, &err) != 1)
			window = (struct bank_window){ .limit_nano = 0 };
		pthread_mutex_lock(&till->mutex);
		book_size(&till->book, &till->rules, &lines[i], &window, till_now_ms());
		pthread_mutex_unlock(&till->mutex);
	}
}

/* The same for limits.  A figure that cannot be read takes nothing. */
static void size_rates(struct till *till, struct bank_rate *rates, size_t count, int64_t second)
{
	for (size_t i = 0; i < count; i++) {
		struct bank_use use = { 0 };
		struct error err;
		bool known;

		if (!rates[i].wants)
			continue;
		known = till->bank->use(till->store, &rates[i], second, &use, &err) == 0;
		pthread_mutex_lock(&till->mutex);
		if (known)
			rate_book_size(
			    &till->rates, &rates[i], &use, till->rules.share_ppm, till_now_ms());
		else
			rates[i].wants = false;
		pthread_mutex_unlock(&till->mutex);
	}
}

static bool is_broken(const struct error *err)
{
	return strstr(err->text, "constraint failed") != NULL;
}

static bool is_closing(struct till *till)
{
	bool closing;

	pthread_mutex_lock(&till->mutex);
	closing = till->closing;
	pthread_mutex_unlock(&till->mutex);
	return closing;
}

/* Sends it until it is known what became of it.  -1: it cannot be reported: never, or not before
 * the process ends. */
static int send_report(struct till *till, struct bank_report *report, enum bank_state *out_state)
{
	struct error err = { 0 };

	for (int tries = 1; till->bank->report(till->store, report, out_state, &err) != 0;
	     tries++) {
		if (tries == LOUD_TRIES)
			log_event(LOG_ERROR, "till", "a report waits: %s", err.text);
		if (is_broken(&err))
			return -1;
		if (is_closing(till) && tries >= CLOSING_TRIES)
			return -1;
		clock_pause_us(AGAIN_MS * 1000);
	}
	return 0;
}

/* Its leases are another's to charge: nothing of them may be used any more.  Holds that are exact
 * are ended all the same. */
static void lose_locked(struct till *till)
{
	struct till_batch *const batches[] = { &till->sent, &till->batch };
	size_t lost = till->book.call_count;

	for (size_t b = 0; b < 2; b++) {
		for (size_t i = 0; i < batches[b]->count; i++) {
			struct till_part *part = &batches[b]->parts[i];

			lost += part->marked;
			if (part->marked)
				change_free(part->change);
			else
				store_apply_later(till->store, part->change);
		}
		till_empty(batches[b], false);
	}
	log_event(LOG_ERROR, "till",
	    "what this process had leased was given up as lost and is charged in full; %zu calls "
	    "have no record",
	    lost);
	journal_free(till->journal);
	till->journal = NULL;
	journal_remove(till->store, till->id);
	book_release(&till->book);
	memset(&till->rates, 0, sizeof till->rates);
	till->sending = false;
	pthread_cond_broadcast(&till->reported);
}

/* What it carried is given back without the lock. */
static struct till_batch note_answer_locked(struct till *till, const struct bank_report *report)
{
	struct till_batch sent = till->sent;

	till->number = report->number;
	till->sending = false;
	book_answered(&till->book, report->lines, report->line_count);
	rate_book_answered(&till->rates, report->rates, report->rate_count);
	till->sent = (struct till_batch){ .count = 0 };
	till->beat_ms = till->shown_ms = till_now_ms();
	if (till->journal_lags || journal_is_long(till->journal))
		turn_journal_locked(till);
	pthread_cond_broadcast(&till->reported);
	return sent;
}

/* A report that can never be made: what is leased is charged in full. */
static void give_up(struct till *till)
{
	struct bank_till self = { till->id, ledger_owner(), till->number, 0 };
	struct error err = { 0 };
	bool had_leases;

	if (till->bank->lose(till->store, &self, clock_wall_ms(), &had_leases, &err) < 0)
		log_event(LOG_ERROR, "till", "%s", err.text);
	pthread_mutex_lock(&till->mutex);
	lose_locked(till);
	pthread_mutex_unlock(&till->mutex);
}

/* One report.  False: the till is not open any more. */
static bool make_report(struct till *till, bool closing)
{
	struct bank_report report = { .till_id = till->id };
	AUTO_ARENA struct arena arena = { 0 };
	enum bank_state state = BANK_DONE;
	int64_t second = clock_wall_ms() / 1000;
	struct till_batch past = { .count = 0 };
	int sent;

	pthread_mutex_lock(&till->mutex);
	till->sent = till->batch;
	till->batch = (struct till_batch){ .count = 0 };
	till->urgent = till->wanted = till->show = false;
	till->sending = true;
	report.number = till->number + 1;
	report.until_ms = clock_wall_ms() + till->rules.reach_ms;
	report.line_count = book_lines(&till->book, till->recall, &till->rules,
	    closing || !till->rules.enabled, till_now_ms(), &arena, &report.lines);
	report.rate_count = rate_book_lines(&till->rates, till->recall,
	    closing || !till->rules.enabled, second, till_now_ms(), &arena, &report.rates);
	report.parts = changes_of(&till->sent, &arena);
	report.part_count = till->sent.count;
	pthread_mutex_unlock(&till->mutex);
	size_wishes(till, report.lines, report.line_count);
	size_rates(till, report.rates, report.rate_count, second);
	sent = send_report(till, &report, &state);
	if (sent != 0 && !is_closing(till)) {
		give_up(till);
		return false;
	}
	pthread_mutex_lock(&till->mutex);
	if (sent == 0 && state == BANK_GONE)
		lose_locked(till);
	else if (sent == 0)
		past = note_answer_locked(till, &report);
	pthread_mutex_unlock(&till->mutex);
	till_empty(&past, true);
	return sent == 0 && state == BANK_DONE;
}

/* ---- the reporter ---- */

static void wait_locked(struct till *till, int64_t most_ms)
{
	struct timespec until;

	if (most_ms < 0) {
		pthread_cond_wait(&till->work, &till->mutex);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += most_ms % 1000 * 1000000L;
	until.tv_sec += most_ms / 1000 + until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	pthread_cond_timedwait(&till->work, &till->mutex, &until);
}

static bool holds_anything_locked(const struct till *till)
{
	return !book_is_empty(&till->book) || !rate_book_is_empty(&till->rates);
}

static bool is_due_locked(const struct till *till)
{
	return till->closing || till->urgent || till->wanted || till->batch.count > BATCH_MOST;
}

/* How long until a report is due, if nothing happens; 0: now. */
static int64_t due_ms_locked(const struct till *till)
{
	int64_t now = till_now_ms(), due = till->used_ms + CLOSE_MS,
		times = store_is_kept(till->store) ? KEPT_TIMES : 1;

	if (is_due_locked(till))
		return 0;
	if (till->batch.count && till->batch.since_ms + times * GATHER_MS < due)
		due = till->batch.since_ms + times * GATHER_MS;
	if (till->show && till->shown_ms + times * SHOW_MS < due)
		due = till->shown_ms + times * SHOW_MS;
	if (holds_anything_locked(till) && till->shown_ms + TICK_MS < due)
		due = till->shown_ms + TICK_MS;
	if (till->beat_ms + BEAT_MS < due)
		due = till->beat_ms + BEAT_MS;
	return due > now ? due - now : 0;
}

/* True: something is to be reported; false: the till is idle, or to be closed. */
static bool wait_for_work_locked(struct till *till)
{
	for (;;) {
		int64_t due_ms = due_ms_locked(till);

		if (due_ms > 0) {
			wait_locked(till, due_ms);
			continue;
		}
		return !till->closing &&
		       !(!holds_anything_locked(till) && !till->batch.count && !till->urgent &&
			   !till->wanted && till_now_ms() - till->used_ms >= CLOSE_MS);
	}
}

/* NULL: it was told why, and the bank has no such till. */
static struct journal *open_journal(struct till *till, const char *id)
{
	struct journal *journal = NULL;
	struct error err = { 0 };
	bool opened = till->bank->open(till->store, id, ledger_owner(),
			  clock_wall_ms() + till->rules.reach_ms, &err) == 0;

	if (opened)
		journal = journal_new(till->store, id, &err);
	if (!journal)
		log_event(LOG_ERROR, "till", "no leases: %s", err.text);
	if (opened && !journal)
		(void)till->bank->close(till->store, id, 0, NULL); /* or when this process ends */
	return journal;
}

static bool open_till(struct till *till)
{
	struct journal *journal;
	char id[sizeof till->id];

	memcpy(id, digest_new_id().text, sizeof(struct digest_id));
	journal = open_journal(till, id);
	if (!journal)
		return false;
	pthread_mutex_lock(&till->mutex);
	memcpy(till->id, id, sizeof id);
	till->number = 0;
	till->journal = journal;
	till->journal_lags = false;
	till->used_ms = till->shown_ms = till->beat_ms = till_now_ms();
	pthread_mutex_unlock(&till->mutex);
	return true;
}

/* Everything is given back and reported.  True: it is over, or with calls that still run its
 * journal is left to whoever comes after this process. */
static bool close_till(struct till *till)
{
	struct error err = { 0 };
	bool over, closing;

	if (!make_report(till, true))
		return true;
	pthread_mutex_lock(&till->mutex);
	over = !till->book.call_count && !till->batch.count;
	closing = till->closing && !till->batch.count;
	if (over) { /* from here on nobody can hold from it */
		journal_free(till->journal);
		till->journal = NULL;
		book_release(&till->book);
		memset(&till->rates, 0, sizeof till->rates);
	}
	pthread_mutex_unlock(&till->mutex);
	if (!over)
		return closing;
	if (till->bank->close(till->store, till->id, till->number, &err) == 0)
		journal_remove(till->store, till->id);
	else
		log_event(LOG_ERROR, "till", "%s", err.text);
	return true;
}

static void serve_till(struct till *till)
{
	bool goes_on, over = false;

	while (!over) {
		pthread_mutex_lock(&till->mutex);
		goes_on = wait_for_work_locked(till);
		pthread_mutex_unlock(&till->mutex);
		over = goes_on ? !make_report(till, false) : close_till(till);
	}
}

static void *report_for_ever(void *ctx)
{
	struct till *till = ctx;

	for (;;) {
		bool closing;

		pthread_mutex_lock(&till->mutex);
		while (!till->wanted && !till->closing)
			wait_locked(till, -1);
		closing = till->closing;
		till->wanted = false;
		pthread_mutex_unlock(&till->mutex);
		if (closing)
			return NULL;
		if (open_till(till))
			serve_till(till);
		else
			clock_pause_us(TICK_MS * 1000);
	}
}

void till_hear_locked(struct till *till)
{
	bool money = book_recalls(&till->book, till->recall),
	     rates = rate_book_recalls(&till->rates, till->recall);

	till->heard_ms = till_now_ms();
	if (money || rates) {
		till->urgent = true;
		pthread_cond_signal(&till->work);
	}
}

static void *watch_for_ever(void *ctx)
{
	struct till *till = ctx;
	uint32_t heard = 0;

	for (;;) {
		bool closing;

		pthread_mutex_lock(&till->mutex);
		closing = till->closing;
		till_hear_locked(till);
		pthread_mutex_unlock(&till->mutex);
		if (closing)
			return NULL;
		heard = recall_wait(till->recall, heard);
	}
}

/* ---- beginning ---- */

static bool start(pthread_t *thread, void *(*run)(void *ctx), struct till *till)
{
	pthread_attr_t attributes;
	bool started;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	started = pthread_create(thread, &attributes, run, till) == 0;
	pthread_attr_destroy(&attributes);
	return started;
}

bool till_start(struct till *till)
{
	till->watched = start(&till->watcher, watch_for_ever, till);
	till->threaded = till->watched && start(&till->reporter, report_for_ever, till);
	return till->threaded;
}
