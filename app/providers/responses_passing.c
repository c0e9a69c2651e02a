/*
 * A Responses body for another model.  See the header.
 */
#include "providers/responses_passing.h"

#include "providers/call_parts.h"
#include "providers/model_fit.h"

#include "base/banned.h"

void responses_passing_read(const struct chat_request *request, const struct provider *provider,
    const struct model_traits *traits, struct arena *arena, struct responses_passing *out)
{
	struct responses_passing passing = { .said = traits->known ? request->conversation : NULL };

	if (passing.said) {
		passing.sent = *passing.said;
		passing.dropped =
		    model_fit(&passing.sent, provider, traits, WIRE_RESPONSES, NULL, arena);
	}
	*out = passing;
}

/* A model that takes no level takes nothing else about reasoning. */
static const char *new_reasoning(
    const struct responses_passing *passing, struct slice value, struct arena *arena)
{
	enum chat_effort sent = passing->sent.effort;

	if (sent == passing->said->effort)
		return NULL;
	return sent == EFFORT_UNSET ? "" : call_with_effort(value, effort_name(sent), arena);
}

const char *responses_passing_member(
    const struct responses_passing *passing, const struct json_cursor *member, struct arena *arena)
{
	if (!passing->said)
		return NULL;
	if (json_key_is(member, "reasoning"))
		return new_reasoning(passing, member->value, arena);
	if (json_key_is(member, "temperature"))
		return passing->said->temperature.ptr && !passing->sent.temperature.ptr ? "" : NULL;
	if (json_key_is(member, "top_p"))
		return passing->said->top_p.ptr && !passing->sent.top_p.ptr ? "" : NULL;
	return NULL;
}
