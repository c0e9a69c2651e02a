#ifndef CHAT_OPENAI_CHAT_H
#define CHAT_OPENAI_CHAT_H

/*
 * OpenAI's chat format on the client's side: requests in (openai_in.c, openai_tools.c), answers out
 * (openai_out.c).
 * For chat/ only; others go through client_format().
 */
#include "chat/client_format.h"

int openai_read(struct slice body, const char *path_model, bool path_stream, struct arena *arena,
    struct chat_request *out, struct error *err);
int openai_converse(const struct chat_request *request, struct arena *arena,
    struct chat_conversation *out, struct error *err);
/* The same without messages and tools: how it is to be answered. */
int openai_read_settings(const struct chat_request *request, struct arena *arena,
    struct chat_conversation *out, struct error *err);
int openai_stream_out(struct client_stream *stream, const struct chat_event *event);
struct slice openai_reply_out(
    const struct chat_reply *reply, const struct answer_about *about, struct arena *arena);

void openai_read_tools(struct chat_conversation *to, struct slice tools, struct arena *arena);
/* Shared with the Responses format, which says these things the same way. */
void openai_read_audio(
    struct chat_conversation *to, struct chat_part *part, struct slice audio, struct arena *arena);
void openai_read_tool_choice(
    struct chat_conversation *to, struct slice choice, struct arena *arena);
void openai_read_schema(struct chat_conversation *to, struct slice schema, struct arena *arena);

/* "stop", "length", "tool_calls", "content_filter". */
const char *openai_finish_name(enum chat_finish finish);
/* Writes {"prompt_tokens":...}. */
struct text;
void openai_put_usage(struct text *json, const struct usage *usage);

#endif
