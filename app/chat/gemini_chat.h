#ifndef CHAT_GEMINI_CHAT_H
#define CHAT_GEMINI_CHAT_H

/*
 * Gemini's generateContent on the client's side.  For chat/ only; others go through
 * client_format().
 */
#include "chat/client_format.h"

int gemini_read(struct slice body, const char *path_model, bool path_stream, struct arena *arena,
    struct chat_request *out, struct error *err);
int gemini_stream_out(struct client_stream *stream, const struct chat_event *event);
struct slice gemini_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena);

#endif
