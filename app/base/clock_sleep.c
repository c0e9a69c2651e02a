/*
 * Sleeping: a thread, a fiber, or a fake clock.  Declared in base/clock.h.
 */
#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "base/fiber.h"

#include "base/banned.h"

void clock_sleep_ms(int64_t duration_ms)
{
	struct timespec left;

	if (duration_ms <= 0)
		return;
	if (clock_is_fake()) {
		clock_fake_advance(duration_ms);
		return;
	}
	if (fiber_self()) {
		int64_t until_us = clock_mono_us() + duration_ms * 1000;

		while (clock_mono_us() < until_us)
			fiber_wait(until_us);
		return;
	}
	left = (struct timespec){ .tv_sec = duration_ms / 1000,
		.tv_nsec = duration_ms % 1000 * 1000000 };
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
		;
}

void clock_pause_us(int64_t duration_us)
{
	const struct timespec pause = { duration_us / 1000000, duration_us % 1000000 * 1000 };

	if (fiber_may_wait() && !clock_is_fake())
		fiber_wait(clock_mono_us() + duration_us);
	else
		(void)nanosleep(&pause, NULL);
}
