#ifndef CHAT_RESPONSES_H
#define CHAT_RESPONSES_H

/*
 * OpenAI's Responses format, stateless: requests in (responses_in.c), answers out
 * (responses_out.c).  For chat/ only; others go through client_format().
 */
#include "chat/client_format.h"

int responses_read(struct slice body, const char *path_model, bool path_stream, struct arena *arena,
    struct chat_request *out, struct error *err);
int responses_stream_out(struct client_stream *stream, const struct chat_event *event);
struct slice responses_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena);

#endif
