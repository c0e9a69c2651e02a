/*
 * The floor under a count of output.  See the header.
 */
#include "providers/usage_floor.h"

#include "base/banned.h"

bool usage_is_absurd(const struct usage *usage, int64_t text_bytes)
{
	if (usage->reported_cost_nano > 0 || text_bytes <= 0)
		return false;
	return usage->output_tokens <
		   (text_bytes + TEXT_TOKEN_BYTES_MOST - 1) / TEXT_TOKEN_BYTES_MOST ||
	       usage->input_tokens <= 0;
}

static bool is_text(const struct chat_event *event)
{
	return event->kind == EVENT_TEXT || event->kind == EVENT_REASONING ||
	       event->kind == EVENT_REFUSAL || event->kind == EVENT_TOOL_ARGUMENTS;
}

static int weigh_text(void *ctx, const struct chat_event *event)
{
	struct text_tokens *text = ctx;

	if (is_text(event))
		text_tokens_add(text, event->text);
	else if (event->kind == EVENT_TOOL_BEGIN)
		text_tokens_add(text, event->name);
	return 0;
}

int64_t usage_text_tokens(const struct wire_format *format, struct slice body, struct arena *arena)
{
	struct text_tokens text = { 0, 0 };

	if (format->decode_reply)
		format->decode_reply(body, arena, weigh_text, &text);
	return text_tokens_count(&text);
}

static int count_text(void *ctx, const struct chat_event *event)
{
	int64_t *bytes = ctx;

	if (is_text(event))
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

void usage_estimate(struct usage *usage, int64_t input_tokens, int64_t output_tokens)
{
	if (usage->known)
		return;
	*usage = (struct usage){ .estimated = true,
		.reported_cost_nano = -1,
		.input_tokens = input_tokens,
		.output_tokens = output_tokens };
}
