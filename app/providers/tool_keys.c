/*
 * The keys of one tool's schema are collected, and those that are refused get another name that
 * none of the others has.  Keys at the root of the arguments and keys below it are told apart, so
 * that data that only looks like a changed key stays as it is.  See the header.
 */
#include "providers/tool_keys.h"

#include "base/digest.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "models/name_rule.h"

#include "base/banned.h"

#define KEY_MOST 64
#define HASH     9 /* '_' and 8 hex digits */

/* "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'" (anthropics/claude-code#79418 of
 * 2026-07-20, ComposioHQ/composio#3500). */
static const struct name_rule anthropic_keys = {
	.first = SLICE("a-zA-Z0-9_.-"), .rest = SLICE("a-zA-Z0-9_.-"), .most = KEY_MOST
};

struct key {
	struct slice own, fitted;
	bool below; /* the root */
};

struct keys {
	struct key *items;
	size_t count, room;
	bool differ;
	struct arena *arena;
};

/* ---- the keys of a schema ---- */

enum holds {
	HOLDS_NOTHING,
	HOLDS_PROPERTIES, /* schemas by the keys of the arguments */
	HOLDS_SHARED,     /* by names of their own, for any place */
	HOLDS_PATTERNS,   /* by patterns, of parts of the value */
	HOLDS_DEPENDENT,  /* by keys: schemas of the same value, or lists of keys */
	HOLDS_KEYS,       /* a list of keys */
	HOLDS_SAME,       /* of the same value */
	HOLDS_BELOW,      /* of its parts */
};

static enum holds holds_of(const struct json_cursor *member)
{
	static const struct {
		const char *name;
		enum holds holds;
	} rows[] = {
		{ "properties", HOLDS_PROPERTIES },
		{ "$defs", HOLDS_SHARED },
		{ "definitions", HOLDS_SHARED },
		{ "patternProperties", HOLDS_PATTERNS },
		{ "dependentSchemas", HOLDS_DEPENDENT },
		{ "dependentRequired", HOLDS_DEPENDENT },
		{ "dependencies", HOLDS_DEPENDENT },
		{ "required", HOLDS_KEYS },
		{ "anyOf", HOLDS_SAME },
		{ "oneOf", HOLDS_SAME },
		{ "allOf", HOLDS_SAME },
		{ "if", HOLDS_SAME },
		{ "then", HOLDS_SAME },
		{ "else", HOLDS_SAME },
		{ "not", HOLDS_SAME },
		{ "items", HOLDS_BELOW },
		{ "prefixItems", HOLDS_BELOW },
		{ "additionalItems", HOLDS_BELOW },
		{ "unevaluatedItems", HOLDS_BELOW },
		{ "contains", HOLDS_BELOW },
		{ "additionalProperties", HOLDS_BELOW },
		{ "unevaluatedProperties", HOLDS_BELOW },
	};
	enum json_type type = json_scan_type(member->value);

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (json_key_is(member, rows[i].name))
			return type == JSON_MAP ||
				       (type == JSON_LIST && rows[i].holds >= HOLDS_KEYS)
				   ? rows[i].holds
				   : HOLDS_NOTHING;
	return HOLDS_NOTHING;
}

static struct slice key_text(const struct json_cursor *member, struct arena *arena)
{
	struct slice quoted = { member->whole.ptr, member->key.len + 2 };

	return json_as_slice(quoted, arena);
}

static void add_key(struct keys *keys, struct slice own, bool below)
{
	struct key *items = keys->items;

	for (size_t i = 0; i < keys->count; i++)
		if (items[i].below == below && slice_equal(items[i].own, own))
			return;
	if (keys->count == keys->room) {
		keys->room = keys->room ? keys->room * 2 : 16;
		keys->items = arena_alloc(keys->arena, keys->room * sizeof *items);
		if (keys->count)
			memcpy(keys->items, items, keys->count * sizeof *items);
	}
	keys->items[keys->count++] = (struct key){ own, own, below };
}

/* A schema, or a list of them. */
static void tool_keys_collect(struct keys *keys, struct slice schema, bool below);

static void collect_named(struct keys *keys, struct slice schemas, bool below)
{
	for (struct json_cursor member = json_cursor(schemas); json_next(&member);)
		if (json_scan_type(member.value) == JSON_MAP)
			tool_keys_collect(keys, member.value, below);
}

static void collect_properties(struct keys *keys, struct slice properties, bool below)
{
	for (struct json_cursor one = json_cursor(properties); json_next(&one);)
		add_key(keys, key_text(&one, keys->arena), below);
	collect_named(keys, properties, true);
}

static void collect_member(struct keys *keys, const struct json_cursor *member, bool below)
{
	switch (holds_of(member)) {
	case HOLDS_PROPERTIES:
		collect_properties(keys, member->value, below);
		break;
	case HOLDS_SHARED:
		collect_named(keys, member->value, false);
		collect_named(keys, member->value, true);
		break;
	case HOLDS_PATTERNS:
		collect_named(keys, member->value, true);
		break;
	case HOLDS_DEPENDENT:
		collect_named(keys, member->value, below);
		break;
	case HOLDS_SAME:
		tool_keys_collect(keys, member->value, below);
		break;
	case HOLDS_BELOW:
		tool_keys_collect(keys, member->value, true);
		break;
	case HOLDS_KEYS:
	case HOLDS_NOTHING:
		break;
	}
}

static void tool_keys_collect(struct keys *keys, struct slice schema, bool below)
{
	for (struct json_cursor member = json_cursor(schema); json_next(&member);)
		if (member.is_map)
			collect_member(keys, &member, below);
		else if (json_scan_type(member.value) == JSON_MAP)
			tool_keys_collect(keys, member.value, below);
}

static bool tool_keys_is_taken(const struct keys *keys, size_t but, struct slice name)
{
	for (size_t i = 0; i < keys->count; i++)
		if (!slice_equal(keys->items[i].own, keys->items[but].own) &&
		    (slice_equal(keys->items[i].own, name) ||
			(i < but && slice_equal(keys->items[i].fitted, name))))
			return true;
	return false;
}

static struct slice with_hash(struct slice own, struct slice fitted, struct arena *arena)
{
	size_t len = fitted.len > KEY_MOST - HASH ? KEY_MOST - HASH : fitted.len;

	return slice_of(arena_printf(
	    arena, "%.*s_%.8s", (int)len, fitted.ptr, digest_sha256(own.ptr, own.len).text));
}

/* One key has one other name, at the root and below it. */
static struct slice fitted_key(const struct keys *keys, size_t index)
{
	const struct key *key = &keys->items[index];
	struct slice fitted =
	    key->own.len ? name_rule_apply(&anthropic_keys, key->own, keys->arena) : slice_of("_");

	for (size_t i = 0; i < index; i++)
		if (slice_equal(keys->items[i].own, key->own))
			return keys->items[i].fitted;
	if (slice_equal(fitted, key->own))
		return key->own;
	return tool_keys_is_taken(keys, index, fitted) ? with_hash(key->own, fitted, keys->arena)
						       : fitted;
}

static struct keys keys_of(struct slice schema, struct arena *arena)
{
	struct keys keys = { .arena = arena };

	if (json_scan_type(schema) == JSON_MAP)
		tool_keys_collect(&keys, schema, false);
	for (size_t i = 0; i < keys.count; i++) {
		keys.items[i].fitted = fitted_key(&keys, i);
		keys.differ = keys.differ || !slice_equal(keys.items[i].fitted, keys.items[i].own);
	}
	return keys;
}

/* ---- written anew ---- */

struct writing {
	struct text *json;
	const struct keys *keys;
	bool back; /* to the client's own */
};

static struct slice renamed(const struct writing *w, struct slice key, bool below)
{
	for (size_t i = 0; i < w->keys->count; i++) {
		const struct key *known = &w->keys->items[i];

		if (known->below == below && slice_equal(w->back ? known->fitted : known->own, key))
			return w->back ? known->own : known->fitted;
	}
	return key;
}

static void tool_keys_put_key(
    const struct writing *w, const struct json_cursor *member, bool is_property, bool below)
{
	struct slice key = key_text(member, w->keys->arena);

	json_put(w->json, is_property ? renamed(w, key, below) : key);
	text_putc(w->json, ':');
}

static void put_keys(const struct writing *w, struct slice names, bool below)
{
	json_write(w->json, "[");
	for (struct json_cursor name = json_cursor(names); json_next(&name);)
		if (json_scan_type(name.value) == JSON_TEXT)
			json_put(
			    w->json, renamed(w, json_as_slice(name.value, w->keys->arena), below));
		else
			json_put_raw(w->json, name.value);
	json_write(w->json, "]");
}

static void tool_keys_put_schema(const struct writing *w, struct slice schema, bool below);

/* Schemas by name.  `below`: the value that they are of; of properties, that of their keys. */
static void put_named(const struct writing *w, struct slice schemas, enum holds holds, bool below)
{
	bool keyed = holds == HOLDS_PROPERTIES || holds == HOLDS_DEPENDENT;

	json_write(w->json, "{");
	for (struct json_cursor member = json_cursor(schemas); json_next(&member);) {
		tool_keys_put_key(w, &member, keyed, below);
		if (holds == HOLDS_DEPENDENT && json_scan_type(member.value) == JSON_LIST)
			put_keys(w, member.value, below);
		else
			tool_keys_put_schema(w, member.value, holds != HOLDS_DEPENDENT || below);
	}
	json_write(w->json, "}");
}

static void tool_keys_put_member(
    const struct writing *w, const struct json_cursor *member, bool below)
{
	enum holds holds = holds_of(member);

	tool_keys_put_key(w, member, false, below);
	if (holds == HOLDS_NOTHING)
		json_put_raw(w->json, member->value);
	else if (holds == HOLDS_KEYS)
		put_keys(w, member->value, below);
	else if (holds == HOLDS_SAME || holds == HOLDS_BELOW)
		tool_keys_put_schema(w, member->value, below || holds == HOLDS_BELOW);
	else
		put_named(w, member->value, holds, below);
}

static void tool_keys_put_schema(const struct writing *w, struct slice schema, bool below)
{
	enum json_type type = json_scan_type(schema);

	if (type != JSON_MAP && type != JSON_LIST) {
		json_put_raw(w->json, schema);
		return;
	}
	json_write(w->json, type == JSON_MAP ? "{" : "[");
	for (struct json_cursor member = json_cursor(schema); json_next(&member);)
		if (member.is_map)
			tool_keys_put_member(w, &member, below);
		else
			tool_keys_put_schema(w, member.value, below);
	json_write(w->json, type == JSON_MAP ? "}" : "]");
}

static void put_value(const struct writing *w, struct slice value, bool below)
{
	enum json_type type = json_scan_type(value);

	if (type != JSON_MAP && type != JSON_LIST) {
		json_put_raw(w->json, value);
		return;
	}
	json_write(w->json, type == JSON_MAP ? "{" : "[");
	for (struct json_cursor member = json_cursor(value); json_next(&member);) {
		if (member.is_map)
			tool_keys_put_key(w, &member, true, below);
		put_value(w, member.value, true);
	}
	json_write(w->json, type == JSON_MAP ? "}" : "]");
}

/* The whole value with its keys renamed; as it is where that cannot be. */
static struct slice rewritten(const struct keys *keys, struct slice value, bool back,
    void (*put)(const struct writing *w, struct slice value, bool below))
{
	AUTO_TEXT struct text json = { .size = 0 };
	struct writing w = { .json = &json, .keys = keys, .back = back };

	if (!keys->differ || !value.ptr || json_scan_check(value, NULL) != 0 ||
	    json_scan_type(value) != JSON_MAP)
		return value;
	text_init(&json, value.len * 8 + 1024); /* a key of one byte gets the hash */
	put(&w, value, false);
	if (text_failed(&json))
		return value;
	return (struct slice){ arena_copy_slice(keys->arena, text_slice(&json)), json.len };
}

/* ---- conversations ---- */

/* The keys of each tool; NULL: all of them are known. */
static struct keys *keys_of_all(const struct chat_conversation *c, struct arena *arena)
{
	struct keys *keys = arena_alloc(arena, (c->tool_count + 1) * sizeof *keys);
	bool differ = false;

	for (size_t i = 0; i < c->tool_count; i++) {
		keys[i] = keys_of(c->tools[i].schema, arena);
		differ = differ || keys[i].differ;
	}
	return differ ? keys : NULL;
}

static struct slice fitted_call(
    const struct chat_conversation *c, const struct keys *keys, const struct chat_part *part)
{
	for (size_t i = 0; part->kind == PART_TOOL_CALL && i < c->tool_count; i++)
		if (slice_equal(c->tools[i].name, part->name))
			return rewritten(&keys[i], part->arguments, false, put_value);
	return part->arguments;
}

void tool_keys_fit(struct chat_conversation *conversation, struct arena *arena)
{
	const struct chat_conversation said = *conversation;
	struct chat_tool *tools = arena_alloc(arena, (said.tool_count + 1) * sizeof *tools);
	const struct keys *keys = keys_of_all(&said, arena);

	if (!keys)
		return;
	for (size_t i = 0; i < said.tool_count; i++) {
		tools[i] = said.tools[i];
		tools[i].schema = rewritten(&keys[i], tools[i].schema, false, tool_keys_put_schema);
	}
	conversation->tools = tools;
	for (size_t t = 0; t < said.turn_count; t++)
		for (size_t p = 0; p < said.turns[t].part_count; p++)
			said.turns[t].parts[p].arguments =
			    fitted_call(&said, keys, &said.turns[t].parts[p]);
}

static int64_t growth(struct slice from, struct slice to)
{
	return to.len > from.len ? (int64_t)(to.len - from.len) : 0;
}

int64_t tool_keys_added_bytes(const struct chat_conversation *conversation, struct arena *arena)
{
	const struct keys *keys = keys_of_all(conversation, arena);
	int64_t bytes = 0;

	if (!keys)
		return 0;
	for (size_t i = 0; i < conversation->tool_count; i++) {
		struct slice schema = conversation->tools[i].schema;

		bytes += growth(schema, rewritten(&keys[i], schema, false, tool_keys_put_schema));
	}
	for (size_t t = 0; t < conversation->turn_count; t++)
		for (size_t p = 0; p < conversation->turns[t].part_count; p++) {
			const struct chat_part *part = &conversation->turns[t].parts[p];

			bytes += growth(part->arguments, fitted_call(conversation, keys, part));
		}
	return bytes;
}

bool tool_keys_differ(const struct chat_tool *tool, struct arena *arena)
{
	return keys_of(tool->schema, arena).differ;
}

struct slice tool_keys_own(
    const struct chat_tool *tool, struct slice arguments, struct arena *arena)
{
	const struct keys keys = keys_of(tool->schema, arena);

	return rewritten(&keys, arguments, true, put_value);
}
