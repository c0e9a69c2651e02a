/*
 * What is read of a Responses answer, whole or streamed: usage, model, whether it is complete.
 * Its neutral events are made in responses_decode.c.
 */
#include <stdio.h>

#include "base/json_scan.h"
#include "providers/openai_format.h"
#include "providers/responses_format.h"
#include "providers/usage_floor.h"
#include "providers/usage_member.h"

#include "base/banned.h"

static bool is_over(struct slice status)
{
	return slice_is_one_of(status, "completed incomplete");
}

static void note_reason(struct slice response, struct arena *arena, struct provider_reply *out)
{
	const char *reason =
	    json_as_text(json_member(json_member(response, "incomplete_details"), "reason"), arena);

	if (!reason)
		reason = json_as_text(json_member(response, "status"), arena);
	snprintf(out->finish_reason, sizeof out->finish_reason, "%s", reason ? reason : "");
}

/* ---- tools that ran at the provider ---- */

/* Of a search the opening of a page costs nothing, and what is past max_tool_calls has no action;
 * a container costs once, however often it is called. */
static bool is_billed(const struct server_tool *row, struct slice item, struct slice *container)
{
	struct slice action = json_member(item, "action"), id = json_member(item, "container_id");
	bool same = id.ptr && slice_equal(id, *container);

	if (row->id == SERVER_WEB_SEARCH)
		return json_scan_type(action) == JSON_MAP &&
		       !json_text_is(json_member(action, "type"), "open_page") &&
		       !json_text_is(json_member(action, "type"), "find_in_page");
	if (row->id == SERVER_CODE_INTERPRETER)
		*container = id;
	return row->id != SERVER_CODE_INTERPRETER || !same;
}

static const struct server_tool *ran_as(
    const struct provider *provider, struct slice item, struct arena *arena)
{
	struct slice type = json_as_slice(json_member(item, "type"), arena);

	for (int id = 0; id < SERVER_TOOL_COUNT; id++) {
		const struct server_tool *row =
		    server_tool_of(TOOLS_OF_RESPONSES, provider->name, id);

		if (row && row->call && slice_is(type, row->call))
			return row;
	}
	return NULL;
}

static void count_items(const struct provider *provider, struct slice output, struct arena *arena,
    struct tool_uses *uses)
{
	struct slice container = { NULL, 0 };

	for (struct json_cursor item = json_cursor(output); json_next(&item);) {
		const struct server_tool *row = ran_as(provider, item.value, arena);

		if (row && is_billed(row, item.value, &container))
			uses->of[row->id]++;
	}
}

/* What is told counts: OpenAI leaves out searches that it does not bill. */
static void read_told(const struct provider *provider, struct slice response, struct usage *out)
{
	struct slice usage = json_member(response, "usage"),
		     places[] = { json_member(response, "tool_usage"),
			     json_member(usage, "tool_usage"), usage };

	for (int id = 0; id < SERVER_TOOL_COUNT; id++) {
		const struct server_tool *row =
		    server_tool_of(TOOLS_OF_RESPONSES, provider->name, id);

		out->uses_told |= 1U << id;
		for (size_t i = 0; row && row->told_in && i < sizeof places / sizeof places[0]; i++)
			if (json_as_int(
				json_member(json_member(places[i], row->told_in), row->told_as),
				&out->uses.of[id]))
				break;
	}
}

static void responses_uses_read(
    const struct provider *provider, struct slice response, struct arena *arena, struct usage *out)
{
	struct tool_uses counted = { { 0 } };

	count_items(provider, json_member(response, "output"), arena, &counted);
	out->uses = counted;
	read_told(provider, response, out);
}

int responses_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	struct slice status;

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	openai_usage_read(provider, usage_member(body, "usage", arena), &reply.usage);
	responses_uses_read(provider, body, arena, &reply.usage);
	reply.usage.served = served_as(json_member(body, "service_tier"));
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
	struct slice usage = usage_member(response, "usage", arena);
	const char *model = json_as_text(json_member(response, "model"), arena);

	openai_usage_find(stream->provider, json_member(response, "x_groq"), usage,
	    (struct slice){ NULL, 0 }, arena, &stream->usage);
	stream->usage.served = served_as(json_member(response, "service_tier"));
	if (stream->usage.known)
		responses_uses_read(stream->provider, response, arena, &stream->usage);
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
	return slice_is_one_of(type, "response.failed response.cancelled error");
}

/* For a stream that is cut; the end of a whole one has all items. */
static void count_done(
    struct provider_stream *stream, struct slice type, struct slice item, struct arena *arena)
{
	struct slice container = { NULL, 0 };
	const struct server_tool *row = slice_is(type, "response.output_item.done")
					    ? ran_as(stream->provider, item, arena)
					    : NULL;

	if (row && is_billed(row, item, &container))
		stream->uses.of[row->id]++;
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
	openai_usage_find(stream->provider, json_member(data, "x_groq"),
	    usage_member(data, "usage", arena), (struct slice){ NULL, 0 }, arena, &stream->usage);
	if (is_failure(type) || strcmp(event, "error") == 0) {
		if (json_scan_type(response) == JSON_MAP)
			*out = response;
		stream->billed = json_scan_type(json_member(response, "usage")) == JSON_MAP;
		return STREAM_ERROR;
	}
	if (slice_ends(type, ".delta"))
		responses_reply_count_delta(stream, type, json_member(data, "delta"));
	count_done(stream, type, json_member(data, "item"), arena);
	if (slice_is_one_of(type, "response.completed response.incomplete"))
		stream->finished = stream->done = true;
	return STREAM_FORWARD;
}
