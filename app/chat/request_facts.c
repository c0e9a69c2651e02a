/*
 * Bodies of other formats than OpenAI's chat.  See the header.
 *
 * The bound's text is the whole body less media data, as in chat_request.c; parts whose size nobody
 * knows (documents, audio, blocks of a kind that is not known) count as the whole window.
 */
#include "chat/request_facts.h"

#include "base/json_scan.h"
#include "chat/given_twice.h"
#include "chat/unknown_members.h"

#include "base/banned.h"

int reading_model(struct reading *reading, struct slice value, struct error *err)
{
	return chat_request_read_model(value, reading->arena, &reading->request->model, err);
}

int reading_stream(struct reading *reading, struct slice value, struct error *err)
{
	return json_as_bool(value, &reading->request->stream)
		   ? 0
		   : error_set(err, ERROR_BAD_REQUEST, "stream: expected true or false");
}

int reading_ignored(struct reading *reading, struct slice value, struct error *err)
{
	return 0;
}

#define NAME_TOLD_MAX 64

void reading_server_tool(
    struct reading *reading, const struct server_tool *row, struct slice type, struct slice most)
{
	struct chat_conversation *to = reading->to;
	struct bound_input *bound = &reading->request->bound;
	struct slice told = type.len <= NAME_TOLD_MAX ? type : slice_of("a tool of a long name");

	reading->request->has_tools = true;
	if (row && row->id == SERVER_WEB_SEARCH) {
		to->features |= FEATURE_OFFERED_SEARCH;
		to->offered = told;
	} else {
		to->features |= FEATURE_SERVER_TOOLS;
		to->other = row && bound->unknown_tools ? to->other : told;
		bound->server_tools = true;
	}
	if (row)
		chat_request_name_tool(reading->request, row->id, most);
	else
		bound->unknown_tools = true;
}

void reading_settle_offer(struct chat_request *request)
{
	struct chat_conversation *to = request->conversation;

	if (!(to->features & FEATURE_OFFERED_SEARCH) ||
	    (to->tool_count > 0 &&
		!(to->tool_choice == TOOLS_NAMED && slice_begins(to->tool_name, "web_search"))))
		return;
	to->features = (to->features & ~(unsigned)FEATURE_OFFERED_SEARCH) | FEATURE_SERVER_TOOLS;
	if (!request->bound.unknown_tools)
		to->other = to->offered;
	request->bound.server_tools = true;
}

static const struct reading_row *request_facts_row_of(
    const struct reading *reading, const struct json_cursor *member)
{
	for (size_t i = 0; i < reading->row_count; i++)
		if (reading->key_is ? reading->key_is(member, reading->rows[i].name)
				    : json_key_is(member, reading->rows[i].name))
			return &reading->rows[i];
	return NULL;
}

static int read_known(
    struct reading *reading, const struct reading_row *row, struct slice value, struct error *err)
{
	if (json_scan_type(value) == JSON_NIL)
		return 0;
	reading->to->features |= row->feature;
	if (row->number) {
		if (json_scan_type(value) != JSON_NUMBER)
			return error_set(
			    err, ERROR_BAD_REQUEST, "%s: expected a number", row->name);
		*(struct slice *)((char *)reading->to + row->number) = value;
	}
	return row->read(reading, value, err);
}

/* A member that no row is for.  Names are judged as they stand (unknown_members.h), so one that is
 * escaped could say anything. */
static int note_unknown(
    struct reading *reading, const struct json_cursor *member, struct error *err)
{
	if (!reading->inside && chat_request_owns(member))
		return 0;
	if (chat_request_check_member(member, err) != 0)
		return -1;
	if (member->key_escaped)
		return error_set(err, ERROR_BAD_REQUEST,
		    "\"%.*s\": write the member's name without escapes",
		    (int)(member->key.len < 60 ? member->key.len : 60), member->key.ptr);
	conversation_note_other(reading->to, member->key, reading->arena);
	unknown_member_note(reading->request, reading->inside, member, reading->arena);
	return 0;
}

int reading_members(struct reading *reading, struct slice object, struct error *err)
{
	bool seen[64] = { false };

	for (struct json_cursor member = json_cursor(object); json_next(&member);) {
		const struct reading_row *row = request_facts_row_of(reading, &member);

		if (member.value.len > reading->request->largest.len)
			reading->request->largest = member.value;
		if (!row) {
			if (note_unknown(reading, &member, err) != 0)
				return -1;
			continue;
		}
		if (seen[row - reading->rows])
			return error_set(err, ERROR_BAD_REQUEST, "%s: given twice", row->name);
		seen[row - reading->rows] = true;
		if (read_known(reading, row, member.value, err) != 0)
			return -1;
	}
	return 0;
}

/* ---- what it weighs ---- */

static int64_t weigh_parts(
    struct chat_request *request, const struct chat_part *parts, size_t count)
{
	int64_t media_bytes = 0;

	for (size_t i = 0; i < count; i++) {
		const struct chat_part *part = &parts[i];

		if (part->kind == PART_IMAGE) {
			request->has_images = true;
			request->bound.images++;
			media_bytes += (int64_t)part->data.len;
		} else if (part->kind == PART_AUDIO ||
			   (part->kind == PART_DOCUMENT && !part->text.ptr)) {
			request->has_media = true;
			request->bound.unbounded_parts++;
			media_bytes += (int64_t)part->data.len;
		}
		media_bytes += weigh_parts(request, part->parts, part->part_count);
	}
	return media_bytes;
}

static void weigh(struct chat_request *request, const struct json_tally *tally)
{
	const struct chat_conversation *of = request->conversation;
	int64_t media_bytes = 0;

	for (size_t i = 0; i < of->turn_count; i++)
		media_bytes += weigh_parts(request, of->turns[i].parts, of->turns[i].part_count);
	if (of->features & (FEATURE_VENDOR_TOOLS | FEATURE_PAST_TOOLS))
		request->bound.unbounded_parts++;
	request->has_tools = request->has_tools || of->tool_count > 0;
	request->bound.audio_output = (of->features & FEATURE_AUDIO_OUTPUT) != 0;
	request->bound.image_output = (of->features & FEATURE_IMAGE_OUTPUT) != 0;
	request->bound.choices = of->choices;
	request->bound.output_tokens = request->max_tokens;
	chat_request_weigh(request, tally, media_bytes);
}

int reading_object(
    struct slice body, struct arena *arena, struct json_tally *out, struct error *err)
{
	if (body.len == 0)
		return error_set(
		    err, ERROR_BAD_REQUEST, "the body is empty; expected a JSON object");
	if (json_scan_tally(body, out, err) != 0)
		return error_prefix(err, "the body is not valid JSON");
	if (json_scan_type(body) != JSON_MAP)
		return error_set(err, ERROR_BAD_REQUEST, "the body is not a JSON object");
	return given_twice_check(body, out, arena, err);
}

int reading_run(struct reading *reading, enum wire_format_id format, struct slice body,
    const char *path_model, struct arena *arena, struct chat_request *out, struct error *err)
{
	struct chat_conversation *to = arena_alloc(arena, sizeof *to);
	struct json_tally tally;

	*to = (struct chat_conversation){ .choices = 1, .top_logprobs = -1, .thinking_budget = -1 };
	*out = (struct chat_request){ .format = format,
		.body = body,
		.num_retries = -1,
		.bound.choices = 1,
		.conversation = to };
	reading->arena = arena;
	reading->request = out;
	reading->to = to;
	if (reading_object(body, arena, &tally, err) != 0 ||
	    reading_members(reading, body, err) != 0)
		return -1;
	if (path_model)
		out->model = arena_copy(arena, path_model);
	if (!out->model)
		return error_set(
		    err, ERROR_BAD_REQUEST, "model: missing; expected the name of a model");
	weigh(out, &tally);
	return 0;
}
