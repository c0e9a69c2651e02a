/*
 * Helper threads for what blocks.  Declared in base/fiber.h.
 *
 * They are made when needed, up to a number that a small machine bears; what comes beyond waits
 * its turn.  One that had nothing to do for a while ends.
 */
#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/fiber.h"

#include "base/banned.h"

#define HELPERS_MAX 64
#define STACK_BYTES ((size_t)1 << 20)
#define IDLE_US     10000000

struct job {
	void (*work)(void *ctx);
	void *ctx;
	struct job *next;
	struct waiters *over;
	bool done;
};

/* Of the process, as threads are. */
static struct {
	pthread_mutex_t mutex; /* guards the rest, and `done` of each job */
	pthread_once_t once;
	struct waiters work;
	struct job *first, **end;
	int helpers, idle, queued;
} aside = { .mutex = PTHREAD_MUTEX_INITIALIZER, .once = PTHREAD_ONCE_INIT };

static void aside_begin(void)
{
	waiters_init(&aside.work);
	aside.end = &aside.first;
}

static bool wait_for_job_locked(void)
{
	int64_t until_us = clock_mono_us() + IDLE_US;
	bool in_time = true;

	aside.idle++;
	while (!aside.first && in_time)
		in_time = waiters_wait_locked(&aside.work, &aside.mutex, until_us);
	aside.idle--;
	return aside.first != NULL;
}

static void *help(void *ctx)
{
	pthread_mutex_lock(&aside.mutex);
	while (wait_for_job_locked()) {
		struct job *job = aside.first;

		aside.first = job->next;
		aside.queued--;
		if (!aside.first)
			aside.end = &aside.first;
		pthread_mutex_unlock(&aside.mutex);
		job->work(job->ctx);
		pthread_mutex_lock(&aside.mutex);
		job->done = true;
		waiters_wake_locked(job->over);
	}
	aside.helpers--;
	pthread_mutex_unlock(&aside.mutex);
	return NULL;
}

static bool add_helper(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool added;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	added = pthread_create(&thread, &attributes, help, NULL) == 0;
	pthread_attr_destroy(&attributes);
	return added;
}

void fiber_aside(void (*work)(void *ctx), void *ctx)
{
	struct waiters over;
	struct job job = { .work = work, .ctx = ctx, .over = &over };
	bool taken = true;

	if (!fiber_self()) {
		work(ctx);
		return;
	}
	pthread_once(&aside.once, aside_begin);
	waiters_init(&over);
	pthread_mutex_lock(&aside.mutex);
	if (aside.idle <= aside.queued && aside.helpers < HELPERS_MAX && add_helper())
		aside.helpers++;
	if (aside.helpers > 0) {
		*aside.end = &job;
		aside.end = &job.next;
		aside.queued++;
		waiters_wake_one_locked(&aside.work);
		while (!job.done)
			(void)waiters_wait_locked(&over, &aside.mutex, INT64_MAX); /* done tells */
	} else {
		taken = false; /* no thread can be had: then the carrier has to */
	}
	pthread_mutex_unlock(&aside.mutex);
	waiters_release(&over);
	if (!taken)
		work(ctx);
}
