/*
 * Requests, tokens and slots that were counted ahead.  See the header.
 */
#include "accounts/rate_book.h"

#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define PROBES      8
#define KEEP_MS     10000 /* as for money */
#define NONE_MS     1000  /* where there was no room it is looked for again after this time */
#define LATE_S      5     /* a call may come so late; more is a clock that was set */
#define LEAST_TIMES 2     /* calls a second: below it counting each is as good */

/* ---- drawers ---- */

static uint64_t hash_of(const char *scope, const char *scope_id)
{
	const char *const texts[] = { scope, scope_id };
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t t = 0; t < 2; t++)
		for (const char *c = texts[t]; *c; c++)
			hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
	return hash ^ hash >> 32;
}

int64_t rate_recall_id(const char *scope, const char *scope_id)
{
	return (int64_t)(hash_of(scope, scope_id) >> 1);
}

static struct rate_drawer *rate_find(
    const struct rate_book *book, const char *scope, const char *scope_id)
{
	uint64_t first = hash_of(scope, scope_id);

	for (size_t i = 0; i < PROBES; i++) {
		const struct rate_drawer *d = &book->drawers[(first + i) & (RATE_DRAWERS - 1)];

		if (strcmp(d->scope_id, scope_id) == 0 && strcmp(d->scope, scope) == 0)
			return (struct rate_drawer *)d;
	}
	return NULL;
}

static struct rate_drawer *drawer_of(const struct rate_book *book, const struct rate_scope *item)
{
	return rate_find(book, item->scope, item->scope_id);
}

static bool has_backs(const struct rate_drawer *d)
{
	for (size_t i = 0; i < RATE_BACKS; i++)
		if (d->backs[i].second)
			return true;
	return false;
}

static bool is_unused(const struct rate_drawer *d)
{
	return !d->bucket && !d->slots && !d->open && !d->leased && !d->asking && !has_backs(d);
}

static struct rate_drawer *rate_find_or_make(struct rate_book *book, const struct rate_scope *item)
{
	struct rate_drawer *found = drawer_of(book, item), *oldest = NULL;
	uint64_t first = hash_of(item->scope, item->scope_id);

	if (found || strlen(item->scope_id) >= sizeof found->scope_id)
		return found;
	for (size_t i = 0; i < PROBES; i++) {
		struct rate_drawer *d = &book->drawers[(first + i) & (RATE_DRAWERS - 1)];

		if (is_unused(d) && (!oldest || d->used_ms < oldest->used_ms))
			oldest = d;
	}
	if (!oldest)
		return NULL;
	*oldest = (struct rate_drawer){ .limits = item->limits };
	snprintf(oldest->scope, sizeof oldest->scope, "%s", item->scope);
	snprintf(oldest->scope_id, sizeof oldest->scope_id, "%s", item->scope_id);
	return oldest;
}

/* ---- what is asked for ---- */

bool rate_book_suits(const struct rate_hold *hold)
{
	for (int i = 0; i < hold->count; i++) {
		const struct limits *limits = &hold->items[i].limits;

		if ((limits->rpm >= 0 && limits->rpm < RATE_LEAST) ||
		    (limits->parallel >= 0 && limits->parallel < SLOTS_LEAST) || limits->tpm == 0)
			return false;
	}
	return true;
}

static void rate_roll(struct rate_drawer *d, int64_t second)
{
	bool follows = second == d->second + 1;

	if (second <= d->second && d->second - second < LATE_S)
		return;
	d->asked_before = follows ? d->asked : 0;
	d->tokens_before = follows ? d->tokens_asked : 0;
	d->asked = d->tokens_asked = 0;
	d->second = second;
	d->peak = d->open > d->peak / 2 ? d->open : d->peak / 2;
	if (!d->asked_before)
		d->largest = 0;
}

static bool are_same(const struct limits *a, const struct limits *b)
{
	return a->rpm == b->rpm && a->tpm == b->tpm && a->parallel == b->parallel;
}

void rate_book_ask(
    struct rate_book *book, const struct rate_hold *hold, int64_t second, int64_t now_ms)
{
	for (int i = 0; i < hold->count; i++) {
		const struct rate_scope *item = &hold->items[i];
		struct rate_drawer *d = rate_find_or_make(book, item);

		if (!d)
			continue;
		rate_roll(d, second);
		d->asked++;
		d->tokens_asked += item->tokens;
		if (item->tokens > d->largest)
			d->largest = item->tokens;
		if (d->open + 1 > d->peak)
			d->peak = d->open + 1;
		d->stale = d->stale || !are_same(&d->limits, &item->limits);
		d->limits = item->limits;
		d->used_ms = now_ms;
	}
}

/* Its time is over, or the clock was set. */
static bool bucket_is_past(const struct rate_drawer *d, int64_t second)
{
	return d->bucket < second || d->bucket > second + RATE_AHEAD_S + 1;
}

static bool is_often(const struct rate_drawer *d)
{
	return d->asked >= LEAST_TIMES || d->asked_before >= LEAST_TIMES;
}

static bool may_want(const struct rate_drawer *d, int64_t now_ms)
{
	bool lately_none = d->none_ms && now_ms - d->none_ms < NONE_MS;

	return !d->recalled && !d->stale && !d->asking && !lately_none && is_often(d) &&
	       now_ms - d->used_ms < KEEP_MS;
}

/* More than half of a second's need is used, or its time is nearly over. */
static bool rate_lacks(const struct rate_drawer *d, int64_t second, int64_t now_ms)
{
	int64_t asked = d->asked > d->asked_before ? d->asked : d->asked_before;
	int64_t tokens = d->tokens_asked > d->tokens_before ? d->tokens_asked : d->tokens_before;

	if (!may_want(d, now_ms))
		return false;
	return d->bucket == second || bucket_is_past(d, second) || d->requests <= asked / 2 ||
	       d->tokens <= tokens / 2 || d->tokens < d->largest || d->slots + d->open < d->peak;
}

bool rate_book_lacks(
    const struct rate_book *book, const struct rate_hold *hold, int64_t second, int64_t now_ms)
{
	for (int i = 0; i < hold->count; i++) {
		const struct rate_drawer *d = drawer_of(book, &hold->items[i]);

		if (d && rate_lacks(d, second, now_ms))
			return true;
	}
	return false;
}

/* ---- calls ---- */

/* But for a slot. */
static bool rate_counts(const struct rate_drawer *d, const struct rate_scope *item, int64_t second)
{
	return d && !d->recalled && !d->stale && !bucket_is_past(d, second) &&
	       d->requests >= item->requests && d->tokens >= item->tokens;
}

bool rate_book_covers(const struct rate_book *book, const struct rate_hold *hold, int64_t second)
{
	for (int i = 0; hold && i < hold->count; i++) {
		const struct rate_drawer *d = drawer_of(book, &hold->items[i]);

		if (!rate_counts(d, &hold->items[i], second) || d->slots <= 0)
			return false;
	}
	return true;
}

bool rate_book_count(struct rate_book *book, const struct rate_hold *hold, int64_t second)
{
	for (int i = 0; i < hold->count; i++)
		if (!rate_counts(drawer_of(book, &hold->items[i]), &hold->items[i], second))
			return false;
	for (int i = 0; i < hold->count; i++)
		drawer_of(book, &hold->items[i])->requests -= hold->items[i].requests;
	return true;
}

void rate_book_take(struct rate_book *book, const struct rate_hold *hold, uint64_t call)
{
	struct rate_call *taken = &book->calls[call % BOOK_CALLS];

	taken->count = 0;
	for (int i = 0; hold && i < hold->count; i++) {
		const struct rate_scope *item = &hold->items[i];
		struct rate_drawer *d = drawer_of(book, item);

		d->requests -= item->requests;
		d->tokens -= item->tokens;
		d->slots--;
		d->open++;
		taken->parts[taken->count].drawer = (int)(d - book->drawers);
		taken->parts[taken->count].second = d->bucket;
		taken->parts[taken->count++].tokens = item->tokens;
	}
}

/* To be given back with the next report.  Where there is no room for one more bucket what is over
 * stays counted. */
static void put_back(struct rate_drawer *d, struct rate_back back)
{
	struct rate_back *place = NULL;

	for (size_t i = 0; i < RATE_BACKS; i++)
		if (d->backs[i].second == back.second)
			place = &d->backs[i];
	for (size_t i = 0; i < RATE_BACKS && !place; i++)
		if (!d->backs[i].second)
			place = &d->backs[i];
	if (!place && back.tokens > 0)
		return;
	if (!place)
		place = &d->backs[0];
	else
		place->second = back.second;
	place->requests += back.requests;
	place->tokens += back.tokens;
}

void rate_book_tokens(struct rate_book *book, uint64_t call, int64_t real_tokens)
{
	struct rate_call *taken = &book->calls[call % BOOK_CALLS];

	for (int i = 0; i < taken->count; i++) {
		struct rate_drawer *d = &book->drawers[taken->parts[i].drawer];
		int64_t over = taken->parts[i].tokens - real_tokens;

		if (d->bucket == taken->parts[i].second && d->tokens + over >= 0)
			d->tokens += over;
		else
			put_back(d, (struct rate_back){ taken->parts[i].second, 0, over });
	}
}

void rate_book_end(struct rate_book *book, uint64_t call)
{
	struct rate_call *taken = &book->calls[call % BOOK_CALLS];

	for (int i = 0; i < taken->count; i++) {
		book->drawers[taken->parts[i].drawer].open--;
		book->drawers[taken->parts[i].drawer].slots++;
	}
	taken->count = 0;
}

/* ---- reports ---- */

bool rate_book_recalls(struct rate_book *book, const struct recall *recall)
{
	bool found = false;

	for (size_t i = 0; i < RATE_DRAWERS; i++) {
		struct rate_drawer *d = &book->drawers[i];
		int64_t when;

		if (!d->scope[0])
			continue;
		d->recalled = recall_stands(recall, rate_recall_id(d->scope, d->scope_id), &when);
		if (d->recalled && when != d->recall_seen) {
			d->recall_seen = when;
			found = found || !is_unused(d);
		}
	}
	return found;
}

static void put_bucket_back(struct rate_drawer *d)
{
	if (d->bucket && (d->requests || d->tokens))
		put_back(d, (struct rate_back){ d->bucket, d->requests, d->tokens });
	d->bucket = d->requests = d->tokens = 0;
}

/* Idle slots that go back: all, or those beyond twice what is used. */
static int64_t spare_slots(const struct rate_drawer *d, bool all)
{
	int64_t spare = d->slots + d->open - 2 * d->peak - 2;

	if (all || spare > d->slots)
		return d->slots;
	return spare > 0 ? spare : 0;
}

static bool goes_back(const struct rate_drawer *d, bool closing, int64_t now_ms)
{
	return closing || d->recalled || d->stale || now_ms - d->used_ms >= KEEP_MS;
}

static struct bank_rate rate_line(
    struct rate_drawer *d, bool closing, int64_t second, int64_t now_ms)
{
	bool all = goes_back(d, closing, now_ms);
	struct bank_rate line = { .scope = d->scope, .scope_id = d->scope_id, .limits = d->limits };

	if (all || bucket_is_past(d, second))
		put_bucket_back(d);
	line.tells = has_backs(d);
	memcpy(line.backs, d->backs, sizeof line.backs);
	memset(d->backs, 0, sizeof d->backs);
	line.back_slots = spare_slots(d, all);
	d->slots -= line.back_slots;
	line.ends = d->leased && d->slots + d->open == 0;
	line.wants = !all && rate_lacks(d, second, now_ms);
	line.second = line.wants ? second + RATE_AHEAD_S : d->bucket;
	line.open = d->open;
	d->leased = d->leased && !line.ends;
	d->asking = line.wants;
	d->stale = false;
	line.tells = line.tells || line.back_slots || line.ends || line.wants;
	return line;
}

size_t rate_book_lines(struct rate_book *book, const struct recall *recall, bool closing,
    int64_t second, int64_t now_ms, struct arena *arena, struct bank_rate **out)
{
	size_t count = 0;

	(void)rate_book_recalls(book, recall);
	*out = NULL;
	for (size_t i = 0; i < RATE_DRAWERS; i++) {
		struct rate_drawer *d = &book->drawers[i];
		struct bank_rate line;

		if (!d->scope[0])
			continue;
		rate_roll(d, second);
		line = rate_line(d, closing, second, now_ms);
		if (line.tells && !*out)
			*out = arena_room(arena, RATE_DRAWERS * sizeof **out);
		if (line.tells)
			(*out)[count++] = line;
	}
	return count;
}

static int64_t most_of(int64_t limit, int64_t used, int64_t share_ppm)
{
	return limit < 0 ? INT64_MAX / 2 : limit > used ? (limit - used) * share_ppm / 1000000 : 0;
}

static int64_t least_of(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool is_large(const struct rate_drawer *d, const struct bank_use *use)
{
	return (d->limits.rpm < 0 || d->limits.rpm >= RATE_LEAST * use->tills) &&
	       (d->limits.parallel < 0 || d->limits.parallel >= SLOTS_LEAST);
}

void rate_book_size(struct rate_book *book, struct bank_rate *line, const struct bank_use *use,
    int64_t share_ppm, int64_t now_ms)
{
	struct rate_drawer *d = rate_find(book, line->scope, line->scope_id);
	int64_t asked = d->asked > d->asked_before ? d->asked : d->asked_before;
	int64_t tokens = d->tokens_asked > d->tokens_before ? d->tokens_asked : d->tokens_before;
	int64_t slots = d->peak + 1 - d->slots - d->open;

	line->requests =
	    least_of(asked * RATE_AHEAD_S, most_of(d->limits.rpm, use->requests, share_ppm));
	line->tokens =
	    least_of(tokens * RATE_AHEAD_S, most_of(d->limits.tpm, use->tokens, share_ppm));
	line->slots = d->limits.parallel < 0
			  ? slots
			  : least_of(slots, (d->limits.parallel - use->open + 3) / 4);
	if (line->slots < 0)
		line->slots = 0;
	line->wants = is_large(d, use) && line->requests > 0 && line->tokens >= d->largest &&
		      line->slots + d->slots + d->open > 0;
	d->none_ms = line->wants ? 0 : now_ms;
}

void rate_book_answered(struct rate_book *book, const struct bank_rate *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct rate_drawer *d = rate_find(book, lines[i].scope, lines[i].scope_id);

		d->asking = false;
		if (!lines[i].given)
			continue;
		if (d->bucket != lines[i].second)
			put_bucket_back(d);
		d->bucket = lines[i].second;
		d->requests += lines[i].requests;
		d->tokens += lines[i].tokens;
		d->slots += lines[i].slots;
		d->leased = true;
	}
}

bool rate_book_is_empty(const struct rate_book *book)
{
	for (size_t i = 0; i < RATE_DRAWERS; i++)
		if (book->drawers[i].scope[0] && !is_unused(&book->drawers[i]))
			return false;
	return true;
}

struct rate_back rate_book_idle(
    const struct rate_book *book, const char *scope, const char *scope_id, int64_t *out_slots)
{
	const struct rate_drawer *d = rate_find(book, scope, scope_id);

	*out_slots = d ? d->slots : 0;
	return d ? (struct rate_back){ d->bucket, d->requests, d->tokens }
		 : (struct rate_back){ .second = 0 };
}
