/*
 * Copies a schema member by member; what is no schema in it (enum, const, default, required) is
 * copied as it stands.  See the header.
 */
#include "providers/anthropic_schema.h"

#include "base/json_scan.h"
#include "base/json_write.h"

#include "base/banned.h"

enum holds { HOLDS_ONE, HOLDS_LIST, HOLDS_NAMED };

/* Members that hold further schemas. */
static const struct nest {
	const char *name;
	enum holds holds;
} nests[] = {
	{ "properties", HOLDS_NAMED },
	{ "$defs", HOLDS_NAMED },
	{ "definitions", HOLDS_NAMED },
	{ "items", HOLDS_ONE },
	{ "prefixItems", HOLDS_LIST },
	{ "anyOf", HOLDS_LIST },
	{ "oneOf", HOLDS_LIST },
	{ "allOf", HOLDS_LIST },
};

static void anthropic_schema_put_schema(struct text *json, struct slice schema, int depth);

static bool is_constraint(const struct json_cursor *member)
{
	return json_key_is_one_of(member,
	    "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength "
	    "maxItems uniqueItems minProperties maxProperties");
}

/* https://platform.claude.com/docs/en/build-with-claude/structured-outputs */
static bool is_known_format(struct slice format)
{
	return slice_is_one_of(format,
	    "\"date-time\" \"time\" \"date\" \"duration\" \"email\" \"hostname\" \"uri\" \"ipv4\" "
	    "\"ipv6\" \"uuid\"");
}

static bool is_refused(const struct json_cursor *member)
{
	int64_t count;

	if (json_key_is(member, "minItems"))
		return !json_as_int(member->value, &count) || count < 0 || count > 1;
	if (json_key_is(member, "format"))
		return !is_known_format(member->value);
	return is_constraint(member);
}

static bool is_object(struct slice schema)
{
	struct slice type = json_member(schema, "type");

	if (json_text_is(type, "object") ||
	    json_scan_type(json_member(schema, "properties")) == JSON_MAP)
		return true;
	if (json_scan_type(type) != JSON_LIST)
		return false;
	for (struct json_cursor one = json_cursor(type); json_next(&one);)
		if (json_text_is(one.value, "object"))
			return true;
	return false;
}

static const struct nest *nest_of(const struct json_cursor *member)
{
	for (size_t i = 0; i < sizeof nests / sizeof nests[0]; i++)
		if (json_key_is(member, nests[i].name))
			return &nests[i];
	return NULL;
}

/* The key in the bytes of the client: it may be escaped. */
static void anthropic_schema_put_key(struct text *json, const struct json_cursor *member)
{
	json_put_raw(json, (struct slice){ member->whole.ptr, member->key.len + 2 });
	text_putc(json, ':');
}

/* The names of properties are the client's: none of them is a constraint. */
static void put_named(struct text *json, struct slice schemas, int depth)
{
	json_write(json, "{");
	for (struct json_cursor member = json_cursor(schemas); json_next(&member);) {
		anthropic_schema_put_key(json, &member);
		anthropic_schema_put_schema(json, member.value, depth);
	}
	json_write(json, "}");
}

static void put_list(struct text *json, struct slice schemas, int depth)
{
	json_write(json, "[");
	for (struct json_cursor element = json_cursor(schemas); json_next(&element);)
		anthropic_schema_put_schema(json, element.value, depth);
	json_write(json, "]");
}

static void anthropic_schema_put_member(
    struct text *json, const struct json_cursor *member, int depth)
{
	const struct nest *nest = nest_of(member);
	enum json_type type = json_scan_type(member->value);

	if (!nest) {
		json_put_raw(json, member->whole);
		return;
	}
	anthropic_schema_put_key(json, member);
	if (nest->holds == HOLDS_NAMED && type == JSON_MAP)
		put_named(json, member->value, depth);
	else if (nest->holds != HOLDS_NAMED && type == JSON_LIST) /* items was a list, too, once */
		put_list(json, member->value, depth);
	else
		anthropic_schema_put_schema(json, member->value, depth);
}

/* What has been checked is no deeper than JSON_DEPTH_MAX; the count makes sure of the stack. */
static void anthropic_schema_put_schema(struct text *json, struct slice schema, int depth)
{
	bool closed;

	if (json_scan_type(schema) != JSON_MAP || depth >= JSON_DEPTH_MAX) {
		json_put_raw(json, schema);
		return;
	}
	closed = is_object(schema);
	json_write(json, "{");
	for (struct json_cursor member = json_cursor(schema); json_next(&member);)
		if (!is_refused(&member) &&
		    !(closed && json_key_is(&member, "additionalProperties")))
			anthropic_schema_put_member(json, &member, depth + 1);
	if (closed)
		json_write(json, "additionalProperties:false");
	json_write(json, "}");
}

void anthropic_schema_put(struct text *json, struct slice schema)
{
	anthropic_schema_put_schema(json, schema, 0);
}
