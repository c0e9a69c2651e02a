/*
 * Conditions for threads and fibers, and helper threads.  Declared in base/fiber.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fiber.h"
#include "base/log.h"

#include "base/banned.h"

struct waiter {
	struct fiber *fiber;
	struct waiter *next;
	bool woken; /* and no longer in the list */
};

void waiters_init(struct waiters *waiters)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&waiters->threads, &monotonic);
	pthread_condattr_destroy(&monotonic);
	waiters->first = NULL;
	waiters->end = &waiters->first;
}

void waiters_release(struct waiters *waiters)
{
	pthread_cond_destroy(&waiters->threads);
}

static void take_out(struct waiters *waiters, struct waiter *waiter)
{
	struct waiter **at = &waiters->first;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
	if (waiters->end == &waiter->next)
		waiters->end = at;
}

static bool wait_as_fiber(struct waiters *waiters, pthread_mutex_t *mutex, int64_t until_us)
{
	struct waiter *self = alloc_zero(1, sizeof *self);
	bool woken;

	self->fiber = fiber_self();
	*waiters->end = self;
	waiters->end = &self->next;
	while (!self->woken && clock_mono_us() < until_us) {
		pthread_mutex_unlock(mutex);
		fiber_wait(until_us);
		pthread_mutex_lock(mutex);
	}
	woken = self->woken;
	if (!woken)
		take_out(waiters, self);
	free(self);
	return woken;
}

bool waiters_wait_locked(struct waiters *waiters, pthread_mutex_t *mutex, int64_t until_us)
{
	int64_t left_us = until_us - clock_mono_us(); /* by a clock that may be a test's */
	struct timespec until;

	if (fiber_self())
		return wait_as_fiber(waiters, mutex, until_us);
	if (until_us == INT64_MAX)
		return pthread_cond_wait(&waiters->threads, mutex) == 0;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += left_us > 0 ? left_us % 1000000 * 1000 : 0;
	until.tv_sec += (left_us > 0 ? left_us / 1000000 : 0) + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return pthread_cond_timedwait(&waiters->threads, mutex, &until) != ETIMEDOUT;
}

static bool wake_fiber(struct waiters *waiters)
{
	struct waiter *waiter = waiters->first;

	if (!waiter)
		return false;
	take_out(waiters, waiter);
	waiter->woken = true;
	fiber_wake(waiter->fiber);
	return true;
}

void waiters_wake_locked(struct waiters *waiters)
{
	while (wake_fiber(waiters))
		;
	pthread_cond_broadcast(&waiters->threads);
}

void waiters_wake_one_locked(struct waiters *waiters)
{
	(void)wake_fiber(waiters); /* there may be none */
	pthread_cond_signal(&waiters->threads);
}
