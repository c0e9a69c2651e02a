/*
 * What is read of a whole answer: that it is one, and what it used.
 */
#include <stddef.h>
#include <stdio.h>

#include "base/json_scan.h"
#include "base/number.h"
#include "providers/openai_format.h"

#include "base/banned.h"

#define TICKS_PER_NANO 10 /* xAI: a tick is 1e-10 dollars */

/* A cost in dollars as the provider wrote it; -1 when there is none. */
static int64_t cost_in(struct slice usage, const char *name)
{
	struct slice value = json_member(usage, name);
	int64_t nano;

	if (json_scan_type(value) == JSON_MAP)
		value = json_member(value, "total_cost");
	if (json_scan_type(value) != JSON_NUMBER || number_scaled(value, 9, &nano, NULL) != 0 ||
	    nano < 0)
		return -1;
	return nano;
}

static int64_t reported_cost(const struct provider *provider, struct slice usage)
{
	int64_t ticks;

	if (provider->quirks & QUIRK_COST_DOLLARS)
		return cost_in(usage, "cost");
	if ((provider->quirks & QUIRK_COST_TICKS) &&
	    json_as_int(json_member(usage, "cost_in_usd_ticks"), &ticks) && ticks >= 0)
		return ticks / TICKS_PER_NANO + (ticks % TICKS_PER_NANO != 0);
	return -1;
}

/* Where a count may stand: chat's names, then those of Responses and of vendors.  Of each field the
 * first that is there counts. */
static const struct usage_row {
	size_t field;        /* in struct usage */
	const char *details; /* the object in usage that holds it; NULL: usage itself */
	const char *name;
} usage_rows[] = {
	/* clang-format off */
	{ offsetof(struct usage, input_tokens),        NULL,                        "prompt_tokens" },
	{ offsetof(struct usage, input_tokens),        NULL,                        "input_tokens" },
	{ offsetof(struct usage, output_tokens),       NULL,                        "completion_tokens" },
	{ offsetof(struct usage, output_tokens),       NULL,                        "output_tokens" },
	{ offsetof(struct usage, cached_tokens),       "prompt_tokens_details",     "cached_tokens" },
	{ offsetof(struct usage, cached_tokens),       "input_tokens_details",      "cached_tokens" },
	{ offsetof(struct usage, cached_tokens),       NULL,                        "prompt_cache_hit_tokens" }, /* DeepSeek's */
	{ offsetof(struct usage, cache_write_tokens),  "prompt_tokens_details",     "cache_write_tokens" },
	{ offsetof(struct usage, cache_write_tokens),  "input_tokens_details",      "cache_write_tokens" },
	{ offsetof(struct usage, audio_input_tokens),  "prompt_tokens_details",     "audio_tokens" },
	{ offsetof(struct usage, reasoning_tokens),    "completion_tokens_details", "reasoning_tokens" },
	{ offsetof(struct usage, reasoning_tokens),    "output_tokens_details",     "reasoning_tokens" },
	{ offsetof(struct usage, audio_output_tokens), "completion_tokens_details", "audio_tokens" },
	/* clang-format on */
};

void openai_usage_read(const struct provider *provider, struct slice usage, struct usage *out)
{
	struct usage found = { .known = true, .reported_cost_nano = -1 };

	if (json_scan_type(usage) != JSON_MAP)
		return;
	for (size_t i = sizeof usage_rows / sizeof usage_rows[0]; i-- > 0;) {
		const struct usage_row *row = &usage_rows[i];
		struct slice in = row->details ? json_member(usage, row->details) : usage;
		int64_t *field = (int64_t *)((char *)&found + row->field);

		(void)json_as_int(json_member(in, row->name), field); /* or what it was */
	}
	if ((provider->quirks & QUIRK_REASONING_APART) && found.reasoning_tokens > 0 &&
	    found.output_tokens <= INT64_MAX / 2 && found.reasoning_tokens <= INT64_MAX / 2)
		found.output_tokens += found.reasoning_tokens;
	found.reported_cost_nano = reported_cost(provider, usage);
	*out = found;
}

static void read_finish_reason(
    struct slice choices, struct arena *arena, struct provider_reply *out)
{
	struct json_cursor choice = json_cursor(choices);
	const char *reason;

	if (!json_next(&choice) || json_scan_type(choice.value) != JSON_MAP)
		return;
	reason = json_as_text(json_member(choice.value, "finish_reason"), arena);
	snprintf(out->finish_reason, sizeof out->finish_reason, "%s", reason ? reason : "");
}

/* An error beside an empty list of choices.  Beside an answer it is a remark on what was
 * generated and billed: the client gets both. */
static bool is_error_alone(struct slice body, struct slice choices)
{
	enum json_type error = json_scan_type(json_member(body, "error"));
	struct json_cursor choice = json_cursor(choices);

	return (error == JSON_MAP || error == JSON_TEXT) && !json_next(&choice);
}

int openai_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	struct slice choices, usage;

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	choices = json_member(body, "choices");
	if (json_scan_type(choices) != JSON_LIST)
		return error_set(err, ERROR_UPSTREAM, "the provider's answer has no choices");
	if (is_error_alone(body, choices))
		return error_set(err, ERROR_UPSTREAM, "the provider's answer is an error");
	usage = json_member(body, "usage");
	if (json_scan_type(usage) == JSON_MAP)
		openai_usage_read(provider, usage, &reply.usage);
	reply.model = json_as_text(json_member(body, "model"), arena);
	read_finish_reason(choices, arena, &reply);
	*out = reply;
	return 0;
}

const struct wire_format openai_chat_format = { "openai chat", WIRE_OPENAI_CHAT,
	openai_request_build, openai_reply_read, openai_stream_event, openai_decode_reply,
	openai_decode_event };
