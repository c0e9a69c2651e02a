/*
 * Tickets and the number that is served.  See the header.
 *
 * A waiter sleeps on `served`.  Who ends wakes the next ticket alone: the kernel tells sleepers
 * apart by a mask, of which each ticket has one bit.
 */
#include "store/turn.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "store/shared_page.h"

#include "base/banned.h"

#define MAGIC      UINT64_C(0x316e727554577953) /* "SyWTurn1": another layout gets another */
#define MOST_AHEAD 10 /* who is further behind waits no longer than this one */

struct turn {
	_Atomic uint64_t magic;
	_Atomic uint32_t tickets; /* the next one to be drawn */
	_Atomic uint32_t served;  /* whose turn it is */
};

struct turn *turn_map(const char *database, bool make)
{
	return shared_page_map(database, "turn", sizeof(struct turn), MAGIC, make);
}

void turn_unmap(struct turn *turn)
{
	if (turn)
		munmap(turn, sizeof *turn);
}

static uint32_t bit_of(uint32_t ticket)
{
	return UINT32_C(1) << (ticket & 31);
}

/* Numbers go round. */
static bool is_before(uint32_t one, uint32_t other)
{
	return (int32_t)(one - other) < 0;
}

/* Until `served` is another.  True: nothing has moved for so long that this ticket goes on: the
 * next one first, the others later. */
static bool sleep_while(struct turn *turn, uint32_t served, uint32_t ticket)
{
	uint32_t ahead = ticket - served;
	int64_t most_ms = (int64_t)TURN_STALLED_MS * (ahead < MOST_AHEAD ? ahead : MOST_AHEAD);
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += most_ms * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	while (atomic_load(&turn->served) == served)
		if (syscall(SYS_futex, &turn->served, FUTEX_WAIT_BITSET, served, &until, NULL,
			bit_of(ticket)) != 0 &&
		    errno == ETIMEDOUT)
			return atomic_load(&turn->served) == served;
	return false;
}

uint32_t turn_begin(struct turn *turn)
{
	uint32_t ticket, served;

	if (!turn)
		return 0;
	ticket = atomic_fetch_add(&turn->tickets, 1);
	while (served = atomic_load(&turn->served), is_before(served, ticket))
		if (sleep_while(turn, served, ticket))
			break;
	return ticket;
}

void turn_end(struct turn *turn, uint32_t ticket)
{
	uint32_t served;

	if (!turn)
		return;
	served = atomic_load(&turn->served);
	while (is_before(served, ticket + 1) &&
	       !atomic_compare_exchange_weak(&turn->served, &served, ticket + 1))
		;
	if (atomic_load(&turn->tickets) != ticket + 1)
		(void)syscall(SYS_futex, &turn->served, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL,
		    bit_of(ticket + 1));
}
