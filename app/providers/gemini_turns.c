/*
 * Contents in a row that are one turn.  See the header.
 */
#include "providers/gemini_turns.h"

#include "base/json_scan.h"
#include "base/json_write.h"
#include "chat/gemini_names.h"

#include "base/banned.h"

static bool has_result(struct slice content)
{
	if (json_scan_type(content) != JSON_MAP)
		return false;
	for (struct json_cursor part = json_cursor(json_member(content, "parts"));
	     json_next(&part);)
		if (json_scan_type(part.value) == JSON_MAP &&
		    gemini_member(part.value, "functionResponse").ptr)
			return true;
	return false;
}

static struct slice role_of(struct slice content, struct arena *arena)
{
	struct slice role = json_as_slice(json_member(content, "role"), arena);

	return role.len ? role : slice_of("user");
}

static bool is_one_turn(struct slice content, struct slice next, struct arena *arena)
{
	return has_result(content) && has_result(next) &&
	       slice_equal(role_of(content, arena), role_of(next, arena));
}

static void put_parts(struct text *json, struct slice content)
{
	for (struct json_cursor part = json_cursor(json_member(content, "parts"));
	     json_next(&part);)
		json_put_raw(json, part.value);
}

/* The first content with the parts of all; *at stands at it, and then at the last. */
static void put_turn(struct text *json, struct json_cursor *at, struct arena *arena)
{
	struct slice first = at->value;

	json_write(json, "{");
	for (struct json_cursor member = json_cursor(first); json_next(&member);)
		if (!json_key_is(&member, "parts"))
			json_put_raw(json, member.whole);
	json_write(json, "parts:[");
	put_parts(json, first);
	for (struct json_cursor next = *at;
	     json_next(&next) && is_one_turn(first, next.value, arena); *at = next)
		put_parts(json, next.value);
	json_write(json, "]}");
}

const char *gemini_turns_joined(struct slice contents, struct arena *arena)
{
	AUTO_TEXT struct text json = { .size = 0 };
	bool changed = false;

	if (json_scan_type(contents) != JSON_LIST)
		return NULL;
	text_init(&json, contents.len + 64);
	json_write(&json, "[");
	for (struct json_cursor at = json_cursor(contents); json_next(&at);) {
		struct json_cursor next = at;

		if (!json_next(&next) || !is_one_turn(at.value, next.value, arena)) {
			json_put_raw(&json, at.value);
			continue;
		}
		put_turn(&json, &at, arena);
		changed = true;
	}
	json_write(&json, "]");
	return changed ? arena_copy_slice(arena, text_slice(&json)) : NULL;
}
