/*
 * A table by descriptor, a list of those that wait, and a ticket a wait: an event that was on its
 * way while its connection was claimed, or its descriptor given to another, carries an old one.
 */
#include "web/lobby.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/held.h"

#include "base/banned.h"

#define TICKET_MAX (((uint32_t)1 << (CARRIER_WHAT_BITS - 32)) - 1)

void lobby_init(struct lobby *lobby)
{
	struct rlimit descriptors = { .rlim_cur = 1024 };

	memset(lobby, 0, sizeof *lobby);
	(void)getrlimit(RLIMIT_NOFILE, &descriptors);
	lobby->bytes_max = HELD_BYTES_MAX;
	/* The other half is for providers, the database and connections that are being answered. */
	lobby->connections_max =
	    descriptors.rlim_cur / 2 < INT32_MAX ? (int)(descriptors.rlim_cur / 2) : INT32_MAX;
	lobby->end = &lobby->first;
	pthread_mutex_init(&lobby->mutex, NULL);
}

void lobby_release(struct lobby *lobby)
{
	for (size_t fd = 0; fd < lobby->room; fd++)
		web_connection_free(lobby->by_fd[fd]);
	held_add(HELD_REQUESTS, -(int64_t)lobby->all.bytes);
	free(lobby->by_fd);
	pthread_mutex_destroy(&lobby->mutex);
}

/* ---- under the lock ---- */

static void unlink_locked(struct lobby *lobby, struct web_connection *connection)
{
	*connection->link = connection->next;
	if (connection->next)
		connection->next->link = connection->link;
	else
		lobby->end = connection->link;
	connection->parked = false;
	connection->next = NULL;
}

static void link_locked(struct lobby *lobby, struct web_connection *connection)
{
	connection->next = NULL;
	connection->link = lobby->end;
	*lobby->end = connection;
	lobby->end = &connection->next;
	connection->parked = true;
}

/* waits: it counts among the connections, and at its address, too. */
static void hold_locked(
    struct lobby *lobby, struct web_connection *connection, size_t bytes, bool waits)
{
	struct share *share = &lobby->shares[connection->share];
	size_t shared = connection->waits ? connection->held : 0, shares = waits ? bytes : 0;
	int more = (shares > 0) - (shared > 0);

	lobby->all.bytes += bytes - connection->held; /* wraps, and is right again */
	held_add(HELD_REQUESTS, (int64_t)bytes - (int64_t)connection->held);
	lobby->all.connections += more;
	share->bytes += shares - shared;
	share->connections += more;
	connection->held = bytes;
	connection->waits = waits;
}

static struct web_connection *claim_locked(struct lobby *lobby, struct web_connection *connection)
{
	unlink_locked(lobby, connection);
	return connection;
}

/* ---- the table ---- */

void lobby_enter(struct lobby *lobby, struct web_connection *connection)
{
	size_t fd = (size_t)connection->fd;

	pthread_mutex_lock(&lobby->mutex);
	if (fd >= lobby->room) {
		size_t room = lobby->room ? lobby->room : 256;

		while (room <= fd)
			room *= 2;
		lobby->by_fd = alloc_grow(lobby->by_fd, room, sizeof(struct web_connection *));
		memset(lobby->by_fd + lobby->room, 0,
		    (room - lobby->room) * sizeof(struct web_connection *));
		lobby->room = room;
	}
	lobby->by_fd[fd] = connection;
	lobby->entered++;
	pthread_mutex_unlock(&lobby->mutex);
}

void lobby_close(struct lobby *lobby, struct web_connection *connection)
{
	pthread_mutex_lock(&lobby->mutex);
	hold_locked(lobby, connection, 0, false);
	lobby->by_fd[connection->fd] = NULL;
	lobby->entered--;
	pthread_mutex_unlock(&lobby->mutex);
	web_connection_free(connection);
}

/* ---- waiting ---- */

static uint32_t events_of(enum web_connection_at at)
{
	/* Who has hung up his side only may still read: that is no event, or it would be one for
	 * ever. */
	return at == AT_LEAVING ? EPOLLOUT | EPOLLONESHOT : EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
}

static int lobby_arm(const struct web_connection *connection, enum web_connection_at at)
{
	return carrier_watch(&connection->home->part, connection->fd, events_of(at),
	    connection->ticket * LOBBY_FIRST | (uint32_t)connection->fd);
}

void lobby_park(struct lobby *lobby, struct web_connection *connection, enum web_connection_at at,
    int64_t due_ms)
{
	pthread_mutex_lock(&lobby->mutex);
	if (at == AT_IDLE)
		hold_locked(lobby, connection, 0, false);
	lobby->ticket = lobby->ticket % TICKET_MAX + 1; /* never 0, which means never yet */
	connection->ticket = lobby->ticket;
	connection->due_ms = due_ms;
	atomic_store(&connection->at, at);
	link_locked(lobby, connection);
	if (lobby_arm(connection, at) != 0)
		unlink_locked(lobby, connection);
	else
		connection = NULL;
	pthread_mutex_unlock(&lobby->mutex);
	if (connection)
		lobby_close(lobby, connection);
}

static bool lobby_fits(const struct share *share, int64_t bytes_max, int connections_max)
{
	return (int64_t)share->bytes <= bytes_max && share->connections <= connections_max;
}

bool lobby_count(struct lobby *lobby, struct web_connection *connection, bool waits)
{
	size_t bytes = fastcgi_held(&connection->reader) + connection->out.room;
	int64_t left;
	bool room;

	pthread_mutex_lock(&lobby->mutex);
	if (connection->share != connection->address)
		hold_locked(lobby, connection, 0, false);
	connection->share = connection->address;
	hold_locked(lobby, connection, bytes, waits);
	left = lobby->bytes_max - held_bytes(HELD_ANSWERS);
	room = waits ? lobby_fits(&lobby->all, left, lobby->connections_max) &&
			   lobby_fits(&lobby->shares[connection->share], lobby->bytes_max / 2,
			       lobby->connections_max / 2)
		     : (int64_t)lobby->all.bytes <= left;
	pthread_mutex_unlock(&lobby->mutex);
	return room;
}

struct web_connection *lobby_claim(struct lobby *lobby, uint64_t what)
{
	size_t fd = (uint32_t)what;
	struct web_connection *connection = NULL;

	pthread_mutex_lock(&lobby->mutex);
	if (fd < lobby->room)
		connection = lobby->by_fd[fd];
	if (connection && connection->parked && connection->ticket == (uint32_t)(what >> 32)) {
		claim_locked(lobby, connection);
		if (atomic_load(&connection->at) == AT_IDLE)
			atomic_store(&connection->at, AT_COLLECTING);
	} else {
		connection = NULL;
	}
	pthread_mutex_unlock(&lobby->mutex);
	return connection;
}

struct web_connection *lobby_claim_due(
    struct lobby *lobby, const struct web_home *home, int64_t now_ms)
{
	struct web_connection *due = NULL, **end = &due, *next;

	pthread_mutex_lock(&lobby->mutex);
	for (struct web_connection *one = lobby->first; one; one = next) {
		next = one->next;
		if (one->home != home || !one->due_ms || one->due_ms > now_ms)
			continue;
		*end = claim_locked(lobby, one);
		end = &one->next;
	}
	pthread_mutex_unlock(&lobby->mutex);
	return due;
}

bool lobby_has_due(struct lobby *lobby, const struct web_home *home)
{
	bool has = false;

	pthread_mutex_lock(&lobby->mutex);
	for (struct web_connection *one = lobby->first; one && !has; one = one->next)
		has = one->home == home && one->due_ms != 0;
	pthread_mutex_unlock(&lobby->mutex);
	return has;
}

bool lobby_is_crowded(struct lobby *lobby)
{
	bool crowded;

	pthread_mutex_lock(&lobby->mutex);
	crowded = lobby->entered > lobby->connections_max;
	pthread_mutex_unlock(&lobby->mutex);
	return crowded;
}

/* How readily a connection is given up; 0: not at all. */
static int spare_rank(const struct web_connection *connection)
{
	enum web_connection_at at = atomic_load(&connection->at);

	if (at == AT_IDLE || at == AT_LINGERING)
		return 3;
	return at != AT_COLLECTING ? 0 : connection->known ? 1 : 2;
}

struct web_connection *lobby_claim_spare(struct lobby *lobby)
{
	struct web_connection *best = NULL;

	pthread_mutex_lock(&lobby->mutex);
	for (struct web_connection *one = lobby->first; one; one = one->next)
		if (spare_rank(one) > (best ? spare_rank(best) : 0))
			best = one;
	if (best)
		claim_locked(lobby, best);
	pthread_mutex_unlock(&lobby->mutex);
	return best;
}

/* ---- the end ---- */

int lobby_number(struct lobby *lobby, enum web_connection_at at)
{
	int number = 0;

	pthread_mutex_lock(&lobby->mutex);
	for (size_t fd = 0; fd < lobby->room; fd++)
		number += lobby->by_fd[fd] && atomic_load(&lobby->by_fd[fd]->at) == at;
	pthread_mutex_unlock(&lobby->mutex);
	return number;
}

void lobby_cut(struct lobby *lobby)
{
	pthread_mutex_lock(&lobby->mutex);
	for (size_t fd = 0; fd < lobby->room; fd++)
		if (lobby->by_fd[fd] && atomic_load(&lobby->by_fd[fd]->at) == AT_ANSWERING)
			(void)shutdown((int)fd, SHUT_RD); /* gone already: just as well */
	pthread_mutex_unlock(&lobby->mutex);
}
