#ifndef CHAT_CHAT_SINK_H
#define CHAT_CHAT_SINK_H

/*
 * Where an answer goes as it comes.  relay/ writes to it; api/ makes it a stream to a client, tests
 * and simulations collect it.  A nonzero result means that the client has gone.
 */
#include <stdbool.h>

#include "base/slice.h"

struct chat_sink {
	void *ctx;
	/* One event of a streamed answer, in the client's format: the JSON text of a chunk.  The
	 * first one is the commit point: after it there is no fallback. */
	int (*event)(void *ctx, struct slice data);
	/* The stream has been silent for a while: headers if not yet sent, and a comment. */
	int (*keep_alive)(void *ctx);
	/* Has the client gone? */
	bool (*client_gone)(void *ctx);
};

#endif
