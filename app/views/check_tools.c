/*
 * What the tools that deployments allow at their providers may cost a call.
 */
#include "views/check_report.h"

#include "models/server_tools.h"
#include "prices/cost.h"

#include "base/banned.h"

/* The row that holds at a provider, in whatever words it is asked: its own one first. */
static const struct server_tool *row_at(const char *provider, enum server_tool_id id)
{
	const struct server_tool *row, *found = NULL;

	for (size_t i = 0; (row = server_tool_at(i)) != NULL; i++)
		if (row->id == id && server_tool_of(row->dialect, provider, id) == row &&
		    (!found || row->providers))
			found = row;
	return found;
}

static struct bound_input plain_input(void)
{
	return (struct bound_input){ .choices = 1, .output_tokens = 1 };
}

/* Beyond a call without it: its fees, and the windows that it reads. */
static const char *most_of(
    const struct member *member, const struct server_tool *row, int64_t uses, int64_t *out_nano)
{
	struct bound_input without = plain_input(), with = plain_input();
	struct bound plain, bound;
	const char *why = NULL;

	with.uses.of[row->id] = uses;
	with.windows = server_tool_windows(row, uses);
	if (!bound_of(&member->price, &without, member->tokenizer, &plain, &why) ||
	    !bound_of(&member->price, &with, member->tokenizer, &bound, &why))
		return why;
	*out_nano = bound.cost_nano - plain.cost_nano;
	return NULL;
}

bool check_tool(const struct member *member, int id, struct tool_row *out)
{
	const struct allowed_tool *allowed = &member->deployment->server_tools[id];
	const struct server_tool *row = row_at(member->deployment->provider, id);

	if (allowed->uses <= 0)
		return false;
	*out = (struct tool_row){ .member = member,
		.name = server_tool_names[id],
		.uses = allowed->uses,
		.limited = row && row->limit != USES_UNLIMITED };
	if (!row)
		out->fault = "nothing is known that bounds it at this provider";
	else if (!out->limited && !allowed->expected)
		out->fault = "the provider takes no limit of its uses: say expected_uses";
	else if (member->priced)
		out->fault = most_of(member, row, allowed->uses, &out->most_nano);
	return true;
}

void check_tools_make(struct arena *arena, struct check_report *out)
{
	size_t room = out->ladder_count * SERVER_TOOL_COUNT;

	out->tools = arena_alloc(arena, (room + 1) * sizeof *out->tools);
	for (size_t i = 0; i < out->ladder_count; i++)
		for (int id = 0; id < SERVER_TOOL_COUNT; id++)
			out->tool_count +=
			    check_tool(out->ladder[i].member, id, &out->tools[out->tool_count]);
}
