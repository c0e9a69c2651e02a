/*
 * The root of a tool's schema (call_parts.h).
 *
 * OpenAI and Anthropic refuse anyOf, oneOf and allOf at the root, also beside "type": "object", and
 * one such tool refuses the whole request.  What the alternatives name become properties; which of
 * them belong together is left to the tool's description.
 */
#include "base/json_scan.h"
#include "base/json_write.h"
#include "providers/call_parts.h"

#include "base/banned.h"

static const char *const alternatives[] = { "anyOf", "oneOf", "allOf" };
#define ALTERNATIVE_COUNT (sizeof alternatives / sizeof alternatives[0])

static bool has_alternatives(struct slice schema)
{
	for (size_t i = 0; i < ALTERNATIVE_COUNT; i++)
		if (json_member(schema, alternatives[i]).ptr)
			return true;
	return false;
}

static bool is_rewritten(const struct json_cursor *member)
{
	for (size_t i = 0; i < ALTERNATIVE_COUNT; i++)
		if (json_key_is(member, alternatives[i]))
			return true;
	return json_key_is(member, "type") || json_key_is(member, "properties");
}

/* Keys are compared as they are written. */
static bool has_key(struct slice map, struct slice key)
{
	for (struct json_cursor member = json_cursor(map); json_next(&member);)
		if (slice_equal(member.key, key))
			return true;
	return false;
}

/* Is the property named by the root, or by an alternative before this one? */
static bool is_named_before(struct slice schema, struct slice key, const char *until)
{
	if (has_key(json_member(schema, "properties"), key))
		return true;
	for (size_t i = 0; i < ALTERNATIVE_COUNT; i++)
		for (struct json_cursor one = json_cursor(json_member(schema, alternatives[i]));
		     json_next(&one);) {
			if (one.value.ptr == until)
				return false;
			if (has_key(json_member(one.value, "properties"), key))
				return true;
		}
	return false;
}

static void put_alternative(struct text *json, struct slice schema, struct slice one)
{
	for (struct json_cursor property = json_cursor(json_member(one, "properties"));
	     json_next(&property);)
		if (!is_named_before(schema, property.key, one.ptr))
			json_put_raw(json, property.whole);
}

static void put_properties(struct text *json, struct slice schema)
{
	struct slice own = json_member(schema, "properties");

	json_key(json, "properties");
	json_open(json, '{');
	if (json_scan_type(own) == JSON_MAP)
		for (struct json_cursor property = json_cursor(own); json_next(&property);)
			json_put_raw(json, property.whole);
	for (size_t i = 0; i < ALTERNATIVE_COUNT; i++)
		for (struct json_cursor one = json_cursor(json_member(schema, alternatives[i]));
		     json_next(&one);)
			if (json_scan_type(one.value) == JSON_MAP)
				put_alternative(json, schema, one.value);
	json_close(json, '}');
}

struct slice call_object_schema(struct slice schema, struct arena *arena)
{
	AUTO_TEXT struct text json = { .size = 0 };

	if (json_scan_type(schema) != JSON_MAP)
		return slice_of("{\"type\":\"object\",\"properties\":{}}");
	if (json_text_is(json_member(schema, "type"), "object") && !has_alternatives(schema))
		return schema;
	text_init(&json, schema.len * 2 + 64);
	json_open(&json, '{');
	json_pair_text(&json, "type", "object");
	put_properties(&json, schema);
	for (struct json_cursor member = json_cursor(schema); json_next(&member);)
		if (!is_rewritten(&member))
			json_put_raw(&json, member.whole);
	json_close(&json, '}');
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}
