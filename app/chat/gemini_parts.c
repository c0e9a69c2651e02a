/*
 * The contents of a Gemini request: turns and their parts.  See the
 * header.
 *
 * Gemini's calls often have no id: those get one from their position, and a result without an id is
 * joined to the first unanswered call of its name.
 */
#include "chat/gemini_parts.h"

#include "base/json_scan.h"
#include "chat/gemini_names.h"

#include "base/banned.h"

struct json_cursor gemini_elements(struct slice value)
{
	enum json_type type = json_scan_type(value);

	if (type == JSON_LIST || type == JSON_NIL || type == JSON_MISSING)
		return json_cursor(value);
	return (struct json_cursor){ .at = value.ptr, .end = value.ptr + value.len };
}

/* A part as it stands in the body. */
struct source {
	struct slice value;     /* of the member that says what it is */
	struct slice signature; /* {NULL, 0}: none */
	bool thought;
};

typedef int read_part_fn(struct reading *reading, struct chat_turn *turn,
    const struct source *source, struct error *err);

static int gemini_parts_read_part(
    struct reading *reading, struct chat_turn *turn, struct slice part, struct error *err);

static int read_media(struct reading *reading, struct chat_turn *turn, struct slice media,
    bool is_link, struct error *err)
{
	enum { MIME, WHAT, COUNT };
	const char *const names[COUNT] = { "mimeType", is_link ? "fileUri" : "data" };
	struct slice in[COUNT], mime;
	struct chat_part *part;

	if (gemini_members(media, names, COUNT, in, err) != 0)
		return -1;
	mime = json_as_slice(in[MIME], reading->arena);
	part = turn_add_part(turn, PART_DOCUMENT, reading->arena);
	part->mime = mime;
	*(is_link ? &part->url : &part->data) = json_as_slice(in[WHAT], reading->arena);
	conversation_settle_media(reading->to, part);
	return 0;
}

static int read_inlined(
    struct reading *reading, struct chat_turn *turn, const struct source *source, struct error *err)
{
	return read_media(reading, turn, source->value, false, err);
}

static int read_linked(
    struct reading *reading, struct chat_turn *turn, const struct source *source, struct error *err)
{
	return read_media(reading, turn, source->value, true, err);
}

static struct slice made_id(struct reading *reading, const struct chat_turn *turn)
{
	return slice_of(arena_printf(
	    reading->arena, "call_%zu_%zu", reading->to->turn_count, turn->part_count));
}

static int gemini_parts_read_call(
    struct reading *reading, struct chat_turn *turn, const struct source *source, struct error *err)
{
	enum { ID, NAME, ARGS, COUNT };
	static const char *const names[] = { "id", "name", "args" };
	struct slice in[COUNT];
	struct chat_part *part;

	if (gemini_members(source->value, names, COUNT, in, err) != 0)
		return -1;
	part = turn_add_part(turn, PART_TOOL_CALL, reading->arena);
	part_set_id(part, json_as_slice(in[ID], reading->arena));
	if (part->id.len == 0)
		part->id = made_id(reading, turn);
	part->name = json_as_slice(in[NAME], reading->arena);
	part->arguments = json_scan_type(in[ARGS]) == JSON_MAP ? in[ARGS] : slice_of("{}");
	if (source->signature.len) {
		part->signature = source->signature;
		part->signed_by = WIRE_GEMINI;
	}
	return 0;
}

static bool is_answered(const struct chat_conversation *in, struct slice id)
{
	for (size_t t = 0; t < in->turn_count; t++)
		for (size_t p = 0; p < in->turns[t].part_count; p++)
			if (in->turns[t].parts[p].kind == PART_TOOL_RESULT &&
			    slice_equal(in->turns[t].parts[p].id, id))
				return true;
	return false;
}

static struct slice unanswered_call(const struct chat_conversation *in, struct slice name)
{
	for (size_t t = 0; t < in->turn_count; t++)
		for (size_t p = 0; p < in->turns[t].part_count; p++) {
			const struct chat_part *part = &in->turns[t].parts[p];

			if (part->kind == PART_TOOL_CALL && slice_equal(part->name, name) &&
			    !is_answered(in, part->id))
				return part->id;
		}
	return name;
}

/* {"result": "3"} is the text 3, as are "output" (Google's documents) and "content" beside the
 * tool's name (AI SDK); any other object is its own JSON. */
static struct slice only_text(struct slice content, struct arena *arena)
{
	struct slice found = { NULL, 0 };

	for (struct json_cursor member = json_cursor(content); json_next(&member);) {
		if (json_key_is(&member, "name"))
			continue;
		if (found.ptr || json_scan_type(member.value) != JSON_TEXT ||
		    !(json_key_is(&member, "result") || json_key_is(&member, "output") ||
			json_key_is(&member, "content")))
			return content;
		found = json_as_slice(member.value, arena);
	}
	return found.ptr ? found : content;
}

/* Media stand beside the response, as parts of their own. */
static int read_response(
    struct reading *reading, struct chat_turn *turn, const struct source *source, struct error *err)
{
	enum { ID, NAME, RESPONSE, PARTS, COUNT };
	static const char *const names[] = { "id", "name", "response", "parts" };
	struct slice in[COUNT], error, id;
	struct chat_turn content = { .role = CHAT_USER };
	struct chat_part *part, *text;

	if (gemini_members(source->value, names, COUNT, in, err) != 0)
		return -1;
	error = json_member(in[RESPONSE], "error");
	text = turn_add_part(&content, PART_TEXT, reading->arena);
	text->text = json_scan_type(error) == JSON_TEXT ? json_as_slice(error, reading->arena)
							: only_text(in[RESPONSE], reading->arena);
	for (struct json_cursor media = gemini_elements(in[PARTS]); json_next(&media);)
		if (gemini_parts_read_part(reading, &content, media.value, err) != 0)
			return -1;
	id = json_as_slice(in[ID], reading->arena);
	if (id.len == 0)
		id = unanswered_call(reading->to, json_as_slice(in[NAME], reading->arena));
	part = turn_add_part(turn, PART_TOOL_RESULT, reading->arena);
	part_set_id(part, id);
	part->name = json_as_slice(in[NAME], reading->arena);
	part->is_error = json_scan_type(error) == JSON_TEXT;
	part->parts = content.parts;
	part->part_count = content.part_count;
	return 0;
}

static int gemini_parts_read_text(
    struct reading *reading, struct chat_turn *turn, const struct source *source, struct error *err)
{
	struct chat_part *to =
	    turn_add_part(turn, source->thought ? PART_REASONING : PART_TEXT, reading->arena);

	to->text = json_as_slice(source->value, reading->arena);
	if (source->signature.len) {
		to->signature = source->signature;
		to->signed_by = WIRE_GEMINI;
	}
	return 0;
}

/* Code that ran at Google in an earlier turn, and what it put out: elsewhere they are words. */
static int read_fenced(struct reading *reading, struct chat_turn *turn, struct slice code)
{
	turn_add_part(turn, PART_TEXT, reading->arena)->text =
	    conversation_fenced(json_as_slice(code, reading->arena), reading->arena);
	reading->to->added_bytes += CONVERSATION_FENCES;
	return 0;
}

static int read_code(
    struct reading *reading, struct chat_turn *turn, const struct source *source, struct error *err)
{
	return read_fenced(reading, turn, json_member(source->value, "code"));
}

static int read_output(
    struct reading *reading, struct chat_turn *turn, const struct source *source, struct error *err)
{
	return read_fenced(reading, turn, json_member(source->value, "output"));
}

/* What a part can be.  Google takes one of them in a part; each that stands there is read, so that
 * none can hide another from the bound. */
enum {
	TEXT,
	CALL,
	RESPONSE,
	INLINED,
	LINKED,
	CODE,
	OUTPUT,
	KINDS,
	SIGNATURE = KINDS,
	THOUGHT,
	PART_MEMBERS
};
static const char *const part_names[PART_MEMBERS] = {
	[TEXT] = "text",
	[CALL] = "functionCall",
	[RESPONSE] = "functionResponse",
	[INLINED] = "inlineData",
	[LINKED] = "fileData",
	[CODE] = "executableCode",
	[OUTPUT] = "codeExecutionResult",
	[SIGNATURE] = "thoughtSignature",
	[THOUGHT] = "thought",
};
static const struct {
	enum json_type type;
	read_part_fn *read;
} part_kinds[KINDS] = {
	[TEXT] = { JSON_TEXT, gemini_parts_read_text },
	[CALL] = { JSON_MAP, gemini_parts_read_call },
	[RESPONSE] = { JSON_MAP, read_response },
	[INLINED] = { JSON_MAP, read_inlined },
	[LINKED] = { JSON_MAP, read_linked },
	[CODE] = { JSON_MAP, read_code },
	[OUTPUT] = { JSON_MAP, read_output },
};

/* A signature stands alone in the last part of some streams. */
static bool says_more(struct slice part)
{
	for (struct json_cursor member = json_cursor(part); json_next(&member);)
		if (!gemini_key_is(&member, part_names[SIGNATURE]) &&
		    !gemini_key_is(&member, part_names[THOUGHT]))
			return true;
	return false;
}

static int gemini_parts_read_part(
    struct reading *reading, struct chat_turn *turn, struct slice part, struct error *err)
{
	struct slice in[PART_MEMBERS];
	struct source source = { .thought = false };
	bool known = false;

	if (gemini_members(part, part_names, PART_MEMBERS, in, err) != 0)
		return -1;
	source.signature = json_as_slice(in[SIGNATURE], reading->arena);
	(void)json_as_bool(in[THOUGHT], &source.thought);
	for (int kind = 0; kind < KINDS; kind++) {
		if (json_scan_type(in[kind]) != part_kinds[kind].type)
			continue;
		known = true;
		source.value = in[kind];
		if (part_kinds[kind].read(reading, turn, &source, err) != 0)
			return -1;
	}
	if (!known && says_more(part))
		reading->to->features |= FEATURE_VENDOR_TOOLS;
	return 0;
}

int gemini_read_content(
    struct reading *reading, struct slice content, enum chat_role role, struct error *err)
{
	struct chat_turn *turn = conversation_add_turn(reading->to, role, reading->arena);
	static const char *const names[] = { "parts" };
	struct slice parts;

	if (gemini_members(content, names, 1, &parts, err) != 0)
		return -1;
	for (struct json_cursor part = gemini_elements(parts); json_next(&part);)
		if (gemini_parts_read_part(reading, turn, part.value, err) != 0)
			return -1;
	return 0;
}
