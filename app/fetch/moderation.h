#ifndef FETCH_MODERATION_H
#define FETCH_MODERATION_H

/*
 * Interrupt moderation, as network drivers have it: where the events of streams come fast, their
 * carrier does not wake for each of them, but once a millisecond for all that came.
 *
 * Waking and going to sleep again is a fifth of what an event costs here, and the web server wakes
 * less often, too; a model's stream has an event each 10 to 50 ms, and nobody sees one.  So this is
 * for the sockets of streams in the middle alone.  Everything else of a carrier is heard at once,
 * as ever, and while events come slowly they are, too.
 *
 * Sockets whose next event may wait stand in an epoll set of their own.  While events come fast the
 * carrier asks it by the clock.  When they no longer do it watches the set itself, until each of
 * the sockets has had its next event, after which its owner puts it among the carrier's.  A
 * carrier's own, in its thread.  For fetch/ only.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/fiber.h"

struct moderation {
	struct carrier_part part;
	void (*hear)(struct moderation *moderation, int fd, bool is_ending);
	int epoll_fd;
	bool is_fast;
	unsigned count; /* of events, since: */
	int64_t since_us;
};

/*
 * -1: the kernel refuses (errno).  `hear` is called once for what a socket has to read; when that
 * may be the last, so that nothing more would be heard after a short read, is_ending.
 */
int moderation_begin(struct moderation *moderation, struct carrier *carrier,
    void (*hear)(struct moderation *moderation, int fd, bool is_ending));
void moderation_end(struct moderation *moderation); /* in its carrier's thread */

/* One more event that may wait is awaited.  True: by moderation_watch. */
bool moderation_counts(struct moderation *moderation);
int moderation_watch(const struct moderation *moderation, int fd); /* until _unwatch */
void moderation_unwatch(const struct moderation *moderation, int fd);

#endif
