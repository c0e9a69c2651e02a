#ifndef API_REPLAY_H
#define API_REPLAY_H

/*
 * An answer that was given before, sent again byte for byte: whole, or as a stream when it was one.
 * Status and headers are set by the caller.
 */
#include <stdbool.h>

#include "base/slice.h"
#include "web/reply.h"

void replay_send(
    struct web_reply *reply, const char *content_type, bool streamed, struct slice body);

#endif
