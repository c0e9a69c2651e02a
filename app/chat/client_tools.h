#ifndef CHAT_CLIENT_TOOLS_H
#define CHAT_CLIENT_TOOLS_H

/*
 * The tools of OpenAI's Responses format that other formats have no word for, and that run at the
 * client all the same: tools in a namespace, free text (custom), shells, patches, a search for more
 * tools.  Codex has no others.
 *
 * To a provider of another format each is a function: a namespace and a name become
 * "namespace__name" (as in Codex itself and in LiteLLM), and what is not JSON stands in a member of
 * an object.  On the way back the client must get its own kind of item, with `namespace` and the
 * short name, else Codex does not find the tool.  The namespace "functions" is none: its tools go
 * by their bare names.
 */
#include <stdbool.h>

#include "base/arena.h"
#include "base/slice.h"
#include "base/text.h"
#include "chat/conversation.h"

struct client_tool {
	enum tool_kind kind;
	const char *type;      /* in the list of tools; also its name, where it has no own */
	const char *call_type; /* the item of a call */
	const char *prefix;    /* of the call's item id */
	const char *content;   /* the member of a call that says what is wanted */
	const char *schema;    /* as a function; NULL: the client gives one */
};

const struct client_tool *client_tool_of(enum tool_kind kind);
/* NULL: no tool of this format runs at the client under such a type. */
const struct client_tool *client_tool_by_type(struct slice type);
const struct client_tool *client_tool_by_call(struct slice item_type);

/* A tool of the provider's that the gateway leaves out, because it has no bound, and without which
 * a client can go on: web_search in each of its versions.  tool is JSON. */
bool client_tool_is_offer(struct slice tool);

/* The name as other formats get it. */
struct slice client_tool_flat_name(struct slice space, struct slice name, struct arena *arena);

/* A custom tool as a function, without its flat name: the grammar that its text follows is said in
 * words, because nobody enforces it.  value is its JSON, in Responses or in chat. */
struct chat_tool client_tool_custom(struct slice value, struct arena *arena);
/* Bytes that a tool or a call has more as a function, at most. */
#define CLIENT_TOOL_BYTES 512

/* The flat name of the tool that an entry of tool_choice means. */
struct slice client_tool_chosen(struct slice choice, struct arena *arena);

/* A call's content, as it stands in an item (JSON; of a function or a custom tool a string), as the
 * arguments of a function. */
struct slice client_tool_arguments(
    const struct client_tool *of, struct slice content, struct arena *arena);

/* The tool that a model has called, by its flat name, or by its short name where only one has it;
 * NULL: there is none. */
const struct chat_tool *client_tools_find(
    const struct chat_conversation *conversation, struct slice name);

/* A call as the client wants it, all but its id.  tool NULL: a function.  done: the arguments are
 * complete. */
struct client_call {
	const struct chat_tool *tool;
	struct slice name, call_id, arguments;
	bool done;
};
void client_tool_put_call(
    struct text *json, const struct client_call *call, const char *status, struct arena *arena);

/* The free text of a custom tool in a function's arguments. */
struct slice client_tool_input(struct slice arguments, struct arena *arena);

#endif
