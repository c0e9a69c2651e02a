#ifndef CHAT_REQUEST_FACTS_H
#define CHAT_REQUEST_FACTS_H

/*
 * Reading the body of a format that is not OpenAI's chat: the neutral conversation is made at once,
 * and what the relay has to know (limits, what it weighs) is taken from it.  Each format gives a
 * table of members.  For chat/ only.
 */
#include <stddef.h>

#include "chat/chat_request.h"
#include "chat/conversation.h"
#include "models/server_tools.h"

#define READING_TOKENS_MAX 100000000 /* above any model's window, far below overflow */

struct reading {
	const struct reading_row *rows;
	size_t row_count;
	const char *inside; /* the member that holds these; NULL: the body itself */
	/* Whether a member is the one of a row's name; NULL: json_key_is. */
	bool (*key_is)(const struct json_cursor *member, const char *name);
	struct arena *arena;
	struct chat_request *request;
	struct chat_conversation *to;
};

typedef int reading_fn(struct reading *reading, struct slice value, struct error *err);

struct reading_row {
	const char *name;
	reading_fn *read;
	unsigned feature; /* that the member asks for by being there */
	size_t number;    /* READING_NUMBER: where its number is kept; 0: nowhere */
};
#define READING_NUMBER(member) offsetof(struct chat_conversation, member)

/* Proves that the body is a JSON object. */
int reading_object(
    struct slice body, struct arena *arena, struct json_tally *out, struct error *err);

/* Proves the body, walks its members, weighs it.  A member that stands twice, in any of its
 * spellings, is refused: parsers differ in which one they take. */
int reading_run(struct reading *reading, enum wire_format_id format, struct slice body,
    const char *path_model, struct arena *arena, struct chat_request *out, struct error *err);
/* The same table over an object inside the body (Gemini's generationConfig). */
int reading_members(struct reading *reading, struct slice object, struct error *err);

/* A tool of this type runs at the provider, with no more uses than `most` if the client says so (0:
 * it does not).  Known ones (models/server_tools.h) may be allowed where they are answered. */
void reading_server_tool(
    struct reading *reading, const struct server_tool *row, struct slice type, struct slice most);
/* At the end: a search that stands alone, or that is to be called, is there to search; beside other
 * tools it is offered, and may be left out (Claude Code and Codex name it unasked). */
void reading_settle_offer(struct chat_request *request);

/* Readers that formats share. */
reading_fn reading_model, reading_stream, reading_ignored;

#endif
