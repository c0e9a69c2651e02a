/*
 * Events of streams by the clock.  See the header.
 */
#include "fetch/moderation.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"

#include "base/banned.h"

/*
 * The rate is looked at for so many events: long enough for streams that tick together.  They come
 * fast from 2,000 a second on, and slowly below 1,000: then a wake of the clock has only one.
 */
#define EVENTS_LOOKED_AT 256
#define FAST_US          128000
#define SLOW_US          256000

#define TICK_US     1000
#define EVENTS_ONCE 64

static void set_fast(struct moderation *moderation, bool is_fast)
{
	if (moderation->is_fast == is_fast ||
	    carrier_watch(&moderation->part, moderation->epoll_fd, is_fast ? 0 : EPOLLIN, 0) != 0)
		return;
	moderation->is_fast = is_fast;
	moderation->part.due_us = is_fast ? clock_mono_us() + TICK_US : 0;
}

static void begin_count(struct moderation *moderation, int64_t now_us)
{
	moderation->count = 0;
	moderation->since_us = now_us;
}

bool moderation_counts(struct moderation *moderation)
{
	int64_t now_us, took_us;

	if (++moderation->count >= EVENTS_LOOKED_AT) {
		now_us = clock_mono_us();
		took_us = now_us - moderation->since_us;
		set_fast(moderation, took_us < (moderation->is_fast ? SLOW_US : FAST_US));
		begin_count(moderation, now_us);
	}
	return moderation->is_fast;
}

/* True: there are more. */
static bool take_all(struct moderation *moderation)
{
	struct epoll_event events[EVENTS_ONCE];
	int count = epoll_wait(moderation->epoll_fd, events, EVENTS_ONCE, 0);

	for (int i = 0; i < count; i++)
		moderation->hear(
		    moderation, events[i].data.fd, (events[i].events & ~(uint32_t)EPOLLIN) != 0);
	return count == EVENTS_ONCE;
}

static void on_event(struct carrier_part *part, uint64_t what, uint32_t events)
{
	(void)take_all((struct moderation *)part); /* its first member; what is left wakes again */
}

static void on_due(struct carrier_part *part)
{
	struct moderation *moderation = (struct moderation *)part;
	int64_t now_us = clock_mono_us();

	part->due_us = take_all(moderation) ? now_us : now_us + TICK_US;
	if (now_us - moderation->since_us < SLOW_US)
		return;
	set_fast(moderation, false);
	begin_count(moderation, now_us);
}

int moderation_begin(struct moderation *moderation, struct carrier *carrier,
    void (*hear)(struct moderation *moderation, int fd, bool is_ending))
{
	*moderation = (struct moderation){ .part = { .event = on_event, .due = on_due },
		.hear = hear,
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
		.since_us = clock_mono_us() };
	if (moderation->epoll_fd < 0)
		return -1;
	carrier_add(carrier, &moderation->part);
	if (carrier_watch(&moderation->part, moderation->epoll_fd, EPOLLIN, 0) == 0)
		return 0;
	moderation_end(moderation);
	return -1;
}

void moderation_end(struct moderation *moderation)
{
	carrier_remove(&moderation->part);
	close(moderation->epoll_fd);
}

/* With EPOLLET: else the kernel would look at each socket twice for an event. */
int moderation_watch(const struct moderation *moderation, int fd)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.fd = fd };

	return epoll_ctl(moderation->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

void moderation_unwatch(const struct moderation *moderation, int fd)
{
	(void)epoll_ctl(moderation->epoll_fd, EPOLL_CTL_DEL, fd, NULL); /* gone is gone */
}
