#ifndef WEB_WEB_CONNECTION_H
#define WEB_WEB_CONNECTION_H

/*
 * One connection from a web server: requests come in, answers go out.  Reading takes what is there.
 * Writing keeps up to a megabyte that the reader has not taken, and sends it when there is room;
 * only an answer that is further ahead waits, until the request's time is over.
 *
 * A connection belongs to one fiber at a time, of the carrier at which it was accepted; the lobby
 * (web/lobby.h) hands it over.  For web/ only.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/fiber.h"
#include "web/fastcgi_reader.h"
#include "web/reply_channel.h"
#include "web/worker.h"

#define CONNECTION_PLACES 1024 /* that addresses fall on */

enum web_connection_at {
	AT_COLLECTING, /* a request is on its way, or the first one is awaited */
	AT_ANSWERING,
	AT_LEAVING,   /* the answer is complete, and its reader slow */
	AT_LINGERING, /* answered before its body had come, which is read over for a while */
	AT_IDLE,      /* kept by the web server for another request */
};

struct web_home { /* the carrier of a connection */
	struct carrier_part part;
	atomic_int connections;
};

struct web_connection {
	int fd;
	struct web_home *home;
	_Atomic enum web_connection_at at;
	struct fastcgi_reader reader;
	int64_t began_us; /* monotonic: the first byte of the request, or the accepting */
	struct worker_limits limits;
	int64_t waited_ms; /* for the reader of the answer */
	bool limits_known;

	struct fastcgi_bytes out; /* records */
	size_t sent;              /* of them */
	size_t record_at;         /* where the header of the open one stands, if it is open */
	bool record_open, gone;

	/* web/collect.h */
	bool judged, known; /* known: with a key that is in force */
	size_t address;     /* its place in the lobby's shares; 0: not known */
	struct error *refused;
	int64_t refused_us;

	/* The lobby's, under its lock. */
	bool parked;
	uint32_t ticket;
	int64_t due_ms;
	size_t held, share; /* share: of the address under which held is counted, if it */
	bool waits;
	struct web_connection *next, **link;
};

struct web_connection *web_connection_new(int fd, struct web_home *home);
void web_connection_free(struct web_connection *connection); /* closes it */

enum web_connection_came {
	CAME_PART,    /* more is awaited */
	CAME_REQUEST, /* whole */
	CAME_END,     /* closed, taken back, or no FastCGI */
};

/* Reads all that is there; room is for the bytes on their way. */
enum web_connection_came web_connection_read(struct web_connection *connection,
    const struct worker_options *options, char *room, size_t size);

/* Where the answer is written to. */
struct reply_channel web_connection_channel(struct web_connection *connection);

enum web_connection_left {
	LEFT_KEPT,     /* ready for another request */
	LEFT_CLOSED,   /* nothing is left to do but to free it */
	LEFT_LEAVING,  /* web_connection_send_on, when there is room */
	LEFT_LINGERING /* web_connection_read_over, when something comes */
};

/* Ends the answer. */
enum web_connection_left web_connection_finish(struct web_connection *connection);
/* Sends what is left of it. */
enum web_connection_left web_connection_send_on(struct web_connection *connection);
enum web_connection_left web_connection_read_over(
    struct web_connection *connection, char *room, size_t size);

/* Bytes of the answer that have not left. */
static inline size_t web_connection_unsent(const struct web_connection *connection)
{
	return connection->out.len - connection->sent;
}

#endif
