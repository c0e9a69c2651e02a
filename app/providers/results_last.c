/*
 * Words after results.  See the header.
 */
#include "providers/results_last.h"

#include "base/json_scan.h"
#include "base/json_write.h"

#include "base/banned.h"

static bool has_role(struct slice message, const char *role)
{
	return json_scan_type(message) == JSON_MAP &&
	       json_text_is(json_member(message, "role"), role);
}

/* The message's content as one text; {NULL, 0}: it is more than words. */
static struct slice words_of(struct slice message, struct arena *arena)
{
	struct slice content = json_member(message, "content");
	struct arena_bytes all = { .ptr = NULL };

	if (json_scan_type(content) == JSON_TEXT)
		return json_as_slice(content, arena);
	if (json_scan_type(content) != JSON_LIST)
		return (struct slice){ NULL, 0 };
	for (struct json_cursor part = json_cursor(content); json_next(&part);) {
		if (!json_text_is(json_member(part.value, "type"), "text"))
			return (struct slice){ NULL, 0 };
		if (all.len > 0)
			arena_bytes_add(&all, slice_of("\n\n"), arena);
		arena_bytes_add(&all, json_as_slice(json_member(part.value, "text"), arena), arena);
	}
	return arena_bytes_slice(&all);
}

static void put_joined(struct text *json, struct slice tool, struct slice more, struct arena *arena)
{
	struct slice result = words_of(tool, arena);

	json_write(json, "{");
	for (struct json_cursor member = json_cursor(tool); json_next(&member);)
		if (!json_key_is(&member, "content"))
			json_put_raw(json, member.whole);
	json_write(json, "content:%}",
	    arena_printf(
		arena, "%.*s\n\n%.*s", (int)result.len, result.ptr, (int)more.len, more.ptr));
}

/* Writes the result that waits, with what the user says after it; true: that stands in it now. */
static bool put_waiting(
    struct text *json, struct slice waiting, struct slice after, struct arena *arena)
{
	struct slice words = { NULL, 0 };
	bool user = after.ptr && has_role(after, "user");

	if (user && words_of(waiting, arena).ptr)
		words = words_of(after, arena);
	if (words.ptr) {
		put_joined(json, waiting, words, arena);
		return true;
	}
	json_put_raw(json, waiting);
	if (user)
		json_put_raw(
		    json, slice_of("{\"role\":\"assistant\",\"content\":\"I have the results.\"}"));
	return false;
}

static bool results_last_is_wanted(struct slice messages)
{
	bool tool = false;

	for (struct json_cursor message = json_cursor(messages); json_next(&message);) {
		if (tool && has_role(message.value, "user"))
			return true;
		tool = has_role(message.value, "tool");
	}
	return false;
}

const char *results_last(struct slice messages, struct arena *arena)
{
	struct slice waiting = { NULL, 0 };
	AUTO_TEXT struct text json = { .size = 0 };

	if (!results_last_is_wanted(messages))
		return NULL;
	text_init(&json, messages.len * 2 + 256);
	json_write(&json, "[");
	for (struct json_cursor message = json_cursor(messages); json_next(&message);) {
		bool inside = waiting.ptr && put_waiting(&json, waiting, message.value, arena);

		waiting = (struct slice){ NULL, 0 };
		if (has_role(message.value, "tool"))
			waiting = message.value;
		else if (!inside)
			json_put_raw(&json, message.value);
	}
	if (waiting.ptr)
		json_put_raw(&json, waiting);
	json_write(&json, "]");
	return text_failed(&json) ? NULL : arena_copy_slice(arena, text_slice(&json));
}
