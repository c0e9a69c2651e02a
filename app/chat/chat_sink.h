#ifndef CHAT_CHAT_SINK_H
#define CHAT_CHAT_SINK_H

/*
 * Where an answer goes as it comes.  relay/ writes to it; api/ makes it a stream to a client, tests
 * and simulations collect it.  A nonzero result means that the client has gone.
 *
 * The first event or translated is the commit point: after it there is no fallback.  An answer
 * comes wholly by the one or wholly by the other.
 */
#include <stdbool.h>

#include "base/slice.h"
#include "chat/chat_event.h"

struct chat_sink {
	void *ctx;
	/* One event of a provider that speaks the client's format, as it came: its name ("" for
	 * none) and its data. */
	int (*event)(void *ctx, const char *name, struct slice data);
	/* One neutral event of a provider that speaks another format. */
	int (*translated)(void *ctx, const struct chat_event *event);
	/* The stream has been silent for a while: headers if not yet sent, and a comment. */
	int (*keep_alive)(void *ctx);
	/* Has the client gone? */
	bool (*client_gone)(void *ctx);
	/* Those that came together have been written: they leave now.  NULL: each left at once. */
	int (*flush)(void *ctx);
};

#endif
