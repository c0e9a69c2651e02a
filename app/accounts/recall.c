/*
 * The bell for leases.  See the header.
 */
#include "accounts/recall.h"

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "store/shared_page.h"

#include "base/banned.h"

#define MAGIC    UINT64_C(0x316c6c6163655253) /* another layout gets another */
#define PLACES   1021                         /* a prime: ids of windows follow each other */
#define AGAIN_MS 100 /* a call that soon after another of the same place adds nothing */

struct recall {
	_Atomic uint64_t magic;
	_Atomic uint32_t bell;
	uint32_t spare;
	_Atomic int64_t when_ms[PLACES]; /* monotonic; 0: never */
};

struct recall *recall_map(const struct store *store, bool make)
{
	return shared_page_map(store_path(store), "recall", sizeof(struct recall), MAGIC, make);
}

void recall_unmap(struct recall *recall)
{
	if (recall)
		munmap(recall, sizeof *recall);
}

/* Not the fake clock: other processes are real. */
static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static const _Atomic int64_t *place_of(const struct recall *recall, int64_t window_id)
{
	return &recall->when_ms[(uint64_t)window_id % PLACES];
}

/* Times of before a start of the machine may lie in the future. */
static bool is_within(int64_t when_ms, int64_t span_ms)
{
	int64_t ago_ms = now_ms() - when_ms;

	return when_ms != 0 && ago_ms >= 0 && ago_ms < span_ms;
}

void recall_wake(struct recall *recall)
{
	atomic_fetch_add(&recall->bell, 1);
	(void)syscall(SYS_futex, &recall->bell, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

void recall_ring(struct recall *recall, int64_t window_id)
{
	_Atomic int64_t *place = &recall->when_ms[(uint64_t)window_id % PLACES];

	if (is_within(atomic_load(place), AGAIN_MS))
		return;
	atomic_store(place, now_ms());
	recall_wake(recall);
}

bool recall_stands(const struct recall *recall, int64_t window_id, int64_t *out_when)
{
	*out_when = atomic_load(place_of(recall, window_id));
	return is_within(*out_when, RECALL_STANDS_MS);
}

uint32_t recall_bell(const struct recall *recall)
{
	return atomic_load(&recall->bell);
}

uint32_t recall_wait(struct recall *recall, uint32_t heard)
{
	(void)syscall(SYS_futex, &recall->bell, FUTEX_WAIT, heard, NULL, NULL, 0);
	return atomic_load(&recall->bell);
}
