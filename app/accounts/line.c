/*
 * The line in a mapped file.  See the header.
 *
 * A place is taken by exchanging its ticket, so no lock is ever held by a process that may die.
 * Tickets are drawn from one counter and say who came first.  A waiter sleeps on the place's bell
 * (a futex), which it reads before it looks whether it may go; so a call in between is not lost.
 * A fiber cannot sleep on a futex: a thread of its process, the listener, does that for all of them
 * and wakes those whose bell rang.  It begins with the first fiber that waits.  The kernel tells
 * processes apart by a mask, so those that were not meant sleep on.
 */
#include "accounts/line.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/fiber.h"
#include "store/shared_page.h"

#include "base/banned.h"

#define PLACES      1024 /* a mod_fcgid of 64 processes has 64, four workers at most 256 */
#define MAGIC       UINT64_C(0x31656e694c795753) /* "SWyLine1": another layout gets another */
#define SEEN_MS     1500
#define LOOK_US     20000 /* a fiber looks at its bell, where no listener could be started */
#define STACK_BYTES ((size_t)64 * 1024)

struct place {
	_Atomic uint64_t ticket; /* 0: free */
	_Atomic uint64_t key;    /* hash of its id */
	_Atomic int64_t window;
	_Atomic int64_t since_ms, seen_ms; /* monotonic */
	_Atomic uint32_t bell;
	_Atomic int32_t process;
	uint64_t spare[2];
};

struct table {
	_Atomic uint64_t magic;
	_Atomic uint64_t tickets;
	_Atomic int32_t used;  /* places that were ever taken: none beyond is */
	_Atomic uint32_t rung; /* bells: what listeners sleep on */
	uint32_t spare[10];
	struct place places[PLACES];
};

struct line {
	pthread_mutex_t mutex;        /* guards the mapping's making, and: */
	struct fiber *fibers[PLACES]; /* of this process, that wait at a place */
	uint32_t heard[PLACES];       /* their bells, when they began to */
	bool listens, ends;
	int32_t process; /* drawn: processes in two containers may have one pid */
	pthread_t listener;
	struct table *_Atomic table; /* NULL: not mapped yet */
};

/* ---- the file ---- */

static void *make_line(void)
{
	struct line *line = alloc_zero(1, sizeof *line);

	pthread_mutex_init(&line->mutex, NULL);
	digest_random(&line->process, sizeof line->process);
	return line;
}

/* Wakes the listeners of a process, and those that share its bit. */
static void line_rouse(struct table *table, int32_t process)
{
	atomic_fetch_add(&table->rung, 1);
	(void)syscall(SYS_futex, &table->rung, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL,
	    UINT32_C(1) << (process & 31));
}

static void free_line(void *companion)
{
	struct line *line = companion;

	if (line->listens) {
		pthread_mutex_lock(&line->mutex);
		line->ends = true;
		pthread_mutex_unlock(&line->mutex);
		line_rouse(line->table, line->process);
		pthread_join(line->listener, NULL);
	}
	if (line->table)
		munmap(line->table, sizeof *line->table);
	pthread_mutex_destroy(&line->mutex);
	free(line);
}

static struct line *line_of(struct store *store)
{
	return store_companion(store, make_line, free_line);
}

/* Of this process alone. */
static struct table *map_own(void)
{
	void *table = mmap(
	    NULL, sizeof(struct table), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return table == MAP_FAILED ? NULL : table;
}

/* For who waits: made where there is none.  For who calls: NULL where there is none. */
static struct table *table_of(struct store *store, bool must)
{
	struct line *line = line_of(store);
	struct table *table = atomic_load(&line->table);

	if (table)
		return table;
	pthread_mutex_lock(&line->mutex);
	table = atomic_load(&line->table);
	if (!table) {
		table = shared_page_map(store_path(store), "line", sizeof *table, MAGIC, must);
		if (!table && must)
			table = map_own();
		atomic_store(&line->table, table);
	}
	pthread_mutex_unlock(&line->mutex);
	return table;
}

void line_prepare(struct store *store)
{
	(void)table_of(store, true); /* it cannot be mapped: then who waits looks again */
}

/* ---- who goes first ---- */

static uint64_t line_hash_of(const char *key_id)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (const char *c = key_id; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
	return hash;
}

/* Times of before a start of the machine lie in the future. */
static bool line_is_taken(const struct place *place, int64_t now_ms)
{
	int64_t seen_ms = atomic_load(&place->seen_ms);

	return atomic_load(&place->ticket) != 0 && now_ms - seen_ms < SEEN_MS &&
	       seen_ms - now_ms < SEEN_MS;
}

/* Does this place go before one with that ticket, of that key? */
static bool goes_before(const struct place *place, uint64_t ticket, uint64_t key, int64_t now_ms)
{
	return atomic_load(&place->ticket) < ticket && line_is_taken(place, now_ms) &&
	       (atomic_load(&place->key) == key ||
		   now_ms - atomic_load(&place->since_ms) >= LINE_PATIENCE_MS);
}

static bool needs(const struct line_wish *wish, int64_t window)
{
	for (size_t i = 0; i < wish->window_count; i++)
		if (wish->windows[i] == window)
			return true;
	return false;
}

int64_t line_before(
    struct store *store, const struct line_wish *wish, const struct line_place *place)
{
	struct table *table = table_of(store, false);
	uint64_t ticket = place && place->line ? place->ticket : UINT64_MAX;
	int used = table ? atomic_load(&table->used) : 0;
	int64_t now_ms;
	uint64_t key;

	if (used == 0)
		return 0;
	now_ms = clock_mono_ms();
	key = line_hash_of(wish->key_id);
	for (int i = 0; i < used; i++) {
		const struct place *other = &table->places[i];
		int64_t window = atomic_load(&other->window);

		if (needs(wish, window) && goes_before(other, ticket, key, now_ms))
			return window;
	}
	return 0;
}

/* ---- waiting ---- */

static bool is_full(
    const struct table *table, int32_t process, uint64_t key, int most, int most_of_key)
{
	int64_t now_ms = clock_mono_ms();
	int used = atomic_load(&table->used), all = 0, of_key = 0;

	for (int i = 0; i < used; i++) {
		const struct place *place = &table->places[i];

		if (atomic_load(&place->process) != process || !line_is_taken(place, now_ms))
			continue;
		all++;
		of_key += atomic_load(&place->key) == key;
	}
	return all >= most || of_key >= most_of_key;
}

/* The first place that is free or was given up. */
static int take_place(struct table *table, uint64_t ticket, int64_t now_ms)
{
	for (int i = 0; i < PLACES; i++) {
		struct place *place = &table->places[i];
		uint64_t old = atomic_load(&place->ticket);
		int32_t used;

		if (line_is_taken(place, now_ms))
			continue;
		atomic_store(&place->seen_ms, now_ms);
		if (!atomic_compare_exchange_strong(&place->ticket, &old, ticket))
			continue;
		for (used = atomic_load(&table->used);
		     used <= i && !atomic_compare_exchange_weak(&table->used, &used, i + 1);)
			;
		return i;
	}
	return -1;
}

bool line_join(struct store *store, const struct line_wish *wish, int64_t window_id, int most,
    int most_of_key, struct line_place *out)
{
	struct table *table = table_of(store, true);
	uint64_t key = line_hash_of(wish->key_id), ticket;
	int64_t now_ms = clock_mono_ms();
	struct place *place;
	int number;

	if (!table || is_full(table, line_of(store)->process, key, most, most_of_key))
		return false;
	ticket = atomic_fetch_add(&table->tickets, 1) + 1;
	number = take_place(table, ticket, now_ms);
	if (number < 0)
		return false;
	place = &table->places[number];
	atomic_store(&place->key, key);
	atomic_store(&place->window, window_id);
	atomic_store(&place->since_ms, now_ms);
	atomic_store(&place->process, line_of(store)->process);
	*out = (struct line_place){ line_of(store), number, ticket, atomic_load(&place->bell) };
	return true;
}

/* The bells of fibers that wait are looked at after `rung` was read: none in between is missed. */
static void *line_listen(void *ctx)
{
	struct line *line = ctx;
	struct table *table = line->table;
	uint32_t bit = UINT32_C(1) << (line->process & 31);

	for (bool ends = false; !ends;) {
		uint32_t rung = atomic_load(&table->rung);
		int used = atomic_load(&table->used);

		pthread_mutex_lock(&line->mutex);
		for (int i = 0; i < used; i++)
			if (line->fibers[i] &&
			    atomic_load(&table->places[i].bell) != line->heard[i])
				fiber_wake(line->fibers[i]);
		ends = line->ends;
		pthread_mutex_unlock(&line->mutex);
		if (!ends)
			(void)syscall(
			    SYS_futex, &table->rung, FUTEX_WAIT_BITSET, rung, NULL, NULL, bit);
	}
	return NULL;
}

static void line_start_listening_locked(struct line *line)
{
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	line->listens = pthread_create(&line->listener, &attributes, line_listen, line) == 0;
	pthread_attr_destroy(&attributes);
}

/* How long its fiber may sleep without a look. */
static int64_t set_fiber(struct line *line, int number, uint32_t heard)
{
	int64_t sleep_us;

	pthread_mutex_lock(&line->mutex);
	line->fibers[number] = fiber_self();
	line->heard[number] = heard;
	if (!line->listens)
		line_start_listening_locked(line);
	sleep_us = line->listens ? INT64_MAX / 2 : LOOK_US;
	pthread_mutex_unlock(&line->mutex);
	return sleep_us;
}

static void unset_fiber(struct line *line, int number)
{
	pthread_mutex_lock(&line->mutex);
	line->fibers[number] = NULL;
	pthread_mutex_unlock(&line->mutex);
}

static void line_fiber_wait(
    struct line_place *own, struct place *place, uint32_t heard, int64_t most_ms)
{
	int64_t now_us, until_us = clock_mono_us() + most_ms * 1000;
	int64_t sleep_us = set_fiber(own->line, own->number, heard);

	while (atomic_load(&place->bell) == heard && (now_us = clock_mono_us()) < until_us)
		fiber_wait(until_us - now_us < sleep_us ? until_us : now_us + sleep_us);
	unset_fiber(own->line, own->number);
}

static void wait_for_bell(
    struct line_place *own, struct place *place, uint32_t heard, int64_t most_ms)
{
	struct timespec most = { most_ms / 1000, most_ms % 1000 * 1000000 };

	if (fiber_self())
		line_fiber_wait(own, place, heard, most_ms);
	else if (clock_is_fake())
		clock_sleep_ms(most_ms);
	else
		(void)syscall(SYS_futex, &place->bell, FUTEX_WAIT, heard, &most, NULL, 0);
}

bool line_sleep(struct line_place *own, int64_t most_ms)
{
	struct place *place = &atomic_load(&own->line->table)->places[own->number];
	uint32_t heard = own->heard;

	atomic_store(&place->seen_ms, clock_mono_ms());
	if (atomic_load(&place->bell) == heard && most_ms > 0)
		wait_for_bell(own, place, heard, most_ms);
	own->heard = atomic_load(&place->bell);
	atomic_store(&place->seen_ms, clock_mono_ms());
	return own->heard != heard;
}

/* ---- calling ---- */

static bool may_go(const struct table *table, int number, int used, int64_t now_ms)
{
	const struct place *place = &table->places[number];
	uint64_t ticket = atomic_load(&place->ticket), key = atomic_load(&place->key);
	int64_t window = atomic_load(&place->window);

	for (int i = 0; i < used; i++)
		if (i != number && atomic_load(&table->places[i].window) == window &&
		    goes_before(&table->places[i], ticket, key, now_ms))
			return false;
	return true;
}

static void ring(struct line *line, struct table *table, int number)
{
	struct place *place = &table->places[number];
	struct fiber *fiber;

	atomic_fetch_add(&place->bell, 1);
	(void)syscall(SYS_futex, &place->bell, FUTEX_WAKE, 1, NULL, NULL, 0);
	pthread_mutex_lock(&line->mutex);
	fiber = line->fibers[number];
	if (fiber)
		fiber_wake(fiber);
	pthread_mutex_unlock(&line->mutex);
	if (!fiber)
		line_rouse(table, atomic_load(&place->process));
}

static void call_all(struct line *line, struct table *table)
{
	int64_t now_ms = clock_mono_ms();
	int used = atomic_load(&table->used);

	for (int i = 0; i < used; i++) {
		if (line_is_taken(&table->places[i], now_ms) && may_go(table, i, used, now_ms))
			ring(line, table, i);
	}
}

void line_leave(struct line_place *own)
{
	struct table *table;
	uint64_t ticket = own->ticket;

	if (!own->line)
		return;
	table = atomic_load(&own->line->table);
	(void)atomic_compare_exchange_strong(&table->places[own->number].ticket, &ticket, 0);
	call_all(own->line, table);
	*own = (struct line_place){ 0 };
}

void line_call(struct store *store)
{
	struct table *table = table_of(store, false);

	if (table)
		call_all(line_of(store), table);
}

int line_waiters(struct store *store)
{
	struct table *table = table_of(store, false);
	int used = table ? atomic_load(&table->used) : 0, count = 0;
	int64_t now_ms = used > 0 ? clock_mono_ms() : 0;

	for (int i = 0; i < used; i++)
		count += line_is_taken(&table->places[i], now_ms);
	return count;
}
