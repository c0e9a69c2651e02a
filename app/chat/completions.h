#ifndef CHAT_COMPLETIONS_H
#define CHAT_COMPLETIONS_H

/* OpenAI's legacy completions.  For chat/ only; others go through client_format(). */
#include "chat/client_format.h"

int completions_read(struct slice body, const char *path_model, bool path_stream,
    struct arena *arena, struct chat_request *out, struct error *err);
int completions_stream_out(struct client_stream *stream, const struct chat_event *event);
struct slice completions_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena);

#endif
