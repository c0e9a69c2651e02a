/*
 * The body that was sent, beside the client's.  See the header.
 *
 * It is compared as it went out, so that no writer of a format has to tell what it did; and only
 * after a refusal, so it costs nothing else.
 */
#include "relay/unfit.h"

#include "base/json_scan.h"
#include "relay/translate.h"

#include "base/banned.h"

/* What a gateway changes in every request.  The last two are asked of OpenAI's Responses, which
 * take them from everybody. */
static bool is_always_changed(const struct json_cursor *member)
{
	return json_key_is_one_of(member,
		   "model max_tokens max_completion_tokens max_output_tokens maxOutputTokens "
		   "stream_options stream_format store include metadata") ||
	       chat_request_owns(member);
}

static bool is_absent(struct slice value)
{
	return json_scan_type(value) <= JSON_NIL;
}

static struct slice member_of(struct slice map, struct slice key)
{
	struct slice found = { NULL, 0 };

	for (struct json_cursor member = json_cursor(map); json_next(&member);)
		if (json_key_equal(&member, key))
			found = member.value;
	return found;
}

static bool has_all_of(struct slice map, struct slice other);

/* Gemini's limit stands one level down. */
static bool is_same(struct slice key, struct slice value, struct slice other)
{
	static const struct slice config = SLICE("generationConfig");

	if (key.len == config.len && memcmp(key.ptr, config.ptr, key.len) == 0)
		return has_all_of(value, other) && has_all_of(other, value);
	if (is_absent(value))
		return is_absent(other);
	return value.len == other.len &&
	       (!value.len || memcmp(value.ptr, other.ptr, value.len) == 0);
}

/* Does the map have each member of the other one, but for what is always changed? */
static bool has_all_of(struct slice map, struct slice other)
{
	if (json_scan_type(other) != JSON_MAP)
		return true;
	for (struct json_cursor member = json_cursor(other); json_next(&member);)
		if (!is_always_changed(&member) &&
		    !is_same(member.key, member.value,
			json_scan_type(map) == JSON_MAP ? member_of(map, member.key)
							: (struct slice){ NULL, 0 }))
			return false;
	return true;
}

static struct slice unfit_joined(const struct fetch_call *sent, struct arena *arena)
{
	struct arena_bytes bytes = { .ptr = NULL };

	for (size_t i = 0; i < sent->body_count; i++)
		arena_bytes_add(&bytes, sent->body[i], arena);
	return (struct slice){ bytes.ptr, bytes.len };
}

bool unfit_is_unchanged(const struct run *run, const struct fetch_call *sent)
{
	struct slice asked = run->call->request->body, body = unfit_joined(sent, run->arena);

	return has_all_of(body, asked) && has_all_of(asked, body);
}

void unfit_judge(struct run *run, const struct candidate *candidate, const struct fetch_call *sent,
    struct failure *failure)
{
	const char *id = candidate->member->deployment->id, *before = run->out->unfit;

	if (failure->class != FAILURE_CLIENT ||
	    (!translate_needed(run, candidate->member) && unfit_is_unchanged(run, sent)))
		return;
	failure->class = FAILURE_UNFIT;
	run->out->unfit = before ? arena_printf(run->arena, "%s, %s", before, id) : id;
}
