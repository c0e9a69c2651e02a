#ifndef FETCH_LINK_H
#define FETCH_LINK_H

/*
 * A connection to a provider.  libcurl makes it (names, addresses, TCP, TLS and what is believed)
 * and then leaves it open (CURLOPT_CONNECT_ONLY); what goes over it is fetch/talk.c's.  Bytes
 * of TLS are moved by libcurl.  Without TLS they are by the kernel alone: libcurl looks for the
 * connection among all of its multi each time.
 *
 * In a fiber the carrier's libcurl makes it (fetch/carrier_calls.h) while the fiber waits; else it
 * has a multi of its own, because the client is watched meanwhile.
 *
 * A connection belongs to one call at a time, in its thread or in a fiber of its carrier.
 */
#include <curl/curl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/fiber.h"
#include "fetch/destination.h"
#include "fetch/fetch.h"

/* What those of a carrier, or of all threads, have in common. */
struct link;
struct link_home {
	CURLM *multi;         /* NULL: each has its own */
	CURLSH *share;        /* DNS answers and TLS sessions, of all of a pool */
	atomic_bool is_tight; /* the last socket says that more than half of the descriptors are in
				 use */
	/* A carrier's: the socket is the link's own from now on, or no longer; and what the carrier
	 * has to hear of it (false: the kernel refuses). */
	void (*know)(struct link *link, bool is_there);
	bool (*arm)(struct link *link, uint32_t events);
};

struct link {
	struct link_home *home;
	struct destination *to; /* while it is kept: of the last call */
	CURLM *multi;           /* the carrier's, or its own */
	CURL *easy;
	int fd;        /* -1 until it is made */
	bool is_ended; /* the making of it, with this result: */
	CURLcode code;
	bool is_plain;
	bool is_drained; /* there is nothing to read until the kernel says so */

	struct fiber *fiber; /* that waits for it; NULL: nobody does */
	uint32_t armed;      /* what the carrier hears of its socket */
	bool is_streaming;   /* it is in the middle of a stream */
	bool is_moderated;   /* the carrier hears of it by the clock (fetch/moderation.h) */
	int watched_fd;      /* the client's; -1: none yet */
	int64_t begun_us;    /* the call */

	/* why it could not be tried */
	int socket_errno;     /* of socket(): our own machine's trouble */
	bool address_refused; /* the name led to an address that is never called */
	bool allow_metadata;

	bool is_kept; /* in the list of home */
	int64_t kept_us;
	struct link *next;
};

/* Begins to make one; NULL: libcurl has no more to give. */
struct link *link_new(
    struct link_home *home, const struct destination *to, const struct fetch_call *call);
/* Closes it, also while it is being made. */
void link_close(struct link *link);

/* libcurl has made it, or has not. */
void link_made(struct link *link, CURLcode code);

/*
 * Waits for its making, or for one of the events (EPOLLIN, EPOLLOUT); for the client (-1: none);
 * and at most until a time.  It may end for nothing.  False: libcurl fails, our own machine's
 * trouble.
 */
bool link_wait(
    struct link *link, uint32_t events, int client_fd, int64_t until_us, bool *out_client_ready);
/* The client is no longer watched, and nobody waits. */
void link_unwatch(struct link *link);
/* The carrier hears something of its socket.  False: nobody waits for that. */
bool link_hear(struct link *link);

enum link_io {
	LINK_DONE,
	LINK_LATER,  /* not now */
	LINK_ENDED,  /* read: the other side has closed it properly */
	LINK_BROKEN, /* write: none of these bytes can be read by anybody */
};
enum link_io link_read(struct link *link, char *bytes, size_t room, size_t *out_len);
enum link_io link_write(struct link *link, const char *bytes, size_t len, size_t *out_len);
/* Is it open, and is there nothing to read that nobody has asked for? */
bool link_is_clean(struct link *link);

#endif
