/*
 * Counting calls.  See the header.
 *
 * Anthropic refuses members that have no part in the input (anthropic 2.14,
 * message_count_tokens_params.py).  Gemini takes the whole request under one name, with the model
 * in it; Vertex, whose paths name a publisher, takes the members themselves; of
 * Claude it wants the model in the body, and another one in the path (anthropic 2.14,
 * lib/vertex/_client.py).
 */
#include "providers/count_call.h"

#include <string.h>

#include "base/json_scan.h"
#include "base/text.h"

#include "base/banned.h"

#define BODY_MAX ((size_t)64 << 20)

bool count_call_possible(const struct wire_format *format)
{
	return format == &anthropic_format || format == &gemini_format;
}

static bool is_counted(const struct json_cursor *member)
{
	return json_key_is_one_of(member,
	    "model anthropic_version messages system tools tool_choice thinking output_config "
	    "cache_control context_management");
}

static void put_members(struct text *json, struct slice body, bool all)
{
	bool first = true;

	for (struct json_cursor member = json_cursor(body); json_next(&member);) {
		if (!all && !is_counted(&member))
			continue;
		if (!first)
			text_putc(json, ',');
		text_add(json, member.whole.ptr, member.whole.len);
		first = false;
	}
}

/* ".../messages?beta=true" to ".../messages/count_tokens?beta=true" */
static const char *anthropic_url(const char *url, struct arena *arena)
{
	size_t path = strcspn(url, "?");

	if (path < 9 || strncmp(url + path - 9, "/messages", 9) != 0)
		return NULL;
	return arena_printf(arena, "%.*s/count_tokens%s", (int)path, url, url + path);
}

/* ".../models/NAME:rawPredict" of Vertex to ".../models/count-tokens:rawPredict" */
static const char *vertex_claude_url(const char *url, struct arena *arena, struct slice *out_model)
{
	const char *name = strstr(url, "/publishers/anthropic/models/"), *verb = strrchr(url, ':');

	if (!name || !verb || verb < name)
		return NULL;
	name += strlen("/publishers/anthropic/models/");
	*out_model = (struct slice){ name, (size_t)(verb - name) };
	return arena_printf(arena, "%.*scount-tokens:rawPredict", (int)(name - url), url);
}

/* ".../models/NAME:generateContent"; the name is as it stands in the path. */
static const char *gemini_url(const char *url, struct arena *arena, struct slice *out_model)
{
	const char *name = strstr(url, "/models/"), *verb = strrchr(url, ':');

	if (!name || !verb || verb < name)
		return NULL;
	*out_model = (struct slice){ name + 1, (size_t)(verb - name - 1) };
	return arena_printf(arena, "%.*s:countTokens", (int)(verb - url), url);
}

static struct slice count_call_kept(const struct text *text, struct arena *arena)
{
	struct slice bytes = text_slice(text);

	if (text_failed(text))
		return (struct slice){ NULL, 0 };
	return (struct slice){ arena_copy_slice(arena, bytes), bytes.len };
}

static struct slice count_call_joined(const struct fetch_call *call, struct arena *arena)
{
	AUTO_TEXT struct text body = text_empty(BODY_MAX);

	for (size_t i = 0; i < call->body_count; i++)
		text_add(&body, call->body[i].ptr, call->body[i].len);
	return count_call_kept(&body, arena);
}

/* {NULL, 0} when it would be too long. */
static struct slice question(const struct wire_format *format, const char *url, struct slice model,
    struct slice body, struct arena *arena)
{
	bool wrapped = format == &gemini_format && !strstr(url, "/publishers/");
	AUTO_TEXT struct text json = text_empty(BODY_MAX);

	text_putc(&json, '{');
	if (wrapped) {
		text_puts(&json, "\"generateContentRequest\":{\"model\":");
		text_json_string(&json, model.ptr, model.len);
		text_putc(&json, ',');
	} else if (format == &anthropic_format && model.len) {
		text_puts(&json, "\"model\":");
		text_json_string(&json, model.ptr, model.len);
		text_putc(&json, ',');
	}
	put_members(&json, body, format == &gemini_format);
	text_puts(&json, wrapped ? "}}" : "}");
	return count_call_kept(&json, arena);
}

bool count_call_make(const struct wire_format *format, const struct fetch_call *built,
    struct arena *arena, struct count_call *out)
{
	bool is_gemini = format == &gemini_format;
	struct slice body = count_call_joined(built, arena), model = { "", 0 };
	/* Bedrock answers the Messages' counting address with 200 and an error (docs/providers.md).
	 */
	bool bedrock = strstr(built->url, "/anthropic/v1/messages") != NULL;
	const char *url = bedrock     ? NULL
			  : is_gemini ? gemini_url(built->url, arena, &model)
				      : vertex_claude_url(built->url, arena, &model);

	if (!url && !bedrock && !is_gemini)
		url = anthropic_url(built->url, arena);

	if (!url || json_scan_type(body) != JSON_MAP)
		return false;
	out->call = *built;
	out->call.url = url;
	out->body = question(format, url, model, body, arena);
	out->call.body = &out->body;
	out->call.body_count = 1;
	out->talk = json_member(body, is_gemini ? "contents" : "messages");
	return out->body.ptr && json_scan_type(out->talk) == JSON_LIST;
}

bool count_call_read(const struct wire_format *format, struct slice body, int64_t *out_tokens)
{
	struct slice value;

	if (json_scan_check(body, NULL) != 0 || json_scan_type(body) != JSON_MAP)
		return false;
	value = json_member(body, format == &gemini_format ? "totalTokens" : "input_tokens");
	return value.ptr && json_as_int(value, out_tokens) && *out_tokens > 0;
}
