/*
 * The root of a tool's schema (call_parts.h).
 *
 * OpenAI and Anthropic refuse anyOf, oneOf and allOf at the root, also beside "type": "object", and
 * one such tool refuses the whole request.  What the alternatives name become properties; which of
 * them belong together is left to the tool's description.  OpenAI: "schema must have type 'object'
 * and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level" (read 2026-11-29 in reports
 * on gpt-5.5).  A root that only refers to a definition becomes what it refers to.
 */
#include "base/json_scan.h"
#include "base/json_write.h"
#include "providers/call_parts.h"

#include "base/banned.h"

static const char *const alternatives[] = { "anyOf", "oneOf", "allOf" };
#define ALTERNATIVE_COUNT (sizeof alternatives / sizeof alternatives[0])
#define REFERENCES_MAX    8

static bool is_refused(const struct json_cursor *member)
{
	for (size_t i = 0; i < ALTERNATIVE_COUNT; i++)
		if (json_key_is(member, alternatives[i]))
			return true;
	return json_key_is_one_of(member, "enum not $ref");
}

static bool is_rewritten(const struct json_cursor *member)
{
	return is_refused(member) || json_key_is_one_of(member, "type properties");
}

bool call_is_object_schema(struct slice schema)
{
	if (json_scan_type(schema) != JSON_MAP ||
	    !json_text_is(json_member(schema, "type"), "object"))
		return false;
	for (struct json_cursor member = json_cursor(schema); json_next(&member);)
		if (is_refused(&member))
			return false;
	return true;
}

/* Keys are compared as they are written. */
static bool has_key(struct slice map, struct slice key)
{
	for (struct json_cursor member = json_cursor(map); json_next(&member);)
		if (slice_equal(member.key, key))
			return true;
	return false;
}

/* ---- references to definitions ---- */

/* What "#/$defs/NAME" or "#/definitions/NAME" refers to in the root; {NULL, 0}: nothing. */
static struct slice definition(struct slice root, struct slice reference)
{
	static const char *const places[] = { "$defs", "definitions" };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct slice place = json_member(root, places[i]);
		size_t skip = strlen("\"#/") + strlen(places[i]) + 1; /* and the slash */

		if (json_scan_type(place) != JSON_MAP || reference.len <= skip + 1 ||
		    memcmp(reference.ptr + 3, places[i], strlen(places[i])) != 0)
			continue;
		for (struct json_cursor one = json_cursor(place); json_next(&one);)
			if (slice_equal(one.key,
				(struct slice){ reference.ptr + skip, reference.len - skip - 1 }))
				return one.value;
	}
	return (struct slice){ NULL, 0 };
}

/* The schema that is meant; a chain that is longer is a circle. */
static struct slice resolved(struct slice root, struct slice schema)
{
	for (int i = 0; i < REFERENCES_MAX; i++) {
		struct slice target = definition(root, json_member(schema, "$ref"));

		if (json_scan_type(target) != JSON_MAP)
			break;
		schema = target;
	}
	return schema;
}

/* The members of a root and of the schema that it refers to; its own win. */
static struct slice joined(struct slice root, struct slice target, struct arena *arena)
{
	AUTO_TEXT struct text json = { .size = 0 };

	text_init(&json, root.len + target.len + 16);
	json_write(&json, "{");
	for (struct json_cursor member = json_cursor(target); json_next(&member);)
		if (!has_key(root, member.key))
			json_put_raw(&json, member.whole);
	for (struct json_cursor member = json_cursor(root); json_next(&member);)
		if (!json_key_is(&member, "$ref"))
			json_put_raw(&json, member.whole);
	json_write(&json, "}");
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}

/* ---- alternatives ---- */

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
			if (has_key(json_member(resolved(schema, one.value), "properties"), key))
				return true;
		}
	return false;
}

static void put_alternative(struct text *json, struct slice schema, struct slice one)
{
	struct slice properties = json_member(resolved(schema, one), "properties");

	for (struct json_cursor property = json_cursor(properties); json_next(&property);)
		if (!is_named_before(schema, property.key, one.ptr))
			json_put_raw(json, property.whole);
}

static void put_properties(struct text *json, struct slice schema)
{
	struct slice own = json_member(schema, "properties");

	json_write(json, "properties:{");
	if (json_scan_type(own) == JSON_MAP)
		for (struct json_cursor property = json_cursor(own); json_next(&property);)
			json_put_raw(json, property.whole);
	for (size_t i = 0; i < ALTERNATIVE_COUNT; i++)
		for (struct json_cursor one = json_cursor(json_member(schema, alternatives[i]));
		     json_next(&one);)
			if (json_scan_type(one.value) == JSON_MAP)
				put_alternative(json, schema, one.value);
	json_write(json, "}");
}

struct slice call_object_schema(struct slice schema, struct arena *arena)
{
	AUTO_TEXT struct text json = { .size = 0 };
	struct slice target;

	if (json_scan_type(schema) != JSON_MAP)
		return slice_of("{\"type\":\"object\",\"properties\":{}}");
	if (call_is_object_schema(schema))
		return schema;
	target = resolved(schema, schema);
	if (target.ptr != schema.ptr)
		schema = joined(schema, target, arena);
	text_init(&json, schema.len * 2 + 64);
	json_write(&json, "{type:'object'");
	put_properties(&json, schema);
	for (struct json_cursor member = json_cursor(schema); json_next(&member);)
		if (!is_rewritten(&member))
			json_put_raw(&json, member.whole);
	json_write(&json, "}");
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}
