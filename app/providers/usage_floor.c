/*
 * The floor under a count of output.  See the header.
 */
#include "providers/usage_floor.h"

#include "base/banned.h"

/* No text of any length has so many bytes to a token: English has 4, JSON and code 3 to 6, Thai
 * and Hindi some 10, written as \uXXXX twice as many, runs of blanks and rules the most. */
#define FLOOR_BYTES 32

bool usage_is_absurd(const struct usage *usage, int64_t text_bytes)
{
	if (usage->reported_cost_nano > 0 || text_bytes <= 0)
		return false;
	return usage->output_tokens < (text_bytes + FLOOR_BYTES - 1) / FLOOR_BYTES ||
	       usage->input_tokens <= 0;
}

static int count_text(void *ctx, const struct chat_event *event)
{
	int64_t *bytes = ctx;

	if (event->kind == EVENT_TEXT || event->kind == EVENT_REASONING ||
	    event->kind == EVENT_REFUSAL || event->kind == EVENT_TOOL_ARGUMENTS)
		*bytes += (int64_t)event->text.len;
	return 0;
}

void usage_check_whole(
    decode_whole *decode, struct slice body, struct arena *arena, struct usage *usage)
{
	int64_t bytes = 0;

	if (!usage->known || !usage_is_absurd(usage, (int64_t)body.len))
		return;
	decode(body, arena, count_text, &bytes);
	usage->known = !usage_is_absurd(usage, bytes);
}
