#ifndef PROVIDERS_OPENAI_PIECES_H
#define PROVIDERS_OPENAI_PIECES_H

/*
 * What chat and Responses bodies say alike: tools, the choice among them, schemas, data URLs.  They
 * differ in where a function lies and in what a missing "strict" means.  For providers/ only.
 */
#include "base/text.h"
#include "chat/conversation.h"

enum openai_shape {
	SHAPE_CHAT,      /* {"type":"function","function":{"name":...}}; strict is off by default */
	SHAPE_RESPONSES, /* {"type":"function","name":...}; strict is on by default: always said */
};

/* "tools", "tool_choice" and "parallel_tool_calls"; nothing when there are no tools. */
void openai_put_tools(struct text *json, const struct chat_conversation *from,
    enum openai_shape shape, struct arena *arena);

/* The members of a schema's object: name, description, schema, strict. */
void openai_put_schema(
    struct text *json, const struct chat_conversation *from, enum openai_shape shape);

#endif
