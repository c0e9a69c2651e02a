/*
 * Real and fake time.  See the header.
 */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/banned.h"

static atomic_bool fake;
static _Atomic int64_t fake_wall_us; /* the fake wall time */
static _Atomic int64_t fake_mono_us;

static int64_t read_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_wall_ms(void)
{
	return (atomic_load(&fake) ? atomic_load(&fake_wall_us) : read_us(CLOCK_REALTIME)) / 1000;
}

int64_t clock_mono_us(void)
{
	return atomic_load(&fake) ? atomic_load(&fake_mono_us) : read_us(CLOCK_MONOTONIC);
}

int64_t clock_real_ms(void)
{
	return read_us(CLOCK_MONOTONIC) / 1000;
}

void clock_fake_start(int64_t wall_ms)
{
	atomic_store(&fake_mono_us, read_us(CLOCK_MONOTONIC));
	atomic_store(&fake_wall_us, wall_ms * 1000);
	atomic_store(&fake, true);
}

void clock_fake_advance(int64_t duration_ms)
{
	atomic_fetch_add(&fake_wall_us, duration_ms * 1000);
	atomic_fetch_add(&fake_mono_us, duration_ms * 1000);
}

void clock_fake_stop(void)
{
	atomic_store(&fake, false);
}

bool clock_is_fake(void)
{
	return atomic_load(&fake);
}

struct clock_text clock_iso(int64_t wall_ms)
{
	time_t seconds = (time_t)(wall_ms / 1000);
	struct clock_text out = { "" };
	struct tm utc;

	if (gmtime_r(&seconds, &utc))
		(void)strftime(out.text, sizeof out.text, "%Y-%m-%dT%H:%M:%SZ", &utc);
	return out;
}
