/*
 * A carrier's loop: fibers that are ready run; parts whose time has come are called; then the
 * thread waits for descriptors, times and other threads.  See the header.
 *
 * All that a carrier has belongs to its thread, but for the inbox, where other threads leave
 * fibers that they wake and fibers to be.
 */
#include "base/fiber.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fiber_stack.h"
#include "base/fiber_times.h"

#include "base/banned.h"

#define PARTS_MAX   8
#define EVENTS_ONCE 64
#define IDLE_KEPT   64     /* fibers with their stacks, for the next ones */
#define TRIM_US     500000 /* stacks of those that have waited so long are trimmed */
#define NO_ROOM_US  50000  /* until a stack is tried for again */

struct fiber {
	struct carrier *carrier;
	struct fiber_stack *stack;
	void (*run)(void *ctx);
	void *ctx;
	struct fiber *next; /* that is ready, or idle */
	bool waiting;       /* in fiber_wait, and nobody has woken it */
	bool told;          /* it woke itself before it waited */
	bool ended;
	struct fiber_time time;
	struct fiber *all_next, **all_link; /* that live */
	unsigned ticks, trim_at;

	struct fiber *woken_next; /* guarded by the carrier's mutex */
	bool is_woken;
};

struct birth { /* a fiber that is to be */
	struct birth *next;
	void (*run)(void *ctx);
	void *ctx;
};

struct watch {
	struct fiber *fiber;
	uint32_t wish, came;
};

struct carrier {
	int epoll_fd, wake_fd;
	struct fiber_stack own;
	struct fiber *running;
	struct fiber *ready, **ready_end;
	struct fiber *idle, *all;
	int idle_count, count;
	struct fiber_times times;
	struct carrier_part *parts[PARTS_MAX];
	struct watch *watches; /* by descriptor */
	size_t watch_room;
	struct birth *unborn;                   /* that found no room for a stack */
	int64_t trim_us;                        /* when stacks are trimmed next */
	struct epoll_event events[EVENTS_ONCE]; /* that came last */

	pthread_mutex_t mutex; /* guards the inbox, which is the rest */
	struct fiber *woken;
	struct birth *births, **births_end;
	bool asleep, stopping;
};

static _Thread_local struct carrier *current;

/* See base/banned.h. */
void fiber_count_lock(int change);

static _Thread_local int locks;

void fiber_count_lock(int change)
{
	locks += change;
}

struct carrier *carrier_current(void)
{
	return current;
}

struct fiber *fiber_self(void)
{
	return current ? current->running : NULL;
}

bool fiber_may_wait(void)
{
	return fiber_self() && locks <= 0;
}

/* ---- fibers ---- */

static void make_ready(struct carrier *carrier, struct fiber *fiber)
{
	fiber->next = NULL;
	*carrier->ready_end = fiber;
	carrier->ready_end = &fiber->next;
}

/* What every fiber does on its stack: one task after another. */
static void live(void)
{
	struct carrier *carrier = current;
	struct fiber *self = carrier->running;

	fiber_stack_entered(&carrier->own);
	for (;;) {
		self->run(self->ctx);
		self->ended = true;
		fiber_stack_step(self->stack, &carrier->own);
	}
}

static struct fiber *fiber_take(struct carrier *carrier)
{
	struct fiber *fiber = carrier->idle;
	struct fiber_stack *stack;

	if (fiber) {
		carrier->idle = fiber->next;
		carrier->idle_count--;
		return fiber;
	}
	stack = fiber_stack_new(live);
	if (!stack)
		return NULL;
	fiber = alloc_zero(1, sizeof *fiber);
	fiber->stack = stack;
	fiber->carrier = carrier;
	return fiber;
}

static bool bear(struct carrier *carrier, void (*run)(void *ctx), void *ctx)
{
	struct fiber *fiber = fiber_take(carrier);

	if (!fiber)
		return false;
	fiber->run = run;
	fiber->ctx = ctx;
	fiber->ended = fiber->told = false;
	fiber->ticks = 0;
	fiber->trim_at = 1;
	fiber->all_next = carrier->all;
	fiber->all_link = &carrier->all;
	if (carrier->all)
		carrier->all->all_link = &fiber->all_next;
	carrier->all = fiber;
	carrier->count++;
	make_ready(carrier, fiber);
	return true;
}

static void free_fiber(struct fiber *fiber)
{
	fiber_stack_free(fiber->stack);
	free(fiber);
}

/* It has ended.  One that another thread is about to wake stays. */
static void bury(struct carrier *carrier, struct fiber *fiber)
{
	bool keep = carrier->idle_count < IDLE_KEPT;

	fiber_times_remove(&carrier->times, &fiber->time);
	*fiber->all_link = fiber->all_next;
	if (fiber->all_next)
		fiber->all_next->all_link = fiber->all_link;
	carrier->count--;
	if (!keep) {
		pthread_mutex_lock(&carrier->mutex);
		keep = fiber->is_woken;
		pthread_mutex_unlock(&carrier->mutex);
	}
	if (!keep) {
		free_fiber(fiber);
		return;
	}
	fiber->next = carrier->idle;
	carrier->idle = fiber;
	carrier->idle_count++;
}

static void run_ready(struct carrier *carrier)
{
	struct fiber *fiber = carrier->ready, *next;

	carrier->ready = NULL;
	carrier->ready_end = &carrier->ready;
	for (; fiber; fiber = next) {
		next = fiber->next;
		carrier->running = fiber;
		fiber_stack_step(&carrier->own, fiber->stack);
		carrier->running = NULL;
		if (fiber->ended)
			bury(carrier, fiber);
	}
}

/* A fiber that is ready will see what it is woken for. */
static void wake_here(struct carrier *carrier, struct fiber *fiber)
{
	if (fiber->waiting) {
		fiber->waiting = false;
		make_ready(carrier, fiber);
	} else if (fiber == carrier->running) {
		fiber->told = true;
	}
}

void fiber_wait(int64_t until_us)
{
	struct carrier *carrier = current;
	struct fiber *self = carrier->running;

	assert(fiber_may_wait());
	if (!self->told) {
		self->waiting = true;
		fiber_times_set(&carrier->times, &self->time, until_us);
		fiber_stack_step(self->stack, &carrier->own);
	}
	self->told = false;
}

/* ---- the inbox ---- */

static void rouse_locked(struct carrier *carrier)
{
	uint64_t one = 1;

	if (carrier->asleep && write(carrier->wake_fd, &one, sizeof one) > 0)
		carrier->asleep = false;
}

void fiber_wake(struct fiber *fiber)
{
	struct carrier *carrier = fiber->carrier;

	if (carrier == current) {
		wake_here(carrier, fiber);
		return;
	}
	pthread_mutex_lock(&carrier->mutex);
	if (!fiber->is_woken) {
		fiber->is_woken = true;
		fiber->woken_next = carrier->woken;
		carrier->woken = fiber;
		rouse_locked(carrier);
	}
	pthread_mutex_unlock(&carrier->mutex);
}

void fiber_start(struct carrier *carrier, void (*run)(void *ctx), void *ctx)
{
	struct birth *birth;

	if (carrier == current && bear(carrier, run, ctx))
		return;
	birth = alloc_zero(1, sizeof *birth);
	*birth = (struct birth){ NULL, run, ctx };
	pthread_mutex_lock(&carrier->mutex);
	*carrier->births_end = birth;
	carrier->births_end = &birth->next;
	rouse_locked(carrier);
	pthread_mutex_unlock(&carrier->mutex);
}

void carrier_stop(struct carrier *carrier)
{
	pthread_mutex_lock(&carrier->mutex);
	carrier->stopping = true;
	rouse_locked(carrier);
	pthread_mutex_unlock(&carrier->mutex);
}

/* Those that find no room wait for it. */
static void bear_all(struct carrier *carrier, struct birth *births)
{
	struct birth **end = &carrier->unborn;

	while (*end)
		end = &(*end)->next;
	*end = births;
	while ((births = carrier->unborn) && bear(carrier, births->run, births->ctx)) {
		carrier->unborn = births->next;
		free(births);
	}
}

/* True when nothing is left to do but to wait, or to end. */
static bool empty_inbox(struct carrier *carrier, bool *out_stopping)
{
	struct birth *births;

	pthread_mutex_lock(&carrier->mutex);
	for (; carrier->woken; carrier->woken = carrier->woken->woken_next) {
		carrier->woken->is_woken = false;
		wake_here(carrier, carrier->woken);
	}
	births = carrier->births;
	carrier->births = NULL;
	carrier->births_end = &carrier->births;
	carrier->asleep = !births && !carrier->ready;
	*out_stopping = carrier->stopping;
	pthread_mutex_unlock(&carrier->mutex);
	bear_all(carrier, births);
	return !carrier->ready;
}

/* ---- times ---- */

static void trim_stacks(struct carrier *carrier, int64_t now_us)
{
	if (now_us < carrier->trim_us)
		return;
	carrier->trim_us = now_us + TRIM_US;
	for (struct fiber *fiber = carrier->all; fiber; fiber = fiber->all_next) {
		if (++fiber->ticks < fiber->trim_at || !fiber->waiting)
			continue;
		fiber_stack_trim(fiber->stack); /* at 1, 2, 4 ... times TRIM_US of its life */
		fiber->trim_at = fiber->ticks * 2;
	}
}

static void call_due(struct carrier *carrier)
{
	int64_t now_us = clock_mono_us();
	struct fiber_time *due;

	for (unsigned i = 0; i < PARTS_MAX; i++) {
		struct carrier_part *part = carrier->parts[i];

		if (!part || !part->due_us || part->due_us > now_us)
			continue;
		part->due_us = 0;
		part->due(part);
	}
	while ((due = fiber_times_due(&carrier->times, now_us))) {
		struct fiber *fiber = (struct fiber *)((char *)due - offsetof(struct fiber, time));

		if (fiber->waiting)
			wake_here(carrier, fiber);
	}
	if (carrier->count > 0)
		trim_stacks(carrier, now_us);
}

static int wait_ms(const struct carrier *carrier)
{
	int64_t next_us = fiber_times_next(&carrier->times), left_us;

	for (unsigned i = 0; i < PARTS_MAX; i++) {
		const struct carrier_part *part = carrier->parts[i];

		if (part && part->due_us && part->due_us < next_us)
			next_us = part->due_us;
	}
	if (carrier->count > 0 && carrier->trim_us < next_us)
		next_us = carrier->trim_us;
	left_us = next_us - clock_mono_us();
	if (carrier->unborn && left_us > NO_ROOM_US)
		left_us = NO_ROOM_US;
	return left_us <= 0 ? 0 : left_us > 3600000000 ? 3600000 : (int)((left_us + 999) / 1000);
}

/* ---- descriptors ---- */

/* Most are in the set already, by whomever. */
static int arm(const struct carrier *carrier, uint64_t part, int fd, uint32_t events, uint64_t what)
{
	struct epoll_event event = { .events = events,
		.data.u64 = part << CARRIER_WHAT_BITS | what };

	if (!(events & EPOLLEXCLUSIVE) &&
	    epoll_ctl(carrier->epoll_fd, EPOLL_CTL_MOD, fd, &event) == 0)
		return 0;
	return epoll_ctl(carrier->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

int carrier_watch(const struct carrier_part *part, int fd, uint32_t events, uint64_t what)
{
	return arm(part->carrier, part->number, fd, events, what);
}

void carrier_unwatch(const struct carrier_part *part, int fd)
{
	(void)epoll_ctl(part->carrier->epoll_fd, EPOLL_CTL_DEL, fd, NULL); /* gone is gone */
}

static struct watch *watch_of(struct carrier *carrier, int fd)
{
	size_t need = (size_t)fd + 1, room = carrier->watch_room ? carrier->watch_room : 256;

	if (need > carrier->watch_room) {
		while (room < need)
			room *= 2;
		carrier->watches = alloc_grow(carrier->watches, room, sizeof(struct watch));
		memset(carrier->watches + carrier->watch_room, 0,
		    (room - carrier->watch_room) * sizeof(struct watch));
		carrier->watch_room = room;
	}
	return &carrier->watches[fd];
}

/* A descriptor that cannot be watched is one on which something has happened. */
void fiber_watch(int fd, uint32_t events)
{
	struct carrier *carrier = current;
	struct watch *watch = watch_of(carrier, fd);
	uint64_t what = (unsigned)fd;

	*watch = (struct watch){ carrier->running, events, 0 };
	events |= EPOLLONESHOT;
	if (arm(carrier, PARTS_MAX, fd, events, what) != 0)
		watch->came = EPOLLERR;
}

uint32_t fiber_watched(int fd)
{
	return watch_of(current, fd)->came;
}

void fiber_unwatch(int fd)
{
	*watch_of(current, fd) = (struct watch){ NULL, 0, 0 };
}

static void watch_event(struct carrier *carrier, uint64_t what, uint32_t events)
{
	struct watch *watch = watch_of(carrier, (int)what);

	if (!watch->fiber || watch->came)
		return;
	watch->came = events;
	wake_here(carrier, watch->fiber);
}

static uint32_t poll_here(int fd, uint32_t events, int64_t until_us)
{
	struct pollfd one = { .fd = fd, .events = (short)events }; /* the bits are the same */
	int64_t left_us;

	do {
		left_us = until_us == INT64_MAX ? 60000000 : until_us - clock_mono_us();
		if (left_us < 0)
			left_us = 0;
		if (poll(&one, 1, left_us > 60000000 ? 60000 : (int)((left_us + 999) / 1000)) > 0)
			return (uint32_t)one.revents;
	} while (left_us > 0);
	return 0;
}

uint32_t fiber_poll(int fd, uint32_t events, int64_t until_us)
{
	struct watch before;
	uint32_t came;

	if (!fiber_self())
		return poll_here(fd, events, until_us);
	before = *watch_of(current, fd);
	fiber_watch(fd, events);
	while (!(came = fiber_watched(fd)) && clock_mono_us() < until_us)
		fiber_wait(until_us);
	if (before.fiber && !before.came)
		fiber_watch(fd, before.wish);
	else
		*watch_of(current, fd) = before;
	return came;
}

static void take_events(struct carrier *carrier, int timeout_ms)
{
	struct epoll_event *events = carrier->events;
	int count = epoll_wait(carrier->epoll_fd, events, EVENTS_ONCE, timeout_ms);

	for (int i = 0; i < count; i++) {
		uint64_t data = events[i].data.u64, number = data >> CARRIER_WHAT_BITS,
			 what = data & ((UINT64_C(1) << CARRIER_WHAT_BITS) - 1);

		if (number < PARTS_MAX && carrier->parts[number])
			carrier->parts[number]->event(
			    carrier->parts[number], what, events[i].events);
		else if (number == PARTS_MAX)
			watch_event(carrier, what, events[i].events);
		else if (number == PARTS_MAX + 1 && read(carrier->wake_fd, &what, sizeof what) < 0)
			continue; /* somebody wrote, and that is all there is to know */
	}
}

/* ---- a carrier ---- */

struct carrier *carrier_new(void)
{
	struct carrier *carrier = alloc_zero(1, sizeof *carrier);

	pthread_mutex_init(&carrier->mutex, NULL);
	carrier->ready_end = &carrier->ready;
	carrier->births_end = &carrier->births;
	carrier->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	carrier->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (carrier->epoll_fd < 0 || carrier->wake_fd < 0 ||
	    arm(carrier, PARTS_MAX + 1, carrier->wake_fd, EPOLLIN, 0) != 0) {
		carrier_free(carrier);
		return NULL;
	}
	return carrier;
}

void carrier_run(struct carrier *carrier)
{
	bool stopping = false;

	current = carrier;
	fiber_stack_init_own(&carrier->own);
	while (!stopping || carrier->count > 0 || carrier->unborn) {
		bool idle;

		run_ready(carrier);
		call_due(carrier);
		idle = empty_inbox(carrier, &stopping);
		if (!stopping || carrier->count > 0)
			take_events(carrier, idle ? wait_ms(carrier) : 0);
	}
	fiber_stack_release_own(&carrier->own);
	current = NULL;
}

void carrier_free(struct carrier *carrier)
{
	struct fiber *next;

	if (!carrier)
		return;
	for (unsigned i = 0; i < PARTS_MAX; i++)
		if (carrier->parts[i])
			carrier_remove(carrier->parts[i]);
	for (struct fiber *fiber = carrier->idle; fiber; fiber = next) {
		next = fiber->next;
		free_fiber(fiber);
	}
	if (carrier->epoll_fd >= 0)
		close(carrier->epoll_fd);
	if (carrier->wake_fd >= 0)
		close(carrier->wake_fd);
	fiber_times_release(&carrier->times);
	free(carrier->watches);
	pthread_mutex_destroy(&carrier->mutex);
	free(carrier);
}

void carrier_add(struct carrier *carrier, struct carrier_part *part)
{
	unsigned number = 0;

	while (number < PARTS_MAX && carrier->parts[number])
		number++;
	assert(number < PARTS_MAX);
	part->carrier = carrier;
	part->number = number;
	carrier->parts[number] = part;
}

void carrier_remove(struct carrier_part *part)
{
	part->carrier->parts[part->number] = NULL;
	if (part->release)
		part->release(part);
}

struct carrier_part *carrier_find(struct carrier *carrier, const void *owner)
{
	for (unsigned i = 0; i < PARTS_MAX; i++)
		if (carrier->parts[i] && carrier->parts[i]->owner == owner)
			return carrier->parts[i];
	return NULL;
}
