/*
 * Answers with a few bytes changed.  See the header.
 */
#include "api/answer_edit.h"

#include <string.h>

#include "base/json_scan.h"
#include "base/number.h"
#include "base/sixteen.h"
#include "base/text.h"

#include "base/banned.h"

/* json with the bytes from `at` on, len of them, replaced. */
static struct slice with_bytes(
    struct slice json, const char *at, size_t len, struct slice put, struct arena *arena)
{
	struct arena_bytes out = { .ptr = NULL };

	arena_bytes_add(&out, (struct slice){ json.ptr, (size_t)(at - json.ptr) }, arena);
	arena_bytes_add(&out, put, arena);
	arena_bytes_add(
	    &out, (struct slice){ at + len, json.len - (size_t)(at - json.ptr) - len }, arena);
	return arena_bytes_slice(&out);
}

/* Where formats name the model: at the top, in Anthropic's message_start, in events of Responses.
 */
static struct slice named_model(struct slice json)
{
	static const char *const inside[] = { "message", "response" };
	struct slice name = json_member(json, "model");

	if (json_scan_type(name) != JSON_TEXT)
		name = json_member(json, "modelVersion");
	for (size_t i = 0; json_scan_type(name) != JSON_TEXT && i < 2; i++)
		name = json_member(json_member(json, inside[i]), "model");
	return name;
}

static struct slice with_model(struct slice json, const char *model, struct arena *arena)
{
	struct slice name = named_model(json);
	AUTO_TEXT struct text put = { .size = 0 };

	if (json_scan_type(name) != JSON_TEXT)
		return json;
	text_init(&put, strlen(model) * 6 + 2);
	text_json_string(&put, model, strlen(model));
	return with_bytes(json, name.ptr, name.len, text_slice(&put), arena);
}

/* The text of the first choice, from `after` on, that has reasoning and no reasoning_content. */
static struct slice lone_reasoning(struct slice json, const char *after)
{
	struct slice choices = json_member(json, "choices");

	for (struct json_cursor choice = json_cursor(choices); json_next(&choice);) {
		struct slice said = json_member(choice.value, "delta"), text;

		if (json_scan_type(said) != JSON_MAP)
			said = json_member(choice.value, "message");
		text = json_member(said, "reasoning");
		if (json_scan_type(text) == JSON_TEXT && text.len > 2 && text.ptr > after &&
		    !json_member(said, "reasoning_content").ptr)
			return text;
	}
	return (struct slice){ NULL, 0 };
}

static struct slice with_reasoning(struct slice json, struct arena *arena)
{
	struct slice text = lone_reasoning(json, NULL);

	while (text.ptr) {
		size_t end = (size_t)(text.ptr - json.ptr) + text.len;
		struct arena_bytes put = { .ptr = NULL };

		arena_bytes_add(&put, slice_of(",\"reasoning_content\":"), arena);
		arena_bytes_add(&put, text, arena);
		json = with_bytes(json, json.ptr + end, 0, arena_bytes_slice(&put), arena);
		text = lone_reasoning(json, json.ptr + end);
	}
	return json;
}

/* At the top, or in an event of Responses. */
static struct slice with_cost(struct slice json, int64_t cost_nano, struct arena *arena)
{
	struct slice usage = json_member(json, "usage");
	struct json_cursor first;
	const char *put;

	if (json_scan_type(usage) != JSON_MAP)
		usage = json_member(json_member(json, "response"), "usage");
	if (json_scan_type(usage) != JSON_MAP || json_member(usage, "cost").ptr)
		return json;
	first = json_cursor(usage);
	put = arena_printf(arena, "%s\"cost\":%s", json_next(&first) ? "," : "",
	    number_dollars_bare(cost_nano).text);
	return with_bytes(json, usage.ptr + usage.len - 1, 0, slice_of(put), arena);
}

struct slice answer_edit(const struct answer_edit *edit, struct slice json, struct arena *arena)
{
	static const struct slice reasoning = SLICE("\"reasoning\""), usage = SLICE("\"usage\"");

	if (json_scan_type(json) != JSON_MAP)
		return json;
	if (edit->is_chat && sixteen_holds(json, reasoning))
		json = with_reasoning(json, arena);
	if (edit->cost_nano && *edit->cost_nano >= 0 && sixteen_holds(json, usage))
		json = with_cost(json, *edit->cost_nano, arena);
	return edit->model ? with_model(json, edit->model, arena) : json;
}
