/*
 * What is read of a whole answer: that it is one, and what it used.
 */
#include <stdio.h>

#include "base/json_read.h"
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

/* The names are chat's, and where those are absent those of Responses. */
static void read_details(const json_t *root, struct usage *found)
{
	found->cached_tokens = json_read_int(root, "prompt_tokens_details.cached_tokens",
	    json_read_int(root, "input_tokens_details.cached_tokens",
		json_read_int(root, "prompt_cache_hit_tokens", 0))); /* DeepSeek's */
	found->cache_write_tokens = json_read_int(root, "prompt_tokens_details.cache_write_tokens",
	    json_read_int(root, "input_tokens_details.cache_write_tokens", 0));
	found->audio_input_tokens = json_read_int(root, "prompt_tokens_details.audio_tokens", 0);
	found->reasoning_tokens = json_read_int(root, "completion_tokens_details.reasoning_tokens",
	    json_read_int(root, "output_tokens_details.reasoning_tokens", 0));
	found->audio_output_tokens =
	    json_read_int(root, "completion_tokens_details.audio_tokens", 0);
}

void openai_usage_read(const struct provider *provider, struct slice usage, struct usage *out)
{
	struct error err;
	AUTO_JSON json_t *root = json_read(usage, &err);
	struct usage found = { .known = true, .reported_cost_nano = -1 };

	if (!json_is_object(root))
		return;
	found.input_tokens =
	    json_read_int(root, "prompt_tokens", json_read_int(root, "input_tokens", 0));
	found.output_tokens =
	    json_read_int(root, "completion_tokens", json_read_int(root, "output_tokens", 0));
	read_details(root, &found);
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
