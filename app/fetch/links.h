#ifndef FETCH_LINKS_H
#define FETCH_LINKS_H

/*
 * Connections that are kept: each carrier has its own, and threads have a pool's in common.  For
 * fetch/ only.
 *
 * A kept connection is closed when the provider closes it or sends what nobody asked for (a
 * carrier hears of that at once, a thread before the next request); when there are more than 64,
 * and than four for each call that runs; after 118 seconds, when somebody looks for one; and for a
 * new one where more than half of the descriptors are in use, or it would get none.  The last used
 * comes first.
 */
#include <pthread.h>

#include "fetch/destination.h"
#include "fetch/link.h"

struct links {
	struct link_home home;
	pthread_mutex_t mutex; /* guards the rest */
	struct link *kept;
	int kept_count, calls;
};

void links_init(struct links *all, CURLM *multi, CURLSH *share);
/* Closes what is kept; no call runs. */
void links_release(struct links *all);

/* A call begins and ends. */
void links_count_call(struct links *all, int change);
/*
 * A kept connection that is open, first of those whose call before had the same URL, then of the
 * same origin; NULL: there is none.  In *to is where the URL leads.
 */
struct link *links_take(struct links *all, const char *url, struct destination **to);
/* Its call is over, and it is in order; it keeps `to`. */
void links_keep(struct link *link, struct destination *to);
/* One that is kept and no longer in order. */
void links_drop(struct link *link);
/* Before a new one is made: an idle one gives way where descriptors are short. */
void links_make_room(struct links *all);
/* The one that was idle for longest gives way; false: there is none. */
bool links_shed(struct links *all);

#endif
