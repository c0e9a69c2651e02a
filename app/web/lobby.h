#ifndef WEB_LOBBY_H
#define WEB_LOBBY_H

/*
 * Where connections are that no fiber holds: kept ones that are idle, requests whose body is on
 * its way, answers whose reader is slow.  Each stands in the epoll set of its carrier, armed for
 * one event; who hears of it claims the connection.  A connection that has waited until its time
 * is claimed by its carrier, and one that can be spared by any, and then by nobody else.
 *
 * What waits costs memory and a descriptor, so there are limits: for all, and half as much for one
 * address, so that nobody takes what others need.  Thread-safe.  For web/ only.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "web/web_connection.h"

struct lobby {
	int64_t bytes_max; /* of requests, and of answers (base/held.h) */
	int connections_max;

	pthread_mutex_t mutex; /* guards all that follows, and what web_connection.h says */
	struct web_connection **by_fd;
	size_t room;
	int entered; /* connections that are open */
	uint32_t ticket;
	struct web_connection *first, **end; /* parked, the one that has waited longest first */
	struct share { /* of an address, or of several that fall on the same place */
		size_t bytes;
		int connections;
	} all, shares[CONNECTION_PLACES];
};

void lobby_init(struct lobby *lobby);
/* Frees every connection that is left.  No carrier runs any more. */
void lobby_release(struct lobby *lobby);

/* A connection belongs to the lobby from its accepting until it is closed. */
void lobby_enter(struct lobby *lobby, struct web_connection *connection);
void lobby_close(struct lobby *lobby, struct web_connection *connection); /* frees it */

/* Leaves the connection to the lobby until something happens on it, or until due_ms (monotonic; 0:
 * for ever).  Frees it when it cannot be watched. */
void lobby_park(struct lobby *lobby, struct web_connection *connection, enum web_connection_at at,
    int64_t due_ms);

/* Counts what the connection holds: at the share of its address and among the connections while it
 * waits, and only its bytes while it is answered, of which there may be as many as max_requests.
 * False: there is no room for it. */
bool lobby_count(struct lobby *lobby, struct web_connection *connection, bool waits);

/* The connection of an event (base/fiber.h: `what`); NULL when it is another's by now. */
struct web_connection *lobby_claim(struct lobby *lobby, uint64_t what);
#define LOBBY_FIRST ((uint64_t)1 << 32) /* no event of a connection is less */

/* Those of a carrier whose time has come, linked by next and claimed. */
struct web_connection *lobby_claim_due(
    struct lobby *lobby, const struct web_home *home, int64_t now_ms);

/* Does any there wait until some time? */
bool lobby_has_due(struct lobby *lobby, const struct web_home *home);

/* Are more open than may be?  Those that have sent nothing count nowhere else. */
bool lobby_is_crowded(struct lobby *lobby);

/* One that can be spared when descriptors run out: an idle one, else one without a key that has
 * waited longest, else any that collects.  NULL: none. */
struct web_connection *lobby_claim_spare(struct lobby *lobby);

int lobby_number(struct lobby *lobby, enum web_connection_at at);
/* Every connection that is being answered is told that its client has gone. */
void lobby_cut(struct lobby *lobby);

#endif
