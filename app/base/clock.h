#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/*
 * The time, real or fake.  Tests and `sideways simulate` start the fake clock: then both clocks
 * stand still until clock_fake_advance or clock_sleep_ms moves them.  Thread-safe.
 */
#include <stdbool.h>
#include <stdint.h>

int64_t clock_wall_ms(void); /* since 1970, UTC: for windows, logs and expiry */
int64_t clock_mono_us(void); /* never goes back: for latency and deadlines within a process */
static inline int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}
int64_t clock_real_ms(void); /* as clock_mono_ms, and never the fake one: for other processes */
void clock_sleep_ms(int64_t duration_ms);
/* Really sleeps, whatever a test's clock says: between two tries at what another process has. A
 * signal may end it early; a thread or fiber with a mutex blocks its thread. */
void clock_pause_us(int64_t duration_us);

void clock_fake_start(int64_t wall_ms);
void clock_fake_advance(int64_t duration_ms);
void clock_fake_stop(void);
bool clock_is_fake(void);

/* "2026-11-23T09:00:00Z" */
struct clock_text {
	char text[32];
};
struct clock_text clock_iso(int64_t wall_ms);

#endif
