/*
 * What is read of a Responses answer, whole or streamed: usage, model, whether it is complete.
 * Its neutral events are made in responses_decode.c.
 */
#include <stdio.h>

#include "base/json_scan.h"
#include "providers/openai_format.h"
#include "providers/responses_format.h"
#include "providers/usage_floor.h"

#include "base/banned.h"

static bool is_over(struct slice status)
{
	return slice_is(status, "completed") || slice_is(status, "incomplete");
}

static void note_reason(struct slice response, struct arena *arena, struct provider_reply *out)
{
	const char *reason =
	    json_as_text(json_member(json_member(response, "incomplete_details"), "reason"), arena);

	if (!reason)
		reason = json_as_text(json_member(response, "status"), arena);
	snprintf(out->finish_reason, sizeof out->finish_reason, "%s", reason ? reason : "");
}

int responses_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	struct slice status;

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	if (json_scan_type(json_member(body, "usage")) == JSON_MAP)
		openai_usage_read(provider, json_member(body, "usage"), &reply.usage);
	*out = reply;
	if (json_scan_type(json_member(body, "output")) != JSON_LIST)
		return error_set(err, ERROR_UPSTREAM, "the provider's answer has no output");
	status = json_as_slice(json_member(body, "status"), arena);
	if (status.ptr && !is_over(status))
		return error_set(err, ERROR_UPSTREAM, "the provider's answer is not complete");
	usage_check_whole(responses_decode_reply, body, arena, &reply.usage);
	reply.model = json_as_text(json_member(body, "model"), arena);
	note_reason(body, arena, &reply);
	*out = reply;
	return 0;
}

/* ---- streamed ---- */

static void note_response(
    struct provider_stream *stream, struct slice response, struct arena *arena)
{
	struct slice usage = json_member(response, "usage");
	const char *model = json_as_text(json_member(response, "model"), arena);

	openai_usage_find(
	    stream->provider, response, usage, (struct slice){ NULL, 0 }, &stream->usage);
	if (model)
		snprintf(stream->model, sizeof stream->model, "%s", model);
}

static bool is_text(struct slice type)
{
	return slice_ends(type, "text.delta") || slice_ends(type, "refusal.delta") ||
	       slice_ends(type, "arguments.delta");
}

static void responses_reply_count_delta(
    struct provider_stream *stream, struct slice type, struct slice delta)
{
	if (json_scan_type(delta) != JSON_TEXT || delta.len <= 2)
		return;
	stream->delta_events++;
	text_tokens_add(&stream->text, delta);
	if (is_text(type))
		stream->text_bytes += (int64_t)delta.len - 2;
}

static bool is_failure(struct slice type)
{
	return slice_is(type, "response.failed") || slice_is(type, "response.cancelled") ||
	       slice_is(type, "error");
}

enum stream_step responses_stream_event(struct provider_stream *stream, const char *event,
    struct slice data, struct arena *arena, struct slice *out)
{
	struct slice type, response;

	*out = data;
	if (slice_is(data, "[DONE]"))
		return STREAM_HIDE; /* this format has none; clones add it */
	if (json_scan_check(data, NULL) != 0 || json_scan_type(data) != JSON_MAP)
		return STREAM_ERROR;
	type = json_as_slice(json_member(data, "type"), arena);
	if (!type.ptr)
		type = slice_of(event);
	response = json_member(data, "response");
	if (json_scan_type(response) == JSON_MAP)
		note_response(stream, response, arena);
	if (is_failure(type) || strcmp(event, "error") == 0) {
		if (json_scan_type(response) == JSON_MAP)
			*out = response;
		return STREAM_ERROR;
	}
	if (slice_ends(type, ".delta"))
		responses_reply_count_delta(stream, type, json_member(data, "delta"));
	if (slice_is(type, "response.completed") || slice_is(type, "response.incomplete"))
		stream->finished = stream->done = true;
	return STREAM_FORWARD;
}
