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
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "store/shared_page.h"

#include "base/banned.h"

#define MAGIC      UINT64_C(0x316e727554577953) /* "SyWTurn1": another layout gets another */
#define LOOK_MS    5   /* then it is looked whether he whose turn it is lives */
#define MOST_AHEAD 10  /* who is further behind waits no longer than this one */
#define OWNERS     256 /* a power of two; more wait seldom, and then one is taken for another */

struct turn {
	_Atomic uint64_t magic;
	_Atomic uint32_t tickets; /* the next one to be drawn */
	_Atomic uint32_t served;  /* whose turn it is */
	_Atomic pid_t owners[OWNERS];
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

/* Calls the next ticket, unless a later one was called. */
static void call_after(struct turn *turn, uint32_t ticket)
{
	uint32_t served = atomic_load(&turn->served);

	while (is_before(served, ticket + 1) &&
	       !atomic_compare_exchange_weak(&turn->served, &served, ticket + 1))
		;
	if (atomic_load(&turn->tickets) != ticket + 1)
		(void)syscall(SYS_futex, &turn->served, FUTEX_WAKE_BITSET, INT_MAX, NULL, NULL,
		    bit_of(ticket + 1));
}

/* Of another container's nothing is known: then he counts as dead, which costs no more than a look
 * at the lock. */
static bool is_dead(struct turn *turn, uint32_t ticket)
{
	return kill(atomic_load(&turn->owners[ticket % OWNERS]), 0) != 0 && errno == ESRCH;
}

/* All of them up to the next one that lives: a host that went down leaves as many as had waited. */
static bool pass_over_dead(struct turn *turn, uint32_t served, uint32_t ticket)
{
	uint32_t next = served;

	while (is_before(next, ticket) && is_dead(turn, next))
		call_after(turn, next++);
	return next != served;
}

static struct timespec in_ms(int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += ms * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	return until;
}

/* Until `served` is another.  True: nothing has moved for so long that this ticket goes on: the
 * next one first, the others later. */
static bool sleep_while(struct turn *turn, uint32_t served, uint32_t ticket)
{
	uint32_t ahead = ticket - served < MOST_AHEAD ? ticket - served : MOST_AHEAD;

	for (int looks = 0; looks < TURN_STALLED_MS / LOOK_MS; looks++) {
		struct timespec until = in_ms((int64_t)LOOK_MS * ahead);

		while (atomic_load(&turn->served) == served)
			if (syscall(SYS_futex, &turn->served, FUTEX_WAIT_BITSET, served, &until,
				NULL, bit_of(ticket)) != 0 &&
			    errno == ETIMEDOUT)
				break;
		if (atomic_load(&turn->served) != served)
			return false;
		if (pass_over_dead(turn, served, ticket))
			return false;
	}
	return true;
}

uint32_t turn_begin(struct turn *turn)
{
	uint32_t ticket, served;

	if (!turn)
		return 0;
	ticket = atomic_fetch_add(&turn->tickets, 1);
	atomic_store(&turn->owners[ticket % OWNERS], getpid());
	while (served = atomic_load(&turn->served), is_before(served, ticket))
		if (sleep_while(turn, served, ticket))
			break;
	return ticket;
}

void turn_end(struct turn *turn, uint32_t ticket)
{
	if (turn)
		call_after(turn, ticket);
}
