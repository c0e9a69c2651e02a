#ifndef FETCH_OUTGOING_H
#define FETCH_OUTGOING_H

/*
 * A request on its way out: its head, and its body in pieces.  What is small leaves with the head
 * in one piece, what is large as it lies.  For fetch/ only.
 */
#include "fetch/destination.h"
#include "fetch/fetch.h"

struct outgoing {
	const struct fetch_call *call;
	char *joined; /* the head, and pieces of the body behind it */
	size_t len, at, room;
	size_t piece, piece_at; /* of the body: what is not joined yet */
};

/* False: a header holds a byte that is not printable ASCII. */
bool outgoing_begin(
    struct outgoing *out, const struct fetch_call *call, const struct destination *to);
/* What goes out next, the same until some of it has gone; empty: all has. */
struct slice outgoing_next(struct outgoing *out);
void outgoing_gone(struct outgoing *out, size_t len);
void outgoing_release(struct outgoing *out);

#endif
