/*
 * Gemini's own schemas to JSON Schema: type names in small letters, numbers that came as strings
 * made numbers again, nullable made a second type.
 */
#include "chat/gemini_schema.h"

#include <ctype.h>

#include "base/json_scan.h"
#include "base/json_write.h"
#include "chat/gemini_names.h"

#include "base/banned.h"

#define SCHEMA_MAX ((size_t)8 << 20)

static void gemini_schema_put_schema(struct text *json, struct slice schema, struct arena *arena);

static void put_type(struct text *json, struct slice type, bool nullable, struct arena *arena)
{
	struct slice name = json_as_slice(type, arena);
	char *small = arena_copy_slice(arena, name);

	for (char *c = small; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	json_write(json, "type:");
	if (!nullable) {
		json_put(json, slice_of(small));
		return;
	}
	json_write(json, "[%, 'null']", small);
}

static void put_map(struct text *json, struct slice map, struct arena *arena)
{
	json_write(json, "{");
	for (struct json_cursor at = json_cursor(map); json_next(&at);) {
		json_write(json, "%:", arena_copy_slice(arena, at.key));
		gemini_schema_put_schema(json, at.value, arena);
	}
	json_write(json, "}");
}

static void put_list(struct text *json, struct slice list, struct arena *arena)
{
	json_write(json, "[");
	for (struct json_cursor at = json_cursor(list); json_next(&at);)
		gemini_schema_put_schema(json, at.value, arena);
	json_write(json, "]");
}

/* Keywords of more than one word, by which they are known to others; the rest has one spelling. */
static const struct keyword {
	const char *name;
	bool is_count; /* int64, which proto3 writes as a string */
} keywords[] = {
	{ "minItems", true },
	{ "maxItems", true },
	{ "minLength", true },
	{ "maxLength", true },
	{ "minProperties", true },
	{ "maxProperties", true },
	{ "anyOf", false },
	{ "propertyOrdering", false },
};

static const struct keyword *keyword_of(const struct json_cursor *at)
{
	for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++)
		if (gemini_key_is(at, keywords[i].name))
			return &keywords[i];
	return NULL;
}

/* "9" is 9; any other text stays a text, or it would be JSON of the client's own making. */
static struct slice number_of(struct slice value, struct arena *arena)
{
	struct slice text = json_as_slice(value, arena);

	return json_scan_check(text, NULL) == 0 && json_scan_type(text) == JSON_NUMBER ? text
										       : value;
}

static void put_keyword(struct text *json, const struct keyword *keyword,
    const struct json_cursor *at, struct arena *arena)
{
	enum json_type type = json_scan_type(at->value);

	if (strcmp(keyword->name, "propertyOrdering") == 0)
		return;
	json_write(json, "%:", keyword->name);
	if (type == JSON_LIST && !keyword->is_count)
		put_list(json, at->value, arena);
	else if (type == JSON_TEXT && keyword->is_count)
		json_put_raw(json, number_of(at->value, arena));
	else
		json_put_raw(json, at->value);
}

static void gemini_schema_put_member(
    struct text *json, const struct json_cursor *at, bool nullable, struct arena *arena)
{
	const struct keyword *keyword = keyword_of(at);

	if (keyword) {
		put_keyword(json, keyword, at, arena);
		return;
	}
	if (json_key_is_one_of(at, "nullable example"))
		return;
	if (json_key_is(at, "type") && json_scan_type(at->value) == JSON_TEXT) {
		put_type(json, at->value, nullable, arena);
		return;
	}
	json_write(json, "%:", arena_copy_slice(arena, at->key));
	if (json_key_is(at, "properties") && json_scan_type(at->value) == JSON_MAP)
		put_map(json, at->value, arena);
	else if (json_key_is(at, "items"))
		gemini_schema_put_schema(json, at->value, arena);
	else
		json_put_raw(json, at->value);
}

static void gemini_schema_put_schema(struct text *json, struct slice schema, struct arena *arena)
{
	bool nullable = false;

	if (json_scan_type(schema) != JSON_MAP) {
		json_put_raw(json, schema);
		return;
	}
	(void)json_as_bool(json_member(schema, "nullable"), &nullable);
	json_write(json, "{");
	for (struct json_cursor at = json_cursor(schema); json_next(&at);)
		gemini_schema_put_member(json, &at, nullable, arena);
	json_write(json, "}");
}

struct slice gemini_plain_schema(struct slice schema, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(SCHEMA_MAX);

	if (json_scan_type(schema) != JSON_MAP)
		return (struct slice){ NULL, 0 };
	gemini_schema_put_schema(&json, schema, arena);
	if (text_failed(&json))
		return (struct slice){ NULL, 0 };
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}
