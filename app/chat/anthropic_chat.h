#ifndef CHAT_ANTHROPIC_CHAT_H
#define CHAT_ANTHROPIC_CHAT_H

/*
 * Anthropic's Messages format on the client's side.  For chat/ only; others go through
 * client_format().
 */
#include "chat/client_format.h"

int anthropic_read(struct slice body, const char *path_model, bool path_stream, struct arena *arena,
    struct chat_request *out, struct error *err);
/* A message's content: a text, or a list of blocks (anthropic_blocks.c). */
void anthropic_read_blocks(struct chat_conversation *to, struct chat_turn *turn,
    struct slice content, struct arena *arena);
int anthropic_stream_out(struct client_stream *stream, const struct chat_event *event);
struct slice anthropic_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena);

#endif
