/*
 * A walk over a body that counts its texts.  See the header.
 *
 * The allowances were searched with OpenAI's own renderer, openai-harmony (tests/bound/chats.py).
 *It writes tools as TypeScript, where a schema's own words ("type", "properties", "description") do
 *not appear:
 *
 *	// Gets the weather
 *	type get_weather = (_: {
 *	// The city
 *	location: string,
 *	unit?: "celsius" | "fahrenheit", // default: celsius
 *	}) => any;
 */
#include "chat/prompt_count.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/json_scan.h"
#include "base/number.h"
#include "base/text.h"
#include "chat/growth.h"
#include "chat/json_again.h"
#include "vocabulary/known_texts.h"

#include "base/banned.h"

#define EXPONENT_TOKENS 22 /* 1e15 may be written in full (growth.c) */

/* How a family's template writes what is not text; tokens each. */
struct manner {
	bool json;     /* tools are written as JSON, all of them; else as TypeScript */
	bool nfc;      /* text is brought into NFC first */
	bool quotes;   /* results of tools stay escaped */
	int name;      /* after a member's name */
	int text;      /* around a text */
	int container; /* around an object or a list */
	int scalar;    /* beside a number's or a word's own bytes */
	int tool;      /* "type NAME = (_: {" and "}) => any;", or a line and tags */
	int argument;  /* tags around each of a call's arguments */
	int property;  /* and around each parameter of a tool */
};

static const struct manner manners[VOCABULARY_COUNT] = {
	[VOCABULARY_O200K] = { false, false, false, 1, 2, 2, 2, 12, 0, 0 },
	[VOCABULARY_CL100K] = { false, false, false, 1, 2, 2, 2, 12, 0, 0 },
	[VOCABULARY_QWEN] = { true, true, false, 3, 3, 3, 3, 12, 16, 12 },
	[VOCABULARY_QWEN_3_5] = { true, true, false, 3, 3, 3, 3, 12, 16, 12 },
	[VOCABULARY_DEEPSEEK] = { true, false, false, 3, 3, 3, 3, 12, 24, 0 },
	[VOCABULARY_LLAMA3] = { true, false, true, 4, 3, 4, 3, 12, 0, 0 },
	[VOCABULARY_TEKKEN] = { true, false, false, 3, 3, 3, 3, 12, 0, 0 },
	[VOCABULARY_GEMMA] = { true, false, false, 3, 3, 3, 3, 12, 0, 0 },
	[VOCABULARY_CLAUDE] = { true, true, false, 3, 4, 3, 3, 12, 12, 12 },
	[VOCABULARY_CLAUDE_MARKED] = { true, true, false, 3, 4, 3, 3, 12, 12, 12 },
};

/* What the members of an object are. */
enum place {
	PLACE_BODY,
	PLACE_TALK,       /* messages and their parts */
	PLACE_ARGUMENTS,  /* of a call, JSON in a text */
	PLACE_DATA,       /* arguments and whatever else is JSON: each name is said */
	PLACE_TOOL,       /* a tool, down to its schema */
	PLACE_SCHEMA,     /* words of JSON Schema */
	PLACE_PROPERTIES, /* names of parameters */
};

struct walk {
	enum vocabulary_id vocabulary;
	const struct manner *manner;
	struct arena arena; /* a text without its escapes, while it is counted */
	struct vocabulary_memo memo;
	int64_t tokens;
	bool in_result; /* of a tool */
};

static void walk_value(struct walk *walk, struct slice value, enum place place);

/* ---- texts ---- */

static int64_t plain_tokens(struct walk *walk, struct slice text)
{
	return vocabulary_tokens(walk->vocabulary, text, &walk->memo) +
	       (walk->manner->nfc ? growth_by_nfc(text) : 0);
}

/* What JSON takes more at most, if it is written again: a token for each space behind a comma or a
 * colon, and numbers in full. */
static int64_t rewritten(struct slice text, int64_t *out_exponents)
{
	int64_t spaces = 0, exponents = 0;

	for (size_t at = 0; at + 1 < text.len; at++) {
		char c = text.ptr[at], next = text.ptr[at + 1];

		spaces += (c == ',' || c == ':') && next != ' ';
		exponents += (c == 'e' || c == 'E') && at > 0 &&
			     number_is_digit(text.ptr[at - 1]) &&
			     (number_is_digit(next) || next == '+' || next == '-');
	}
	*out_exponents = exponents * EXPONENT_TOKENS;
	return spaces + *out_exponents;
}

static int64_t count_of(struct slice text, const char *what, size_t len)
{
	const char *at = text.ptr, *end = text.ptr + text.len;
	int64_t count = 0;

	while ((at = memmem(at, (size_t)(end - at), what, len)) != NULL) {
		count++;
		at += len;
	}
	return count;
}

/* As TypeScript a tool's text is a comment, each line of it with two strokes; as JSON it stays
 * escaped. */
static int64_t escaped_or_not(struct walk *walk, struct slice value, struct slice text)
{
	int64_t readable = plain_tokens(walk, text), escaped;

	if (text.ptr == value.ptr + 1)
		return readable;
	escaped = plain_tokens(walk, (struct slice){ value.ptr + 1, value.len - 2 });
	return escaped > readable ? escaped : readable;
}

static int64_t text_tokens(
    struct walk *walk, struct slice value, struct slice text, enum place place)
{
	bool in_tool = place >= PLACE_TOOL;

	if (in_tool && !walk->manner->json)
		return plain_tokens(walk, text) + 2 * count_of(text, "\n", 1);
	return in_tool || (walk->in_result && walk->manner->quotes)
		   ? escaped_or_not(walk, value, text)
		   : plain_tokens(walk, text);
}

/* Arguments and results are often JSON, which may be written again.  A space parts what was one
 * token, and what stands behind it is merged in another way: so the new writing is counted, too. */
static int64_t tokens_again(struct walk *walk, struct slice text, int64_t tokens)
{
	int64_t exponents, more, again;
	AUTO_TEXT struct text out;

	text_init(&out, 2 * text.len);
	if (!json_again_can(text))
		return tokens;
	more = rewritten(text, &exponents);
	json_again_write(text, &walk->arena, &out);
	again = plain_tokens(walk, text_slice(&out)) + exponents;
	return again > tokens + more ? again : tokens + more;
}

static int64_t prompt_count_text(struct walk *walk, struct slice value, enum place place)
{
	struct slice text = json_as_slice(value, &walk->arena);
	int64_t tokens =
	    walk->manner->text + tokens_again(walk, text, text_tokens(walk, value, text, place));

	if (place == PLACE_ARGUMENTS)
		tokens += walk->manner->argument * count_of(text, "\":", 2);
	arena_reset(&walk->arena);
	return tokens;
}

/* As it stands in the body, so that one that is known need not be read. */
static void prompt_count_add_text(struct walk *walk, struct slice value, enum place place)
{
	struct known_text known;
	int64_t tokens;

	if (value.len < KNOWN_TEXT_BYTES) {
		walk->tokens += prompt_count_text(walk, value, place);
		return;
	}
	known = known_text_of(walk->vocabulary, value, place * 2U + walk->in_result);
	if (!known_text_find(&known, &tokens)) {
		tokens = prompt_count_text(walk, value, place);
		known_text_keep(&known, tokens);
	}
	walk->tokens += tokens;
}

static void add_scalar(struct walk *walk, struct slice value)
{
	walk->tokens += (int64_t)value.len + walk->manner->scalar;
	if (json_scan_type(value) == JSON_NUMBER &&
	    (memchr(value.ptr, 'e', value.len) || memchr(value.ptr, 'E', value.len)))
		walk->tokens += EXPONENT_TOKENS;
}

/* ---- names ---- */

struct name_row {
	enum place in;
	const char *name;
	enum place to;
	bool said; /* the name itself is a part of the prompt */
	bool read; /* and what stands under it */
};

/* The first row that fits; other names are said, and what they hold is DATA (in TALK: TALK). */
static const struct name_row name_rows[] = {
	{ PLACE_BODY, "messages", PLACE_TALK, false, true },
	{ PLACE_BODY, "input", PLACE_TALK, false, true },
	{ PLACE_BODY, "contents", PLACE_TALK, false, true },
	{ PLACE_BODY, "system", PLACE_TALK, false, true },
	{ PLACE_BODY, "tools", PLACE_TOOL, false, true },
	{ PLACE_BODY, "functions", PLACE_TOOL, false, true },
	{ PLACE_BODY, "model", PLACE_DATA, false, false },
	{ PLACE_TALK, "id", PLACE_TALK, false, false },
	{ PLACE_TALK, "tool_call_id", PLACE_TALK, false, false },
	{ PLACE_TALK, "tool_use_id", PLACE_TALK, false, false },
	{ PLACE_TALK, "call_id", PLACE_TALK, false, false },
	{ PLACE_TALK, "cache_control", PLACE_TALK, false, false },
	{ PLACE_TALK, "arguments", PLACE_ARGUMENTS, true, true },
	{ PLACE_TALK, "input", PLACE_DATA, true, true },
	{ PLACE_TALK, "args", PLACE_DATA, true, true },
	{ PLACE_TALK, "response", PLACE_DATA, true, true },
	{ PLACE_TOOL, "function", PLACE_TOOL, false, true },
	{ PLACE_TOOL, "functionDeclarations", PLACE_TOOL, false, true },
	{ PLACE_TOOL, "function_declarations", PLACE_TOOL, false, true },
	{ PLACE_TOOL, "name", PLACE_TOOL, false, true },
	{ PLACE_TOOL, "description", PLACE_TOOL, false, true },
	{ PLACE_TOOL, "type", PLACE_TOOL, false, true },
	{ PLACE_TOOL, "parameters", PLACE_SCHEMA, false, true },
	{ PLACE_TOOL, "input_schema", PLACE_SCHEMA, false, true },
	{ PLACE_TOOL, "cache_control", PLACE_TOOL, false, false },
	{ PLACE_SCHEMA, "type", PLACE_SCHEMA, false, true },
	{ PLACE_SCHEMA, "properties", PLACE_PROPERTIES, false, true },
	{ PLACE_SCHEMA, "description", PLACE_SCHEMA, false, true },
	{ PLACE_SCHEMA, "items", PLACE_SCHEMA, false, true },
	{ PLACE_SCHEMA, "anyOf", PLACE_SCHEMA, true, true },
	{ PLACE_SCHEMA, "oneOf", PLACE_SCHEMA, true, true },
	{ PLACE_SCHEMA, "allOf", PLACE_SCHEMA, true, true },
	{ PLACE_SCHEMA, "additionalProperties", PLACE_SCHEMA, true, true },
};

static struct name_row prompt_count_row_of(enum place in, const struct json_cursor *member)
{
	for (size_t i = 0; i < sizeof name_rows / sizeof name_rows[0]; i++)
		if (name_rows[i].in == in && json_key_is(member, name_rows[i].name))
			return name_rows[i];
	if (in == PLACE_PROPERTIES)
		return (struct name_row){ .to = PLACE_SCHEMA, .said = true, .read = true };
	return (struct name_row){
		.to = in == PLACE_TALK ? PLACE_TALK : PLACE_DATA, .said = true, .read = true
	};
}

/* ---- the walk ---- */

static bool is_result(struct slice map)
{
	struct slice role = json_member(map, "role");

	return json_text_is(role, "tool") || json_text_is(role, "function") ||
	       json_text_is(json_member(map, "type"), "tool_result") ||
	       json_text_is(json_member(map, "type"), "function_call_output");
}

/* A picture's data, which no model reads as text: its tokens are those of the model's own rule.  As
 * chat_request.c and request_facts.c leave it out of the bytes. */
static bool is_picture(const struct json_cursor *member)
{
	struct slice value = member->value;

	if (json_key_is(member, "image_url"))
		return json_text_begins(
		    json_scan_type(value) == JSON_MAP ? json_member(value, "url") : value,
		    "data:image/");
	if (json_key_is(member, "source"))
		return json_text_begins(json_member(value, "media_type"), "image/");
	if (json_key_is(member, "inlineData"))
		return json_text_begins(json_member(value, "mimeType"), "image/");
	return json_key_is(member, "inline_data") &&
	       json_text_begins(json_member(value, "mime_type"), "image/");
}

/* As TypeScript what describes a parameter that is an object stands before its name and again in
 * its braces: openai-harmony 0.0.8, seen 30 November 2026. */
static bool stands_twice(
    const struct walk *walk, const struct json_cursor *member, struct slice map, enum place place)
{
	return place == PLACE_SCHEMA && !walk->manner->json && json_key_is(member, "description") &&
	       json_text_is(json_member(map, "type"), "object");
}

static void walk_member(
    struct walk *walk, const struct json_cursor *member, struct slice map, enum place place)
{
	struct name_row row = prompt_count_row_of(place, member);
	bool whole = walk->manner->json && place >= PLACE_TOOL;

	if (row.said || whole) /* escaped it is longer than it is read */
		walk->tokens += plain_tokens(walk, member->key) + walk->manner->name;
	if (place == PLACE_PROPERTIES)
		walk->tokens += walk->manner->property;
	if (row.read || whole)
		walk_value(walk, member->value, row.to);
	if (stands_twice(walk, member, map, place))
		walk_value(walk, member->value, row.to);
}

static void walk_map(struct walk *walk, struct slice map, enum place place)
{
	bool before = walk->in_result;

	if (place == PLACE_TALK && walk->manner->quotes)
		walk->in_result |= is_result(map);
	for (struct json_cursor member = json_cursor(map); json_next(&member);) {
		if (place == PLACE_TALK && is_picture(&member))
			walk->tokens += walk->manner->container;
		else
			walk_member(walk, &member, map, place);
	}
	walk->in_result = before;
}

static void walk_value(struct walk *walk, struct slice value, enum place place)
{
	enum json_type type = json_scan_type(value);

	if (type == JSON_TEXT) {
		prompt_count_add_text(walk, value, place);
	} else if (type == JSON_MAP) {
		walk->tokens += place == PLACE_TOOL ? walk->manner->tool : walk->manner->container;
		walk_map(walk, value, place);
	} else if (type == JSON_LIST) {
		walk->tokens += walk->manner->container;
		for (struct json_cursor item = json_cursor(value); json_next(&item);)
			walk_value(walk, item.value, place);
	} else {
		add_scalar(walk, value);
	}
}

/* Its memory, up to 140 KB, is for the time of the count: the request may be a stream of hours.
 */
int64_t prompt_count(struct slice body, enum vocabulary_id vocabulary)
{
	struct walk *walk = alloc_grow(NULL, 1, sizeof *walk);
	int64_t tokens;

	walk->vocabulary = vocabulary;
	walk->manner = &manners[vocabulary];
	walk->tokens = 0;
	walk->in_result = false;
	vocabulary_memo_begin(&walk->memo, body.len);
	arena_init(&walk->arena);
	walk_value(walk, body, PLACE_BODY);
	tokens = walk->tokens;
	arena_release(&walk->arena);
	free(walk);
	return tokens;
}
