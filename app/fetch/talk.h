#ifndef FETCH_TALK_H
#define FETCH_TALK_H

/*
 * An HTTP/1.1 exchange over a connection: the request out, the answer in.  For fetch/ only.
 *
 * What is left of a request goes out while the answer may come already: an answer of 300 or more
 * that comes before the whole request has left ends the sending, and one that comes although
 * sending has failed is read.  The connection may be kept when both were whole, nothing came behind
 * the answer, and neither side wants it closed.
 *
 * The functions return false when the call has ended otherwise: `end` and `why` say how.
 */
#include "base/arena.h"
#include "fetch/chunked.h"
#include "fetch/fetch.h"
#include "fetch/http_head.h"
#include "fetch/link.h"
#include "fetch/outgoing.h"

struct talk {
	/* What each piece of an answer needs stands together. */
	const struct fetch_call *call;
	struct link *link;
	char *bytes; /* that came: those from `at` on have not been read */
	size_t at, len, room;
	unsigned reads;
	enum http_body body;
	bool is_sending; /* there is more of the request */
	bool is_cut;     /* some of it never went out */
	bool is_over;    /* no more will come */
	bool is_whole;
	bool has_status, is_encoded, is_head_done, is_told;
	bool watch_client;
	bool has_ended, is_limit; /* by a time limit or the client */
	int64_t started_us, last_byte_us, woken_us;
	struct chunked chunked;
	uint64_t left;     /* of a body with a length */
	size_t body_bytes; /* that the caller has */

	struct fetch_result *out;
	struct outgoing outgoing;
	struct http_head http;
	struct fetch_head head;
	struct arena arena; /* of its headers */
	size_t head_bytes;  /* of all heads: those of 1xx too */
	enum fetch_end end;
	const char *why;
};

bool talk_end(struct talk *x, enum fetch_end end, const char *why);
/* Waits for one of the events on the link, or for its making. */
bool talk_wait(struct talk *x, uint32_t events);

/* As much of the request as goes at a time.  LINK_BROKEN: the rest will not. */
enum link_io talk_send(struct talk *x);
/* The rest of it, and the answer's head and body, from where it stands. */
bool talk_finish(struct talk *x);
bool talk_may_keep(const struct talk *x);

#endif
