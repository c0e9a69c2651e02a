/*
 * The neutral conversation: lists that grow in the arena, and small questions.  See the header.
 */
#include "chat/conversation.h"

#include <string.h>
#include <strings.h>

#include "base/json_scan.h"

#include "base/banned.h"

#define SIGNED_ID "__thought__"

/* Room for one more in a list whose room doubles: sizes 0, 1, 2, 4, ... are full. */
static void *grown(void *items, size_t count, size_t size, struct arena *arena)
{
	void *larger;

	if (count != 0 && (count & (count - 1)) != 0)
		return items;
	larger = arena_alloc(arena, (count ? count * 2 : 1) * size);
	if (count)
		memcpy(larger, items, count * size);
	return larger;
}

void conversation_note_other(
    struct chat_conversation *conversation, struct slice name, struct arena *arena)
{
	struct slice *other = &conversation->other;
	bool first = !(conversation->features & FEATURE_OTHER) || !other->ptr;

	conversation->features |= FEATURE_OTHER;
	if (first)
		*other = name;
	else if (other->len + name.len + 2 <= CONVERSATION_OTHER_MAX)
		*other = slice_of(arena_printf(
		    arena, "%.*s, %.*s", (int)other->len, other->ptr, (int)name.len, name.ptr));
}

struct chat_turn *conversation_add_turn(
    struct chat_conversation *conversation, enum chat_role role, struct arena *arena)
{
	struct chat_turn *turn;

	conversation->turns = grown(
	    conversation->turns, conversation->turn_count, sizeof *conversation->turns, arena);
	turn = &conversation->turns[conversation->turn_count++];
	*turn = (struct chat_turn){ .role = role };
	return turn;
}

void conversation_put_first(struct chat_conversation *conversation)
{
	size_t before = conversation->turn_count - 1;
	struct chat_turn last = conversation->turns[before];

	memmove(conversation->turns + 1, conversation->turns, before * sizeof last);
	conversation->turns[0] = last;
}

static struct chat_part *add_part(
    struct chat_part **parts, size_t *count, enum part_kind kind, struct arena *arena)
{
	struct chat_part *part;

	*parts = grown(*parts, *count, sizeof **parts, arena);
	part = &(*parts)[(*count)++];
	*part = (struct chat_part){ .kind = kind };
	return part;
}

struct chat_part *turn_add_part(struct chat_turn *turn, enum part_kind kind, struct arena *arena)
{
	return add_part(&turn->parts, &turn->part_count, kind, arena);
}

struct chat_part *part_add_part(struct chat_part *result, enum part_kind kind, struct arena *arena)
{
	return add_part(&result->parts, &result->part_count, kind, arena);
}

struct chat_tool *conversation_add_tool(struct chat_conversation *conversation, struct arena *arena)
{
	struct chat_tool *tool;

	conversation->tools = grown(
	    conversation->tools, conversation->tool_count, sizeof *conversation->tools, arena);
	tool = &conversation->tools[conversation->tool_count++];
	*tool = (struct chat_tool){ .strict = false };
	return tool;
}

/* An empty one means none, and Gemini and Anthropic refuse it. */
static void add_stop(struct chat_conversation *conversation, struct slice stop, struct arena *arena)
{
	if (stop.len == 0)
		return;
	conversation->stops = grown(
	    conversation->stops, conversation->stop_count, sizeof *conversation->stops, arena);
	conversation->stops[conversation->stop_count++] = stop;
}

bool conversation_read_stops(
    struct chat_conversation *conversation, struct slice value, struct arena *arena)
{
	if (json_scan_type(value) == JSON_TEXT) {
		add_stop(conversation, json_as_slice(value, arena), arena);
		return true;
	}
	if (json_scan_type(value) != JSON_LIST)
		return false;
	for (struct json_cursor stop = json_cursor(value); json_next(&stop);) {
		if (json_scan_type(stop.value) != JSON_TEXT)
			return false;
		add_stop(conversation, json_as_slice(stop.value, arena), arena);
	}
	return true;
}

void part_set_url(struct chat_part *part, struct slice url)
{
	const char *comma;
	struct slice mime;

	if (url.len < 5 || strncasecmp(url.ptr, "data:", 5) != 0) {
		part->url = url;
		return;
	}
	comma = memchr(url.ptr, ',', url.len);
	if (!comma)
		comma = url.ptr + url.len;
	mime = (struct slice){ url.ptr + 5, (size_t)(comma - url.ptr) - 5 };
	for (size_t i = 0; i < mime.len; i++)
		if (mime.ptr[i] == ';')
			mime.len = i;
	part->mime = mime;
	part->data = comma < url.ptr + url.len
			 ? (struct slice){ comma + 1, (size_t)(url.ptr + url.len - comma - 1) }
			 : (struct slice){ comma, 0 };
}

struct slice part_url(const struct chat_part *part, const char *mime, struct arena *arena)
{
	struct slice type = part->mime.len ? part->mime : slice_of(mime);

	if (part->url.ptr)
		return part->url;
	return slice_of(arena_printf(arena, "data:%.*s;base64,%.*s", (int)type.len, type.ptr,
	    (int)part->data.len, part->data.ptr));
}

static bool conversation_begins(struct slice text, const char *word)
{
	size_t len = strlen(word);

	return text.len >= len && strncasecmp(text.ptr, word, len) == 0;
}

bool part_is_video(const struct chat_part *part)
{
	return conversation_begins(part->mime, "video/");
}

static unsigned media_features(const struct chat_part *part)
{
	bool video = part_is_video(part);
	unsigned features = video ? FEATURE_VIDEO : 0;

	if (part->kind == PART_AUDIO)
		features |= FEATURE_AUDIO_INPUT;
	if (part->kind == PART_DOCUMENT && !part->text.ptr && !video)
		features |= FEATURE_DOCUMENTS;
	if (part->url.ptr && part->kind == PART_DOCUMENT && !video)
		features |= FEATURE_DOCUMENT_LINKS;
	return part->url.ptr ? features | FEATURE_MEDIA_LINKS : features;
}

void conversation_settle_media(struct chat_conversation *conversation, struct chat_part *part)
{
	if (conversation_begins(part->mime, "image/jpg") && part->mime.len == strlen("image/jpg"))
		part->mime = slice_of("image/jpeg"); /* no vendor takes the other word */
	if (conversation_begins(part->mime, "image/"))
		part->kind = PART_IMAGE;
	else if (conversation_begins(part->mime, "audio/"))
		part->kind = PART_AUDIO;
	else if (part->mime.len > 0)
		part->kind = PART_DOCUMENT;
	conversation->features |= media_features(part);
}

void part_set_arguments(struct chat_part *part, struct slice value, struct arena *arena)
{
	part->arguments = json_scan_type(value) == JSON_MAP ? value : json_as_slice(value, arena);
}

void part_set_id(struct chat_part *part, struct slice id)
{
	const char *mark = id.len ? memmem(id.ptr, id.len, SIGNED_ID, strlen(SIGNED_ID)) : NULL;

	part->id = id;
	if (!mark)
		return;
	part->id.len = (size_t)(mark - id.ptr);
	mark += strlen(SIGNED_ID);
	part->signature = (struct slice){ mark, (size_t)(id.ptr + id.len - mark) };
	part->signed_by = WIRE_GEMINI;
}

/* Whose reasoning it is, in front of a signature in another vendor's field. */
static const struct {
	enum wire_format_id id;
	const char *mark;
} marks[] = {
	{ WIRE_ANTHROPIC, "sideways.anthropic." },
	{ WIRE_RESPONSES, "sideways.responses." },
	{ WIRE_OPENAI_CHAT, "sideways.openrouter." },
};

static bool has_mark(struct slice signature, const char *mark)
{
	size_t len = strlen(mark);

	return signature.len > len && memcmp(signature.ptr, mark, len) == 0;
}

bool signature_is_foreign(struct slice signature)
{
	return has_mark(signature, "sideways.");
}

void part_set_signature(struct chat_part *part, struct slice signature, enum wire_format_id own)
{
	part->signature = signature;
	part->signed_by = own;
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		size_t len = strlen(marks[i].mark);

		if (!has_mark(signature, marks[i].mark))
			continue;
		part->signature = (struct slice){ signature.ptr + len, signature.len - len };
		part->signed_by = marks[i].id;
	}
}

struct slice chat_marked_signature(struct slice signature, enum wire_format_id signed_by,
    enum wire_format_id own, struct arena *arena)
{
	struct slice none = { NULL, 0 };

	if (signature.len == 0 || signed_by == own)
		return signature;
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (marks[i].id == signed_by)
			return slice_of(arena_printf(
			    arena, "%s%.*s", marks[i].mark, (int)signature.len, signature.ptr));
	return none;
}

/* Base64 to its form for URLs, which Gemini reads too (proto3 JSON): ids may hold no other signs.
 */
static size_t put_url_base64(char *out, struct slice base64)
{
	size_t len = 0;

	for (size_t i = 0; i < base64.len && base64.ptr[i] != '='; i++)
		out[len++] = base64.ptr[i] == '+'   ? '-'
			     : base64.ptr[i] == '/' ? '_'
						    : base64.ptr[i];
	return len;
}

struct slice chat_signed_id(
    struct slice id, struct slice signature, enum wire_format_id signed_by, struct arena *arena)
{
	size_t len = id.len;
	char *out;

	if (signature.len == 0 || signed_by != WIRE_GEMINI)
		return id;
	out = arena_alloc(arena, id.len + sizeof SIGNED_ID + signature.len);
	(void)slice_put(out, id);
	memcpy(out + len, SIGNED_ID, sizeof SIGNED_ID - 1);
	len += sizeof SIGNED_ID - 1;
	len += put_url_base64(out + len, signature);
	return (struct slice){ out, len };
}

const struct chat_part *conversation_find_call(
    const struct chat_conversation *conversation, struct slice id)
{
	const struct chat_part *found = NULL;

	for (size_t t = 0; t < conversation->turn_count; t++) {
		const struct chat_turn *turn = &conversation->turns[t];

		for (size_t p = 0; p < turn->part_count; p++)
			if (turn->parts[p].kind == PART_TOOL_CALL &&
			    slice_equal(turn->parts[p].id, id))
				found = &turn->parts[p];
	}
	return found;
}

struct slice conversation_fenced(struct slice code, struct arena *arena)
{
	return slice_of(
	    arena_printf(arena, "\n```\n%.*s\n```\n", (int)code.len, code.ptr ? code.ptr : ""));
}

bool slice_is_blank(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!strchr(" \t\r\n", text.ptr[i]))
			return false;
	return true;
}

struct slice parts_text(
    const struct chat_part *parts, size_t count, const char *separator, struct arena *arena)
{
	size_t texts = 0, len = 0, gap = strlen(separator);
	struct slice only = { "", 0 };
	char *joined;

	for (size_t i = 0; i < count; i++) {
		if (parts[i].kind != PART_TEXT && parts[i].kind != PART_REFUSAL)
			continue;
		texts++;
		only = parts[i].text;
		len += only.len + gap;
	}
	if (texts <= 1)
		return only;
	joined = arena_alloc(arena, len + 1);
	len = 0;
	for (size_t i = 0; i < count; i++) {
		if (parts[i].kind != PART_TEXT && parts[i].kind != PART_REFUSAL)
			continue;
		if (len > 0) {
			memcpy(joined + len, separator, gap);
			len += gap;
		}
		(void)slice_put(joined + len, parts[i].text);
		len += parts[i].text.len;
	}
	return (struct slice){ joined, len };
}

bool parts_only_text(const struct chat_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (parts[i].kind != PART_TEXT)
			return false;
	return true;
}

bool turn_has(const struct chat_turn *turn, enum part_kind kind)
{
	for (size_t i = 0; i < turn->part_count; i++)
		if (turn->parts[i].kind == kind)
			return true;
	return false;
}

bool conversation_allows(const struct chat_conversation *conversation, struct slice tool_name)
{
	for (size_t i = 0; i < conversation->allowed_count; i++)
		if (slice_equal(conversation->allowed[i], tool_name))
			return true;
	return conversation->allowed_count == 0;
}

bool conversation_cache_mark(struct slice block, bool *for_an_hour)
{
	struct slice control = json_member(block, "cache_control");
	bool marked = json_scan_type(control) == JSON_MAP;

	*for_an_hour = marked && json_text_is(json_member(control, "ttl"), "1h");
	return marked;
}

bool mime_is_text(struct slice mime)
{
	return slice_begins(mime, "text/") ||
	       slice_is_one_of(mime, "application/json application/xml application/javascript "
				     "application/x-javascript application/typescript "
				     "application/yaml application/x-yaml application/sql "
				     "application/x-sh application/x-python-code");
}

/* What OpenAI takes beside PDF ("File inputs", its guide of 2026), by type. */
static const char *ending_of(struct slice mime)
{
	static const struct {
		const char *mime, *ending;
	} rows[] = {
		{ "text/plain", "txt" },
		{ "text/csv", "csv" },
		{ "text/markdown", "md" },
		{ "text/html", "html" },
		{ "text/xml", "xml" },
		{ "application/xml", "xml" },
		{ "application/json", "json" },
		{ "application/msword", "doc" },
		{ "application/vnd.ms-excel", "xls" },
		{ "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		    "docx" },
		{ "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx" },
		{ "application/vnd.openxmlformats-officedocument.presentationml.presentation",
		    "pptx" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (slice_is(mime, rows[i].mime))
			return rows[i].ending;
	return mime_is_text(mime) ? "txt" : "pdf";
}

struct slice conversation_file_name(const struct chat_part *part, struct arena *arena)
{
	struct slice name = part->name.len ? part->name : slice_of("document");

	if (memchr(name.ptr, '.', name.len))
		return name;
	return slice_of(
	    arena_printf(arena, "%.*s.%s", (int)name.len, name.ptr, ending_of(part->mime)));
}
