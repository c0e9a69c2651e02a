/*
 * Embeddings at Gemini: batchEmbedContents, written from OpenAI's
 * request.  The answer has no usage, so a call is charged what its text can have been at most; it
 * is put into the client's shape by chat/embeddings.c.
 */
#include "base/json_scan.h"
#include "base/json_write.h"
#include "providers/call_parts.h"
#include "providers/gemini_format.h"

#include "base/banned.h"

#define JSON_MAX ((size_t)256 << 20)

static void put_request(
    struct text *json, const char *model_json, struct slice text, struct slice body)
{
	struct slice dimensions = json_member(body, "dimensions"),
		     task = json_member(body, "task_type"), title = json_member(body, "title");

	json_write(json, "{model:%r, content:{parts:[{text:%r}]}", model_json, text);
	if (json_scan_type(dimensions) == JSON_NUMBER)
		json_write(json, "outputDimensionality:%r", dimensions);
	if (json_scan_type(task) == JSON_TEXT)
		json_write(json, "taskType:%r", task);
	if (json_scan_type(title) == JSON_TEXT)
		json_write(json, "title:%r", title);
	json_write(json, "}");
}

static int put_requests(
    struct text *json, const struct provider_call *call, struct arena *arena, struct error *err)
{
	const char *model_json = call_quoted(arena, arena_printf(arena, "models/%s", call->model));
	struct slice body = call->request->body, input = json_member(body, "input");

	if (json_scan_type(input) == JSON_TEXT) {
		put_request(json, model_json, input, body);
		return 0;
	}
	for (struct json_cursor item = json_cursor(input); json_next(&item);) {
		if (json_scan_type(item.value) != JSON_TEXT)
			return error_set(err, ERROR_UNSUPPORTED,
			    "input: tokens of another model's vocabulary cannot be embedded by "
			    "'%s'; send text",
			    call->request->model);
		put_request(json, model_json, item.value, body);
	}
	return 0;
}

static int gemini_embeddings_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	AUTO_TEXT struct text json = text_empty(JSON_MAX);
	const char *base;

	if (call_base(call, arena, &base, err) != 0 ||
	    call_set_destination(call,
		arena_printf(arena, "%s/models/%s:batchEmbedContents", base,
		    call_path_part(call->model, arena)),
		arena, out, err) != 0 ||
	    call_set_headers(call, arena, out, err) != 0)
		return -1;
	json_write(&json, "{requests:[");
	if (put_requests(&json, call, arena, err) != 0)
		return -1;
	json_write(&json, "]}");
	return call_set_body(&json, arena, out, err);
}

static int gemini_embeddings_read_reply(const struct provider *provider, struct slice body,
    struct arena *arena, struct provider_reply *out, struct error *err)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	if (json_scan_type(json_member(body, "embeddings")) != JSON_LIST)
		return error_set(err, ERROR_UPSTREAM, "the provider's answer has no embeddings");
	*out = reply;
	return 0;
}

const struct wire_format gemini_embeddings_format = { "gemini embeddings", WIRE_EMBEDDINGS,
	gemini_embeddings_build, gemini_embeddings_read_reply, call_no_event, NULL, NULL };
