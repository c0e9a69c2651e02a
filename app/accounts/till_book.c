/*
 * Drawers and running calls.  See the header.
 */
#include "accounts/till_book.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

#define PROBES        8
#define LOOK_MS       1000  /* figures of a window are good for so long */
#define KEEP_MS       10000 /* a lease that nobody uses is given back after this time */
#define LEAST_TIMES   2     /* calls a second: below it exact holds are as good */
#define SHARES_OF_ALL 5     /* all leases of a window together, in shares of one */
#define PPM           1000000

/* ---- drawers ---- */

static size_t first_of(int64_t window_id)
{
	return (size_t)((uint64_t)window_id * UINT64_C(0x9e3779b97f4a7c15) >> 54);
}

static struct drawer *drawer_find(const struct till_book *book, int64_t window_id)
{
	for (size_t i = 0; i < PROBES; i++) {
		const struct drawer *d =
		    &book->drawers[(first_of(window_id) + i) & (BOOK_DRAWERS - 1)];

		if (d->window_id == window_id)
			return (struct drawer *)d;
	}
	return NULL;
}

static bool is_empty(const struct drawer *d)
{
	return d->idle == 0 && d->open == 0 && d->unreported == 0 && d->reporting == 0 &&
	       !d->leased && !d->asking;
}

/* Its drawer, or one that is free or was not used for longest; NULL: all are in use. */
static struct drawer *drawer_find_or_make(struct till_book *book, int64_t window_id)
{
	struct drawer *found = drawer_find(book, window_id), *oldest = NULL;

	if (found)
		return found;
	for (size_t i = 0; i < PROBES; i++) {
		struct drawer *d = &book->drawers[(first_of(window_id) + i) & (BOOK_DRAWERS - 1)];

		if (is_empty(d) && (!oldest || d->used_ms < oldest->used_ms))
			oldest = d;
	}
	if (oldest)
		*oldest = (struct drawer){ .window_id = window_id };
	return oldest;
}

/* ---- what is asked for ---- */

static void roll(struct drawer *d, int64_t second)
{
	if (second == d->second)
		return;
	d->asked_before = second == d->second + 1 ? d->asked : 0;
	d->times_before = second == d->second + 1 ? d->times : 0;
	d->peak = d->asked_before > d->peak * 3 / 4 ? d->asked_before : d->peak * 3 / 4;
	d->asked = d->times = 0;
	d->second = second;
	if (d->times_before == 0)
		d->largest = 0;
}

void book_ask(struct till_book *book, const int64_t *windows, size_t count, int64_t bound_nano,
    int64_t now_ms)
{
	for (size_t i = 0; i < count; i++) {
		struct drawer *d = drawer_find_or_make(book, windows[i]);

		if (!d)
			continue;
		roll(d, now_ms / 1000);
		if (!__builtin_add_overflow(d->asked, bound_nano, &d->asked))
			d->times++;
		else
			d->asked = INT64_MAX;
		if (bound_nano > d->largest)
			d->largest = bound_nano;
		d->used_ms = now_ms;
	}
}

/* What is to lie idle: 0 where calls are few. */
static int64_t target_of(const struct drawer *d, const struct till_rules *rules, int64_t now_ms)
{
	int64_t rate = d->asked > d->peak ? d->asked : d->peak, target;
	bool often = d->times >= LEAST_TIMES || d->times_before >= LEAST_TIMES;

	if (!often || now_ms - d->used_ms >= KEEP_MS)
		return 0;
	if (__builtin_mul_overflow(rate, rules->lasting_ms, &target))
		return d->largest;
	target /= 1000;
	return target > d->largest ? target : d->largest;
}

static bool drawer_lacks(const struct drawer *d, const struct till_rules *rules, int64_t now_ms)
{
	int64_t target = target_of(d, rules, now_ms);

	if (d->looked_ms && now_ms - d->looked_ms < LOOK_MS && d->cap < target)
		target = d->cap;
	return !d->recalled && target > 0 && target >= d->largest &&
	       (d->idle < target / 2 || d->idle < d->largest);
}

bool book_lacks(const struct till_book *book, const struct till_rules *rules,
    const int64_t *windows, size_t count, int64_t now_ms)
{
	for (size_t i = 0; i < count; i++) {
		const struct drawer *d = drawer_find(book, windows[i]);

		if (d && drawer_lacks(d, rules, now_ms))
			return true;
	}
	return false;
}

/* ---- calls ---- */

static struct book_call *new_call(struct till_book *book)
{
	for (size_t i = 0; i < BOOK_CALLS && book->call_count < BOOK_CALLS; i++) {
		size_t place = (book->next_call + i) % BOOK_CALLS;

		if (book->calls[place].serial)
			continue;
		book->next_call = place + 1;
		book->serials++;
		book->call_count++;
		book->calls[place].serial = book->serials * BOOK_CALLS + place;
		return &book->calls[place];
	}
	return NULL;
}

static struct book_call *book_call_of(struct till_book *book, uint64_t serial)
{
	struct book_call *call = &book->calls[serial % BOOK_CALLS];

	return serial && call->serial == serial ? call : NULL;
}

bool book_has(struct till_book *book, uint64_t serial)
{
	return book_call_of(book, serial) != NULL;
}

static bool covers(const struct till_book *book, int64_t window_id, int64_t bound_nano)
{
	const struct drawer *d = drawer_find(book, window_id);

	return d && !d->recalled && d->idle >= bound_nano;
}

uint64_t book_hold(struct till_book *book, const int64_t *windows, size_t count, int64_t bound_nano)
{
	struct book_call *call;

	for (size_t i = 0; i < count; i++)
		if (!covers(book, windows[i], bound_nano))
			return 0;
	call = new_call(book);
	if (!call)
		return 0;
	call->bound_nano = bound_nano;
	call->windows = alloc_zero(count + 1, sizeof *call->windows);
	call->window_count = count;
	for (size_t i = 0; i < count; i++) {
		struct drawer *d = drawer_find(book, windows[i]);

		d->idle -= bound_nano;
		d->open += bound_nano;
		d->calls++;
		call->windows[i] = windows[i];
	}
	return call->serial;
}

void book_keep(struct till_book *book, uint64_t serial, struct slice record)
{
	book_call_of(book, serial)->record = record;
}

static void forget(struct till_book *book, struct book_call *call)
{
	free(call->windows);
	*call = (struct book_call){ .serial = 0 };
	book->call_count--;
}

bool book_end(struct till_book *book, uint64_t serial, int64_t covered_nano)
{
	struct book_call *call = book_call_of(book, serial);

	if (!call)
		return false;
	for (size_t i = 0; i < call->window_count; i++) {
		struct drawer *d = drawer_find(book, call->windows[i]);

		d->open -= call->bound_nano;
		d->unreported += covered_nano;
		d->idle += call->bound_nano - covered_nano;
		d->calls--;
	}
	forget(book, call);
	return true;
}

void book_undo(struct till_book *book, uint64_t serial)
{
	(void)book_end(book, serial, 0);
}

/* ---- reports ---- */

bool book_recalls(struct till_book *book, const struct recall *recall)
{
	bool found = false;

	for (size_t i = 0; i < BOOK_DRAWERS; i++) {
		struct drawer *d = &book->drawers[i];
		int64_t when;

		if (!d->window_id)
			continue;
		if (recall_stands(recall, d->window_id, &when)) {
			if (when != d->recall_seen) {
				d->recall_seen = when;
				found = found || !is_empty(d);
			}
			d->recalled = true;
		} else if (d->open == 0) {
			d->recalled = false;
		}
	}
	return found;
}

static int64_t surplus(
    const struct drawer *d, const struct till_rules *rules, bool closing, int64_t now_ms)
{
	int64_t target = target_of(d, rules, now_ms);

	if (closing || d->recalled || now_ms - d->used_ms >= KEEP_MS)
		return d->idle;
	return d->idle / 2 > target && d->idle / 2 > d->largest ? d->idle - target : 0;
}

static struct bank_line drawer_line(
    struct drawer *d, const struct till_rules *rules, bool closing, int64_t now_ms)
{
	struct bank_line line = { .window_id = d->window_id,
		.back_nano = surplus(d, rules, closing, now_ms),
		.open_nano = d->open,
		.calls = d->calls };

	line.ends = d->leased && d->idle == line.back_nano && d->open == 0 && d->unreported == 0;
	d->reporting += d->unreported;
	d->unreported = 0;
	line.shows =
	    d->leased && (d->open != d->shown_open || d->calls != d->shown_calls) && !line.ends;
	line.want_nano = !closing && !line.back_nano && drawer_lacks(d, rules, now_ms);
	d->idle -= line.back_nano;
	d->asking = line.want_nano > 0;
	d->shown_open = d->open;
	d->shown_calls = d->calls;
	if (line.ends)
		d->leased = false;
	return line;
}

size_t book_lines(struct till_book *book, const struct recall *recall,
    const struct till_rules *rules, bool closing, int64_t now_ms, struct arena *arena,
    struct bank_line **out)
{
	size_t count = 0;

	(void)book_recalls(book, recall);
	*out = arena_room(arena, BOOK_DRAWERS * sizeof **out);
	for (size_t i = 0; i < BOOK_DRAWERS; i++) {
		struct drawer *d = &book->drawers[i];
		struct bank_line line;

		if (!d->window_id)
			continue;
		roll(d, now_ms / 1000);
		line = drawer_line(d, rules, closing, now_ms);
		if (line.back_nano || line.want_nano || line.shows || line.ends)
			(*out)[count++] = line;
	}
	return count;
}

/* So many millionths, without leaving the range. */
static int64_t part_of(int64_t nano, int64_t ppm)
{
	return nano <= 0 ? 0 : nano / PPM * ppm + nano % PPM * ppm / PPM;
}

void book_size(struct till_book *book, const struct till_rules *rules, struct bank_line *line,
    const struct bank_window *window, int64_t now_ms)
{
	struct drawer *d = drawer_find(book, line->window_id);
	int64_t unheld = window->limit_nano - window->spent_nano - window->held_nano, all, target;

	line->want_nano = 0;
	if (!d)
		return;
	all = part_of(unheld + window->leased_nano, rules->share_ppm * SHARES_OF_ALL) -
	      window->leased_nano;
	d->cap = part_of(unheld, rules->share_ppm);
	if (all < d->cap - d->idle)
		d->cap = d->idle + (all > 0 ? all : 0);
	d->looked_ms = now_ms;
	target = target_of(d, rules, now_ms);
	if (target > d->cap)
		target = d->cap;
	if (target >= d->largest && target > d->idle)
		line->want_nano = target - d->idle;
}

void book_answered(struct till_book *book, const struct bank_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct drawer *d = drawer_find(book, lines[i].window_id);

		if (d && lines[i].given_nano > 0) {
			d->idle += lines[i].given_nano;
			d->leased = true;
		}
		if (d)
			d->asking = false;
	}
	for (size_t i = 0; i < BOOK_DRAWERS; i++)
		book->drawers[i].reporting = 0;
}

bool book_is_empty(const struct till_book *book)
{
	if (book->call_count)
		return false;
	for (size_t i = 0; i < BOOK_DRAWERS; i++)
		if (book->drawers[i].window_id && !is_empty(&book->drawers[i]))
			return false;
	return true;
}

int64_t book_used(const struct till_book *book, int64_t window_id)
{
	const struct drawer *d = drawer_find(book, window_id);

	return d ? d->open + d->unreported + d->reporting : 0;
}

void book_release(struct till_book *book)
{
	for (size_t i = 0; i < BOOK_CALLS; i++)
		if (book->calls[i].serial)
			forget(book, &book->calls[i]);
	memset(book->drawers, 0, sizeof book->drawers);
}
