#ifndef BASE_FIBER_H
#define BASE_FIBER_H

/*
 * Fibers: code that reads from top to bottom and holds no thread while it waits.
 *
 * A carrier is a thread with an epoll set.  It runs fibers one after another, each on a small
 * stack of its own (base/fiber_stack.h); a fiber gives way only where it waits, by the functions
 * below, clock_sleep_ms among them.  It stays with its carrier all its life, so a thread's own
 * variables hold, and what belongs to one carrier needs no lock.
 *
 * All that waits works without a fiber too, and then blocks its thread: CGI, the command line and
 * helper threads run the same code.  Every wait may end for nothing: look again whether what was
 * waited for is there.
 *
 * Never wait with a mutex held, but by waiters_wait_locked: another fiber of the carrier might
 * want it, and the first one could never give it back.  This is asserted.
 *
 * What may block a carrier, because it takes no longer than a step between fibers is worth: a
 * mutex that nobody holds while he waits for anything, the log, a read of the store (its pages are
 * in memory; where another process has locked the file, the fiber sleeps between two tries).  What
 * may not, because all requests of the carrier would wait for it, goes to fiber_aside: libpq and
 * hiredis, which have calls of their own, passwords, reads of many rows, curl_easy_perform.
 * Providers, readers of answers, the writer's disk, money and retries are waited for as a fiber.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct carrier;
struct fiber;

/* ---- carriers ---- */

struct carrier *carrier_new(void); /* NULL: errno says why */
/* Runs fibers in the calling thread, until it is told to stop and the last of them has ended. */
void carrier_run(struct carrier *carrier);
void carrier_stop(struct carrier *carrier); /* from any thread */
void carrier_free(struct carrier *carrier); /* none of its fibers is left; NULL is fine */
struct carrier *carrier_current(void);      /* NULL: this thread is none */

/* Starts a fiber there, from any thread.  When there is no memory for a stack it begins later. */
void fiber_start(struct carrier *carrier, void (*run)(void *ctx), void *ctx);

/*
 * Something else that lives on a carrier: it hears of descriptors and of times, on the carrier's
 * own stack, where nothing may wait.
 */
struct carrier_part {
	void (*event)(struct carrier_part *part, uint64_t what, uint32_t events);
	void (*due)(struct carrier_part *part); /* due_us (monotonic) has come and is 0 again */
	void (*release)(
	    struct carrier_part *part); /* of carrier_remove or _free; NULL: nothing to do */
	const void *owner;              /* for carrier_find */
	int64_t due_us;                 /* 0: never */
	struct carrier *carrier;
	unsigned number;
};
#define CARRIER_WHAT_BITS 56 /* of `what` */
void carrier_add(struct carrier *carrier, struct carrier_part *part);
void carrier_remove(struct carrier_part *part); /* in its carrier's thread: releases it */
struct carrier_part *carrier_find(struct carrier *carrier, const void *owner);
/* Waits for events on a descriptor, whatever was waited for before; epoll's rules hold. */
int carrier_watch(const struct carrier_part *part, int fd, uint32_t events, uint64_t what);
void carrier_unwatch(const struct carrier_part *part, int fd); /* from any thread */

/* ---- in a fiber ---- */

struct fiber *fiber_self(void); /* NULL: this is none */
bool fiber_may_wait(void);      /* it is one, and holds no mutex */

/* Waits until it is woken, or until a time (monotonic; INT64_MAX: for ever). */
void fiber_wait(int64_t until_us);
void fiber_wake(struct fiber *fiber); /* from any thread; the caller knows that it still lives */

/* Wakes this fiber, once, when one of the events (EPOLLIN ...) is there. */
void fiber_watch(int fd, uint32_t events);
uint32_t fiber_watched(int fd); /* what came; 0: nothing yet */
void fiber_unwatch(int fd);

/* Waits for one of the events: what came; 0: the time is over.  A watch of the same descriptor
 * holds on.  Without a fiber it is poll(2). */
uint32_t fiber_poll(int fd, uint32_t events, int64_t until_us);

/* Calls work(ctx) in a helper thread, and returns when it has ended; without a fiber it just calls
 * it. */
void fiber_aside(void (*work)(void *ctx), void *ctx);

/* ---- conditions ---- */

/* What threads and fibers wait for under one mutex, as pthread_cond_t is for threads. */
struct waiters {
	pthread_cond_t threads;
	struct waiter *first, **end; /* fibers */
};
void waiters_init(struct waiters *waiters);
void waiters_release(struct waiters *waiters);
/* Gives the mutex up meanwhile.  False: the time is over. */
bool waiters_wait_locked(struct waiters *waiters, pthread_mutex_t *mutex, int64_t until_us);
void waiters_wake_locked(struct waiters *waiters);     /* all */
void waiters_wake_one_locked(struct waiters *waiters); /* one fiber and one thread */

#endif
