/*
 * Reads an OpenAI chat body by scanning: one pass proves it is JSON, cursors then find the members
 * that the gateway has to know.  The body itself is not changed or copied here.
 *
 * Sizes for the bound: everything in the body counts as text, except the data of media parts that
 * stand where the format puts them (messages[].content[].image_url.url and the like); a "data:" URL
 * anywhere else is text to a model, and stays text here.
 */
#include "chat/chat_request.h"

#include <stdlib.h>
#include <strings.h>

#include "base/json_scan.h"
#include "chat/given_twice.h"
#include "chat/growth.h"
#include "chat/unknown_members.h"

#include "base/banned.h"

#define CHOICES_MAX   128       /* OpenAI's own limit for n */
#define TOKENS_MAX    100000000 /* above any model's window, far below overflow */
#define FALLBACKS_MAX 16        /* a client's own list; each is a lookup */
#define TIMEOUT_MAX_S 86400
#define HIDDEN_PROMPT 2048 /* bytes: Mistral's longest, for reasoning, has some 1,000 */

/* ---- parts of messages ---- */

struct weigher {
	struct chat_request *request;
	int64_t media_bytes, hidden_bytes; /* hidden: prompts that the provider adds when asked */
};

static void weigh_image(struct weigher *weigher, struct slice image)
{
	struct slice url = json_scan_type(image) == JSON_MAP ? json_member(image, "url") : image;

	weigher->request->has_images = true;
	weigher->request->bound.images++;
	if (json_text_begins(url, "data:image/"))
		weigher->media_bytes += (int64_t)url.len;
	else if (json_text_begins(url, "data:"))
		weigher->request->bound.unbounded_parts++;
}

static void weigh_media(struct weigher *weigher, struct slice data)
{
	weigher->request->has_media = true;
	weigher->request->bound.unbounded_parts++;
	if (json_scan_type(data) == JSON_TEXT)
		weigher->media_bytes += (int64_t)data.len;
}

static void weigh_part(struct weigher *weigher, struct slice part)
{
	enum { TYPE, ID, IMAGE, AUDIO, DOCUMENT, MEMBER_COUNT };
	static const struct slice names[] = { SLICE("type"), SLICE("id"), SLICE("image_url"),
		SLICE("input_audio"), SLICE("file") };
	struct slice members[MEMBER_COUNT], type;

	json_members(part, names, MEMBER_COUNT, members);
	type = members[TYPE];
	weigher->request->has_call_ids |= members[ID].ptr != NULL;
	if (json_text_is(type, "image_url"))
		weigh_image(weigher, members[IMAGE]);
	else if (json_text_is(type, "input_audio"))
		weigh_media(weigher, json_member(members[AUDIO], "data"));
	else if (json_text_is(type, "file"))
		weigh_media(weigher, json_member(members[DOCUMENT], "file_data"));
	else if (!json_text_is(type, "text") && !json_text_is(type, "refusal") &&
		 !json_text_is(type, "thinking"))
		weigh_media(weigher, (struct slice){ NULL, 0 });
}

static void weigh_parts(struct weigher *weigher, struct slice parts)
{
	for (struct json_cursor part = json_cursor(parts); json_next(&part);)
		if (json_scan_type(part.value) == JSON_MAP)
			weigh_part(weigher, part.value);
}

/* What a message says; of two contents it is the last, as everywhere.  Ids of calls may stand in
 * tool_call_id, and in whatever is not looked into later.  A spoken answer is billed again at a
 * length that nobody here knows; pictures stand in images. */
static struct slice find_content(struct weigher *weigher, struct slice message)
{
	struct slice content = { NULL, 0 };

	for (struct json_cursor member = json_cursor(message); json_next(&member);) {
		enum json_type type = json_scan_type(member.value);
		bool is_content = json_key_is(&member, "content");

		content = is_content ? member.value : content;
		if (type == JSON_MAP || (type == JSON_LIST && !is_content) ||
		    json_key_is(&member, "tool_call_id"))
			weigher->request->has_call_ids = true;
		if (type == JSON_MAP && json_key_is(&member, "audio"))
			weigh_media(weigher, (struct slice){ NULL, 0 });
		if (type == JSON_LIST && json_key_is(&member, "images"))
			weigh_parts(weigher, member.value);
	}
	return content;
}

static int chat_request_read_messages(
    struct weigher *weigher, struct slice messages, struct error *err)
{
	struct json_cursor message = json_cursor(messages);
	struct slice content;
	int index = 0;

	for (; json_next(&message); index++) {
		if (json_scan_type(message.value) != JSON_MAP)
			return error_set(
			    err, ERROR_BAD_REQUEST, "messages[%d]: expected an object", index);
		content = find_content(weigher, message.value);
		if (json_scan_type(content) == JSON_MAP) /* whatever a provider makes of it */
			weigh_part(weigher, content);
		if (json_scan_type(content) == JSON_LIST)
			weigh_parts(weigher, content);
	}
	return index > 0
		   ? 0
		   : error_set(err, ERROR_BAD_REQUEST, "messages: expected at least one message");
}

static int chat_request_read_tools(struct chat_request *request, struct slice tools)
{
	for (struct json_cursor tool = json_cursor(tools); json_next(&tool);) {
		struct slice type = json_scan_type(tool.value) == JSON_MAP
					? json_member(tool.value, "type")
					: (struct slice){ NULL, 0 };

		request->has_tools = true;
		if (type.ptr && !json_text_is(type, "function") && !json_text_is(type, "custom"))
			request->bound.server_tools = request->bound.unknown_tools = true;
	}
	return 0;
}

/* ---- top-level members: one row each ---- */

struct reader {
	struct weigher weigher;
	struct arena *arena;
	int64_t max_tokens, max_completion_tokens;
	bool has_messages;
};

typedef int read_fn(struct reader *reader, struct slice value, struct error *err);

int chat_request_read_model(struct slice value, struct arena *arena, char **out, struct error *err)
{
	char *model = json_as_text(value, arena);

	if (!model || !*model || strlen(model) > 256)
		return error_set(err, ERROR_BAD_REQUEST,
		    "model: expected a name of 1 to 256 bytes without \\u0000");
	for (const char *c = model; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return error_set(
			    err, ERROR_BAD_REQUEST, "model: the name holds a control character");
	*out = model;
	return 0;
}

int chat_request_check_tier(struct slice value, struct error *err)
{
	static const char *const tiers[] = { "auto", "default", "flex", "scale", "standard",
		"on_demand" };

	for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++)
		if (json_text_is(value, tiers[i]))
			return 0;
	return error_set(err, ERROR_UNSUPPORTED,
	    "service_tier: %.*s has no known price here; use auto, default or flex",
	    (int)(value.len < 40 ? value.len : 40), value.ptr);
}

static int read_model(struct reader *reader, struct slice value, struct error *err)
{
	return chat_request_read_model(value, reader->arena, &reader->weigher.request->model, err);
}

static int read_bool(struct slice value, const char *name, bool *out, struct error *err)
{
	return json_as_bool(value, out)
		   ? 0
		   : error_set(err, ERROR_BAD_REQUEST, "%s: expected true or false", name);
}

static int read_stream(struct reader *reader, struct slice value, struct error *err)
{
	return read_bool(value, "stream", &reader->weigher.request->stream, err);
}

static int read_stream_options(struct reader *reader, struct slice value, struct error *err)
{
	struct slice usage = json_member(value, "include_usage");

	if (!usage.ptr || json_scan_type(usage) == JSON_NIL)
		return 0;
	return read_bool(
	    usage, "stream_options.include_usage", &reader->weigher.request->usage_wanted, err);
}

int chat_request_whole(struct slice value, const char *name, int64_t least, int64_t most,
    int64_t *out, struct error *err)
{
	int64_t number;

	if (!json_as_int(value, &number) || number < least || number > most)
		return error_set(err, ERROR_BAD_REQUEST,
		    "%s: expected a whole number from %lld to %lld", name, (long long)least,
		    (long long)most);
	*out = number;
	return 0;
}

static int read_limit(struct reader *reader, struct slice value, struct error *err)
{
	return chat_request_whole(value, "max_tokens", 1, TOKENS_MAX, &reader->max_tokens, err);
}

static int read_max_completion_tokens(struct reader *reader, struct slice value, struct error *err)
{
	return chat_request_whole(
	    value, "max_completion_tokens", 1, TOKENS_MAX, &reader->max_completion_tokens, err);
}

static int chat_request_read_n(struct reader *reader, struct slice value, struct error *err)
{
	return chat_request_whole(
	    value, "n", 1, CHOICES_MAX, &reader->weigher.request->bound.choices, err);
}

static int read_message_list(struct reader *reader, struct slice value, struct error *err)
{
	reader->has_messages = true;
	return chat_request_read_messages(&reader->weigher, value, err);
}

static int read_tool_list(struct reader *reader, struct slice value, struct error *err)
{
	return chat_request_read_tools(reader->weigher.request, value);
}

static int read_prediction(struct reader *reader, struct slice value, struct error *err)
{
	reader->weigher.request->bound.prediction_bytes = (int64_t)value.len;
	return 0;
}

static int read_outputs(struct reader *reader, struct slice value, struct error *err)
{
	for (struct json_cursor kind = json_cursor(value); json_next(&kind);)
		if (json_text_is(kind.value, "audio"))
			reader->weigher.request->bound.audio_output = true;
		else if (json_text_is(kind.value, "image"))
			reader->weigher.request->bound.image_output = true;
		else if (!json_text_is(kind.value, "text"))
			return error_set(err, ERROR_UNSUPPORTED,
			    "modalities: only text, audio and image have a price here");
	return 0;
}

static int read_server_tool(struct reader *reader, struct slice value, struct error *err)
{
	struct bound_input *bound = &reader->weigher.request->bound;

	bound->server_tools = bound->unknown_tools = true;
	return 0;
}

static int read_search_options(struct reader *reader, struct slice value, struct error *err)
{
	reader->weigher.request->bound.search_options = true;
	return 0;
}

/* xAI's. */
static int read_live_search(struct reader *reader, struct slice value, struct error *err)
{
	struct chat_request *request = reader->weigher.request;

	if (json_text_is(json_member(value, "mode"), "off"))
		return 0;
	request->bound.server_tools = true;
	chat_request_name_tool(
	    request, SERVER_LIVE_SEARCH, json_member(value, "max_search_results"));
	return 0;
}

static int read_enable_search(struct reader *reader, struct slice value, struct error *err)
{
	return slice_is(value, "false") ? 0 : read_server_tool(reader, value, err);
}

/* DashScope's: billed beyond max_tokens. */
static int read_enable_thinking(struct reader *reader, struct slice value, struct error *err)
{
	reader->weigher.request->bound.thinking =
	    slice_is(value, "false") ? THINKING_OFF : THINKING_ON;
	return 0;
}

static int read_thinking_budget(struct reader *reader, struct slice value, struct error *err)
{
	return chat_request_whole(value, "thinking_budget", -1, TOKENS_MAX,
	    &reader->weigher.request->bound.thinking_budget, err);
}

/* Mistral's safe_prompt and prompt_mode put a system prompt of its own before the messages. */
static int read_hidden_prompt(struct reader *reader, struct slice value, struct error *err)
{
	reader->weigher.hidden_bytes += HIDDEN_PROMPT;
	return 0;
}

static int read_tier(struct reader *reader, struct slice value, struct error *err)
{
	return chat_request_check_tier(value, err);
}

/* xAI's answer for later: an id now, and the answer is fetched, and billed, past this gateway. */
static int read_deferred(struct reader *reader, struct slice value, struct error *err)
{
	return slice_is(value, "false") ? 0
					: error_set(err, ERROR_UNSUPPORTED,
					      "deferred: an answer that is fetched later does not "
					      "pass through this gateway; leave it out");
}

static int read_fallbacks(struct reader *reader, struct slice value, struct error *err)
{
	struct chat_request *request = reader->weigher.request;

	request->fallbacks = arena_alloc(reader->arena, FALLBACKS_MAX * sizeof *request->fallbacks);
	request->fallbacks_given = true;
	for (struct json_cursor item = json_cursor(value); json_next(&item);) {
		struct slice name = json_scan_type(item.value) == JSON_MAP
					? json_member(item.value, "model")
					: item.value;

		if (request->fallback_count == FALLBACKS_MAX)
			return error_set(
			    err, ERROR_BAD_REQUEST, "fallbacks: at most %d models", FALLBACKS_MAX);
		if (json_scan_type(item.value) == JSON_MAP &&
		    json_member(item.value, "messages").ptr)
			return error_set(err, ERROR_UNSUPPORTED,
			    "fallbacks[%zu].messages: other messages for a fallback are not "
			    "supported",
			    request->fallback_count);
		request->fallbacks[request->fallback_count] = json_as_text(name, reader->arena);
		if (!request->fallbacks[request->fallback_count])
			return error_set(err, ERROR_BAD_REQUEST,
			    "fallbacks[%zu]: expected a model's name", request->fallback_count);
		request->fallback_count++;
	}
	return 0;
}

static int read_num_retries(struct reader *reader, struct slice value, struct error *err)
{
	return chat_request_whole(
	    value, "num_retries", 0, 10, &reader->weigher.request->num_retries, err);
}

/* Seconds, also with decimals as LiteLLM's clients send them. */
static int read_timeout(struct reader *reader, struct slice value, struct error *err)
{
	char *end, *text = arena_copy_slice(reader->arena, value);
	double seconds = strtod(text, &end);

	if (json_scan_type(value) != JSON_NUMBER || *end || !(seconds > 0) ||
	    seconds > TIMEOUT_MAX_S)
		return error_set(err, ERROR_BAD_REQUEST,
		    "timeout: expected seconds, more than 0 and at most %d", TIMEOUT_MAX_S);
	reader->weigher.request->timeout_ms =
	    (int64_t)(seconds * 1000) > 0 ? (int64_t)(seconds * 1000) : 1;
	return 0;
}

static int read_mock_testing_fallbacks(struct reader *reader, struct slice value, struct error *err)
{
	return read_bool(
	    value, "mock_testing_fallbacks", &reader->weigher.request->mock_testing_fallbacks, err);
}

static int read_disable_fallbacks(struct reader *reader, struct slice value, struct error *err)
{
	return read_bool(
	    value, "disable_fallbacks", &reader->weigher.request->disable_fallbacks, err);
}

static const struct member_row {
	struct slice name;
	enum json_type type; /* JSON_MISSING: the reader decides */
	read_fn *read;
} member_rows[] = {
	/* clang-format off */
	{ SLICE("model"),                  JSON_TEXT,    read_model },
	{ SLICE("messages"),               JSON_LIST,    read_message_list },
	{ SLICE("stream"),                 JSON_MISSING, read_stream },
	{ SLICE("stream_options"),         JSON_MAP,     read_stream_options },
	{ SLICE("max_tokens"),             JSON_MISSING, read_limit },
	{ SLICE("max_completion_tokens"),  JSON_MISSING, read_max_completion_tokens },
	{ SLICE("n"),                      JSON_MISSING, chat_request_read_n },
	{ SLICE("tools"),                  JSON_LIST,    read_tool_list },
	{ SLICE("functions"),              JSON_LIST,    read_tool_list },
	{ SLICE("prediction"),             JSON_MAP,     read_prediction },
	{ SLICE("modalities"),             JSON_LIST,    read_outputs },
	{ SLICE("web_search_options"),     JSON_MAP,     read_search_options },
	{ SLICE("search_parameters"),      JSON_MAP,     read_live_search },
	{ SLICE("plugins"),                JSON_LIST,    read_server_tool },
	{ SLICE("enable_search"),          JSON_MISSING, read_enable_search },
	{ SLICE("enable_thinking"),        JSON_MISSING, read_enable_thinking },
	{ SLICE("thinking_budget"),        JSON_MISSING, read_thinking_budget },
	{ SLICE("prompt_mode"),            JSON_MISSING, read_hidden_prompt },
	{ SLICE("safe_prompt"),            JSON_MISSING, read_hidden_prompt },
	{ SLICE("service_tier"),           JSON_TEXT,    read_tier },
	{ SLICE("deferred"),               JSON_MISSING, read_deferred },
	{ SLICE("fallbacks"),              JSON_LIST,    read_fallbacks },
	{ SLICE("disable_fallbacks"),      JSON_MISSING, read_disable_fallbacks },
	{ SLICE("num_retries"),            JSON_MISSING, read_num_retries },
	{ SLICE("timeout"),                JSON_MISSING, read_timeout },
	{ SLICE("mock_testing_fallbacks"), JSON_MISSING, read_mock_testing_fallbacks },
	/* clang-format on */
};

static const char *const type_names[] = { "a value", "null", "true or false", "a number",
	"a string", "an array", "an object" };

static int read_member(
    struct reader *reader, const struct member_row *row, struct slice value, struct error *err)
{
	if (!value.ptr || json_scan_type(value) == JSON_NIL)
		return 0;
	if (row->type != JSON_MISSING && json_scan_type(value) != row->type)
		return error_set(err, ERROR_BAD_REQUEST, "%s: expected %s", row->name.ptr,
		    type_names[row->type]);
	return row->read(reader, value, err);
}

void chat_request_weigh(
    struct chat_request *request, const struct json_tally *tally, int64_t media_bytes)
{
	/* Members of these names, wherever they stand; \u may hide one. */
	static const struct slice marks[] = { SLICE("\"cache_control\""), SLICE("\"ttl\"") };
	bool hidden = tally->unicode_escapes, marked = slice_holds_any(request->body, marks, 2);
	struct bound_input *bound = &request->bound;
	struct growth growth;

	bound->text_bytes = (int64_t)request->body.len - media_bytes;
	bound->non_ascii_bytes = (int64_t)tally->non_ascii_bytes;
	growth_of(request->body, tally, &growth);
	bound->json_growth = growth.json_bytes;
	bound->nfc_growth = growth.nfc_bytes;
	bound->nfkc_growth = growth.nfkc_bytes;
	bound->tools = request->has_tools;
	bound->cache_marks = hidden || (marked && slice_holds(request->body, marks[0]));
	bound->cache_long = hidden || (marked && slice_holds(request->body, marks[1]));
	request->approximate_tokens = bound->text_bytes / 6;
}

/* The member's row, or the count of rows. */
static size_t chat_request_row_of(const struct json_cursor *member)
{
	const size_t rows = sizeof member_rows / sizeof member_rows[0];
	size_t i = 0;

	while (i < rows && !json_key_equal(member, member_rows[i].name))
		i++;
	return i;
}

/* Some providers read names without regard to case (Go's library does), and all read escapes: "N"
 * is n to them, and would pass by here as nobody's. */
static int check_unknown(const struct json_cursor *member, struct error *err)
{
	if (chat_request_check_member(member, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof member_rows / sizeof member_rows[0]; i++)
		if (member->key.len == member_rows[i].name.len &&
		    strncasecmp(member->key.ptr, member_rows[i].name.ptr, member->key.len) == 0)
			return error_set(err, ERROR_BAD_REQUEST, "%.*s: write it as %s",
			    (int)member->key.len, member->key.ptr, member_rows[i].name.ptr);
	if (member->key_escaped && !chat_request_owns(member))
		return error_set(err, ERROR_BAD_REQUEST,
		    "\"%.*s\": write the member's name without escapes",
		    (int)(member->key.len < 60 ? member->key.len : 60), member->key.ptr);
	return 0;
}

/* All members in one walk.  A member that steers or prices the call must not stand twice, because
 * parsers differ in which one they take. */
static int read_members(struct reader *reader, struct slice body, struct error *err)
{
	const size_t rows = sizeof member_rows / sizeof member_rows[0];
	struct slice values[sizeof member_rows / sizeof member_rows[0]] = { { NULL, 0 } };
	size_t at;

	for (struct json_cursor member = json_cursor(body); json_next(&member);) {
		if (member.value.len > reader->weigher.request->largest.len)
			reader->weigher.request->largest = member.value;
		at = chat_request_row_of(&member);
		if (at == rows) {
			if (check_unknown(&member, err) != 0)
				return -1;
			if (!chat_request_owns(&member))
				unknown_member_note(
				    reader->weigher.request, NULL, &member, reader->arena);
			continue;
		}
		if (values[at].ptr)
			return error_set(
			    err, ERROR_BAD_REQUEST, "%s: given twice", member_rows[at].name.ptr);
		values[at] = member.value;
	}
	for (size_t i = 0; i < rows; i++)
		if (read_member(reader, &member_rows[i], values[i], err) != 0)
			return -1;
	return 0;
}

int chat_request_read(struct slice body, const char *path_model, struct arena *arena,
    struct chat_request *out, struct error *err)
{
	struct chat_request request = {
		.format = WIRE_OPENAI_CHAT, .body = body, .num_retries = -1, .bound.choices = 1
	};
	struct reader reader = { .weigher = { .request = &request }, .arena = arena };
	struct json_tally tally;

	if (body.len == 0)
		return error_set(err, ERROR_BAD_REQUEST,
		    "the body is empty; expected a JSON object with model and messages");
	if (json_scan_tally(body, &tally, err) != 0)
		return error_prefix(err, "the body is not valid JSON");
	if (json_scan_type(body) != JSON_MAP)
		return error_set(err, ERROR_BAD_REQUEST,
		    "the body is not a JSON object with model and messages");
	if (given_twice_check(body, &tally, arena, err) != 0 ||
	    read_members(&reader, body, err) != 0)
		return -1;
	if (path_model)
		request.model = arena_copy(arena, path_model);
	if (!request.model)
		return error_set(
		    err, ERROR_BAD_REQUEST, "model: missing; expected the name of a model");
	if (!reader.has_messages)
		return error_set(
		    err, ERROR_BAD_REQUEST, "messages: missing; expected an array of messages");
	request.max_tokens =
	    reader.max_completion_tokens ? reader.max_completion_tokens : reader.max_tokens;
	request.bound.output_tokens = request.max_tokens;
	request.bound.hidden_bytes = reader.weigher.hidden_bytes;
	chat_request_weigh(
	    &request, &tally, reader.weigher.media_bytes - reader.weigher.hidden_bytes);
	*out = request;
	return 0;
}

struct json_cursor chat_request_members(const struct chat_request *request)
{
	struct json_cursor members = json_cursor(request->body);

	members.known = request->largest;
	return members;
}

struct slice chat_request_member(const struct chat_request *request, const char *name)
{
	struct slice found = { NULL, 0 };

	for (struct json_cursor member = chat_request_members(request); json_next(&member);)
		if (json_key_is(&member, name))
			found = member.value;
	return found;
}

/* ---- estimate ---- */

/* English text has about four bytes a token, JSON about three, other scripts two bytes of UTF-8 or
 * fewer; an image costs up to some 1,600 tokens at Anthropic and 1,300 at Gemini. */
#define TEXT_BYTES_PER_TOKEN  4
#define OTHER_BYTES_PER_TOKEN 2
#define TOKENS_PER_IMAGE      1500
#define TOKENS_PER_DOCUMENT   3000 /* of a page, and some have many */

int64_t chat_request_estimate(const struct chat_request *chat)
{
	const struct bound_input *in = &chat->bound;
	int64_t plain = in->text_bytes - in->non_ascii_bytes;
	int64_t tokens = plain / TEXT_BYTES_PER_TOKEN +
			 in->non_ascii_bytes / OTHER_BYTES_PER_TOKEN +
			 in->images * TOKENS_PER_IMAGE + in->unbounded_parts * TOKENS_PER_DOCUMENT;

	return tokens < 1 ? 1 : tokens;
}
