/*
 * What is held for tools that run at the provider.  See the header.
 */
#include "relay/server_uses.h"

#include "models/server_tools.h"
#include "relay/translate.h"

#include "base/banned.h"

static enum tool_dialect dialect_of(enum wire_format_id format)
{
	return format == WIRE_ANTHROPIC   ? TOOLS_OF_MESSAGES
	       : format == WIRE_RESPONSES ? TOOLS_OF_RESPONSES
	       : format == WIRE_GEMINI    ? TOOLS_OF_GEMINI
					  : TOOLS_OF_CHAT;
}

static const char *refusal_of(struct run *run, const struct deployment *deployment,
    const struct server_tool *row, enum server_tool_id id)
{
	const char *name = server_tool_names[id];

	if (!row)
		return arena_printf(run->arena,
		    "%s runs at the provider, and nothing is known that bounds it at %s", name,
		    deployment->provider);
	return arena_printf(run->arena,
	    "%s runs at the provider and reads the input again with each use; a deployment allows "
	    "some by server_tools: {%s: {%s: 3}}%s",
	    name, name, server_tool_word(row),
	    row->limit == USES_UNLIMITED ? ", though nothing there limits them" : "");
}

static int64_t fewer(int64_t allowed, int64_t asked)
{
	return asked > 0 && asked < allowed ? asked : allowed;
}

static bool is_offered(const struct chat_request *request, enum server_tool_id id)
{
	return id == SERVER_WEB_SEARCH && request->conversation &&
	       request->conversation->features & FEATURE_OFFERED_SEARCH;
}

static void add_uses(const struct server_tool *row, int64_t allowed, struct bound_input *input)
{
	int64_t asked = row->limit == USES_PER_TOOL || row->limit == USES_ARE_RESULTS
			    ? input->asked.of[row->id]
			    : 0;

	input->uses.of[row->id] = fewer(allowed, asked);
	input->uses_shared = input->uses_shared || row->limit == USES_OF_ALL;
	input->windows += server_tool_windows(row, input->uses.of[row->id]);
}

/* What keeps a tool that is named from being held; NULL: nothing, or it is left out. */
static const char *weigh_one(struct run *run, const struct candidate *candidate,
    enum server_tool_id id, struct bound_input *input)
{
	const struct chat_request *request = run->call->request;
	const struct deployment *deployment = candidate->member->deployment;
	enum tool_dialect dialect = dialect_of(request->format);
	const struct server_tool *row = server_tool_of(dialect, deployment->provider, id);
	int64_t allowed = server_tool_uses(deployment, dialect, id);

	if (allowed == 0)
		return is_offered(request, id) ? NULL : refusal_of(run, deployment, row, id);
	if (candidate->price.per_use_nano[id] == PRICE_UNKNOWN)
		return arena_printf(run->arena,
		    "a use of %s has no price: give it one in sideways_settings.prices, as %s/%s: "
		    "{per_request: 0.01}",
		    server_tool_names[id], deployment->provider, server_tool_names[id]);
	add_uses(row, allowed, input);
	return NULL;
}

static const char *unknown_tool(struct run *run)
{
	const struct chat_conversation *said = run->call->request->conversation;
	struct slice name = said ? said->other : (struct slice){ NULL, 0 };

	return arena_printf(run->arena,
	    "%.*s runs at the provider and reads the input again, any number of times; nothing "
	    "bounds it there",
	    name.len ? (int)name.len : 6, name.len ? name.ptr : "a tool");
}

bool server_uses_weigh(struct run *run, const struct candidate *candidate,
    struct bound_input *input, const char **out_why)
{
	*out_why = input->unknown_tools ? unknown_tool(run) : NULL;
	if (!input->named || input->unknown_tools || translate_needed(run, candidate->member))
		return !*out_why;
	for (int id = 0; !*out_why && id < SERVER_TOOL_COUNT; id++)
		if (input->named & (1U << id))
			*out_why = weigh_one(run, candidate, id, input);
	if (input->uses_shared)
		input->windows = fewer(input->windows, input->asked_all);
	input->server_tools = false;
	return !*out_why;
}
