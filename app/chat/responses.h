#ifndef CHAT_RESPONSES_H
#define CHAT_RESPONSES_H

/*
 * OpenAI's Responses format, stateless: requests in (responses_in.c, responses_items.c,
 * responses_tools.c), answers out (responses_out.c).  For chat/ only; others go through
 * client_format().
 */
#include "chat/client_format.h"
#include "chat/request_facts.h"

int responses_read(struct slice body, const char *path_model, bool path_stream, struct arena *arena,
    struct chat_request *out, struct error *err);
int responses_stream_out(struct client_stream *stream, const struct chat_event *event);
struct slice responses_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena);

/* Readers of single members. */
reading_fn responses_read_input, responses_read_tools, responses_read_choice;
/* A string or a list of parts, into a turn. */
int responses_read_content(
    struct reading *reading, struct chat_turn *turn, struct slice content, struct error *err);

#endif
