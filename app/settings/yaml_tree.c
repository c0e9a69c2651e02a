/*
 * YAML events to nodes.
 *
 * Events are pulled one at a time, so that a file of brackets stops at the depth limit: libyaml
 * 0.2.5 itself has none and needs 77 seconds for 200 KB of '{'.  The builder holds one event, the
 * current one, and every build_ function leaves it at the first event that is not its own.
 *
 * What keys and values mean is left to schema and fields.
 */
#include "settings/yaml_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/banned.h"

struct anchor {
	const char *name;
	struct yaml_node *node;
	bool open; /* its node is still being read: an alias to it would be a cycle */
};

struct builder {
	yaml_parser_t parser;
	yaml_event_t event;
	bool has_event;
	struct slice bytes;
	const char *file;
	struct arena *arena;
	struct problems *problems;
	struct yaml_fault *fault;
	struct anchor *anchors;
	size_t anchor_count;
	size_t anchor_size;
	size_t repeated;
};

static struct origin origin_at(const struct builder *b, yaml_mark_t mark)
{
	return (struct origin){ b->file, (int)mark.line + 1, (int)mark.column + 1 };
}

static int yaml_tree_fail(struct builder *b, struct origin origin, const char *text)
{
	b->fault->origin = origin;
	(void)snprintf(b->fault->text, sizeof b->fault->text, "%s", text);
	return -1;
}

static struct origin origin_of_offset(const struct builder *b, size_t offset)
{
	struct origin origin = { b->file, 1, 1 };
	for (size_t i = 0; i < offset && i < b->bytes.len; i++) {
		origin.column++;
		if (b->bytes.ptr[i] == '\n') {
			origin.line++;
			origin.column = 1;
		}
	}
	return origin;
}

/* libyaml points at the tab in the mark of the problem. */
static bool tab_at(const struct builder *b, size_t line, size_t column)
{
	size_t i = 0;
	for (; i < b->bytes.len && line; i++)
		line -= b->bytes.ptr[i] == '\n';
	for (; i < b->bytes.len && column && b->bytes.ptr[i] != '\n'; i++, column--) {
		if (b->bytes.ptr[i] == '\t')
			return true;
	}
	return i < b->bytes.len && b->bytes.ptr[i] == '\t';
}

static int parser_failed(struct builder *b)
{
	const yaml_parser_t *p = &b->parser;
	const char *problem = p->problem ? p->problem : "not YAML";
	if (p->error == YAML_READER_ERROR)
		return yaml_tree_fail(b, origin_of_offset(b, p->problem_offset), problem);

	char text[sizeof b->fault->text];
	const char *hint = tab_at(b, p->problem_mark.line, p->problem_mark.column)
			       ? "; YAML is indented with spaces, not with tabs"
			       : "";
	if (p->context)
		(void)snprintf(text, sizeof text, "%s %s%s", p->context, problem, hint);
	else
		(void)snprintf(text, sizeof text, "%s%s", problem, hint);
	return yaml_tree_fail(b, origin_at(b, p->problem_mark), text);
}

static int advance(struct builder *b)
{
	if (b->has_event)
		yaml_event_delete(&b->event);
	b->has_event = yaml_parser_parse(&b->parser, &b->event) != 0;
	return b->has_event ? 0 : parser_failed(b);
}

static struct yaml_node *node_new(struct builder *b, enum yaml_kind kind)
{
	struct yaml_node *node = arena_alloc(b->arena, sizeof *node);
	node->kind = kind;
	node->origin = origin_at(b, b->event.start_mark);
	node->weight = 1;
	return node;
}

/* Returns the place of the anchor in *out_index, or SIZE_MAX there when the node has none. */
static int anchor_begin(
    struct builder *b, const yaml_char_t *name, struct yaml_node *node, size_t *out_index)
{
	*out_index = SIZE_MAX;
	if (!name)
		return 0;
	if (b->anchor_count == YAML_TREE_ANCHORS_MAX)
		return yaml_tree_fail(b, node->origin, "more than 1000 anchors");
	if (b->anchor_count == b->anchor_size) {
		size_t size = b->anchor_size ? b->anchor_size * 2 : 16;
		struct anchor *grown = arena_alloc(b->arena, size * sizeof *grown);
		if (b->anchor_count)
			memcpy(grown, b->anchors, b->anchor_count * sizeof *grown);
		b->anchors = grown;
		b->anchor_size = size;
	}
	b->anchors[b->anchor_count] =
	    (struct anchor){ arena_copy(b->arena, (const char *)name), node, true };
	*out_index = b->anchor_count++;
	return 0;
}

static void anchor_end(struct builder *b, size_t index)
{
	if (index != SIZE_MAX)
		b->anchors[index].open = false;
}

static struct yaml_node *build_alias(struct builder *b)
{
	const char *name = (const char *)b->event.data.alias.anchor;
	struct origin origin = origin_at(b, b->event.start_mark);
	const struct anchor *found = NULL;
	for (size_t i = b->anchor_count; i > 0 && !found; i--) {
		if (strcmp(b->anchors[i - 1].name, name) == 0)
			found = &b->anchors[i - 1];
	}
	if (!found || found->open) { /* the name is not repeated: the file may be a foreign one */
		(void)yaml_tree_fail(b, origin,
		    found ? "an alias stands inside its own anchor"
			  : "an alias has no anchor before it");
		return NULL;
	}
	b->repeated += found->node->weight;
	if (b->repeated > YAML_TREE_REPEATED_MAX) {
		(void)yaml_tree_fail(b, origin, "aliases repeat more than 10000 nodes");
		return NULL;
	}
	return advance(b) ? NULL : found->node;
}

static struct yaml_node *build_text(struct builder *b)
{
	struct yaml_node *node = node_new(b, YAML_IS_TEXT);
	const char *value = (const char *)b->event.data.scalar.value;
	size_t len = b->event.data.scalar.length;
	size_t anchor;
	if (memchr(value, '\0', len)) {
		(void)yaml_tree_fail(b, node->origin, "a text holds a NUL byte");
		return NULL;
	}
	node->text = arena_copy_slice(b->arena, (struct slice){ value, len });
	node->plain = b->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	if (anchor_begin(b, b->event.data.scalar.anchor, node, &anchor))
		return NULL;
	anchor_end(b, anchor);
	return advance(b) ? NULL : node;
}

static void entry_add(
    struct builder *b, struct yaml_node *node, size_t *size, struct yaml_entry entry)
{
	if (node->count == *size) {
		*size = *size ? *size * 2 : 8;
		struct yaml_entry *grown = arena_alloc(b->arena, *size * sizeof *grown);
		if (node->count)
			memcpy(grown, node->entries, node->count * sizeof *grown);
		node->entries = grown;
	}
	node->entries[node->count++] = entry;
	node->weight += entry.value->weight;
}

static struct yaml_node *build_node(struct builder *b, int depth);

static struct yaml_node *build_list(struct builder *b, int depth)
{
	struct yaml_node *node = node_new(b, YAML_IS_LIST);
	size_t size = 0, anchor;
	if (anchor_begin(b, b->event.data.sequence_start.anchor, node, &anchor) || advance(b))
		return NULL;
	while (b->event.type != YAML_SEQUENCE_END_EVENT) {
		struct origin origin = origin_at(b, b->event.start_mark);
		struct yaml_node *item = build_node(b, depth + 1);
		if (!item)
			return NULL;
		entry_add(b, node, &size, (struct yaml_entry){ NULL, origin, item });
	}
	anchor_end(b, anchor);
	return advance(b) ? NULL : node;
}

static int by_key_then_place(const void *left, const void *right)
{
	const struct yaml_entry *a = *(struct yaml_entry *const *)left;
	const struct yaml_entry *b = *(struct yaml_entry *const *)right;
	int order = strcmp(a->key, b->key);
	return order ? order : (a > b) - (a < b);
}

/* `<<` may stand there twice no more than any other key. */
static void report_duplicates(struct builder *b, const struct yaml_node *map)
{
	if (map->count < 2)
		return;
	const struct yaml_entry **sorted = arena_alloc(b->arena, map->count * sizeof *sorted);
	for (size_t i = 0; i < map->count; i++)
		sorted[i] = &map->entries[i];
	qsort(sorted, map->count, sizeof *sorted, by_key_then_place);
	for (size_t i = 1, first = 0; i < map->count; i++) {
		if (strcmp(sorted[i]->key, sorted[first]->key) != 0) {
			first = i;
			continue;
		}
		problems_add(b->problems, PROBLEM_ERROR, sorted[i]->origin,
		    "'%s' is given twice; the first is in line %d", sorted[i]->key,
		    sorted[first]->origin.line);
	}
}

static bool same_node(const struct yaml_node *a, const struct yaml_node *b)
{
	return a == b || (a->kind == YAML_IS_TEXT && b->kind == YAML_IS_TEXT &&
			     strcmp(a->text, b->text) == 0);
}

/* own: how many of the map's entries are its own; those behind them came with earlier maps.
 * Python's loader takes the first map's value up to PyYAML 6.0.3, and the last one's from 6.0.4 on.
 */
static int merge_one(struct builder *b, struct yaml_node *map, size_t *size, size_t own,
    const struct yaml_node *from)
{
	if (from->kind != YAML_IS_MAP)
		return yaml_tree_fail(b, from->origin, "'<<' needs a map, or a list of maps");
	for (size_t i = 0; i < from->count; i++) {
		const struct yaml_entry *have = yaml_tree_entry(map, from->entries[i].key);
		if (!have)
			entry_add(b, map, size, from->entries[i]);
		else if (have >= map->entries + own &&
			 !same_node(have->value, from->entries[i].value))
			problems_add(b->problems, PROBLEM_WARNING, map->origin,
			    "'<<' lists two maps with '%s', in lines %d and %d: the first counts "
			    "here and in PyYAML up to 6.0.3, the last in 6.0.4; write '%s' out",
			    have->key, have->origin.line, from->entries[i].origin.line, have->key);
	}
	return 0;
}

/* Own keys win over merged ones, earlier maps over later ones. */
static int merge_maps(struct builder *b, struct yaml_node *map, size_t *size)
{
	struct yaml_entry *merge = yaml_tree_entry(map, "<<");
	if (!merge)
		return 0;
	const struct yaml_node *from = merge->value;
	size_t at = (size_t)(merge - map->entries);
	memmove(merge, merge + 1, (map->count - at - 1) * sizeof *merge);
	map->count--;
	size_t own = map->count;
	if (from->kind != YAML_IS_LIST)
		return merge_one(b, map, size, own, from);
	for (size_t i = 0; i < from->count; i++) {
		if (merge_one(b, map, size, own, from->entries[i].value))
			return -1;
	}
	return 0;
}

static struct yaml_node *build_map(struct builder *b, int depth)
{
	struct yaml_node *node = node_new(b, YAML_IS_MAP);
	size_t size = 0, anchor;
	if (anchor_begin(b, b->event.data.mapping_start.anchor, node, &anchor) || advance(b))
		return NULL;
	while (b->event.type != YAML_MAPPING_END_EVENT) {
		struct origin origin = origin_at(b, b->event.start_mark);
		struct yaml_node *key = build_node(b, depth + 1);
		if (!key)
			return NULL;
		if (key->kind != YAML_IS_TEXT) {
			(void)yaml_tree_fail(
			    b, origin, "a key must be a text, not a list or a map");
			return NULL;
		}
		struct yaml_node *value = build_node(b, depth + 1);
		if (!value)
			return NULL;
		entry_add(b, node, &size, (struct yaml_entry){ key->text, origin, value });
	}
	report_duplicates(b, node);
	if (merge_maps(b, node, &size))
		return NULL;
	anchor_end(b, anchor);
	return advance(b) ? NULL : node;
}

static struct yaml_node *build_node(struct builder *b, int depth)
{
	if (depth > YAML_TREE_DEPTH_MAX) {
		(void)yaml_tree_fail(
		    b, origin_at(b, b->event.start_mark), "nested deeper than 64 levels");
		return NULL;
	}
	switch (b->event.type) {
	case YAML_ALIAS_EVENT:
		return build_alias(b);
	case YAML_SCALAR_EVENT:
		return build_text(b);
	case YAML_SEQUENCE_START_EVENT:
		return build_list(b, depth);
	case YAML_MAPPING_START_EVENT:
		return build_map(b, depth);
	default:
		(void)yaml_tree_fail(b, origin_at(b, b->event.start_mark), "a value is missing");
		return NULL;
	}
}

static struct yaml_node *build_document(struct builder *b)
{
	struct origin start = { b->file, 1, 1 };
	if (advance(b) || advance(b))
		return NULL;
	if (b->event.type == YAML_STREAM_END_EVENT) {
		(void)yaml_tree_fail(b, start, "the file is empty");
		return NULL;
	}
	if (advance(b))
		return NULL;
	struct yaml_node *root = build_node(b, 1);
	if (!root || advance(b))
		return NULL;
	if (b->event.type != YAML_STREAM_END_EVENT) {
		(void)yaml_tree_fail(b, origin_at(b, b->event.start_mark),
		    "a second document begins here; a file holds one");
		return NULL;
	}
	return root;
}

struct yaml_node *yaml_tree_parse(struct slice bytes, const char *file, struct arena *arena,
    struct problems *problems, struct yaml_fault *fault)
{
	struct builder b = {
		.bytes = bytes, .file = file, .arena = arena, .problems = problems, .fault = fault
	};
	if (!yaml_parser_initialize(&b.parser)) {
		(void)yaml_tree_fail(
		    &b, (struct origin){ file, 1, 1 }, "no memory for the YAML parser");
		return NULL;
	}
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)bytes.ptr, bytes.len);
	struct yaml_node *root = build_document(&b);
	if (b.has_event)
		yaml_event_delete(&b.event);
	yaml_parser_delete(&b.parser);
	return root;
}

bool yaml_tree_is_null(const struct yaml_node *node)
{
	return node->kind == YAML_IS_TEXT && node->plain &&
	       (!*node->text || text_is_one_of(node->text, "~ null Null NULL"));
}

struct yaml_entry *yaml_tree_entry(const struct yaml_node *map, const char *key)
{
	for (size_t i = 0; map && map->kind == YAML_IS_MAP && i < map->count; i++) {
		if (strcmp(map->entries[i].key, key) == 0)
			return &map->entries[i];
	}
	return NULL;
}

struct yaml_node *yaml_tree_get(const struct yaml_node *map, const char *key)
{
	const struct yaml_entry *entry = yaml_tree_entry(map, key);
	return entry ? entry->value : NULL;
}

size_t yaml_tree_count(const struct yaml_node *node)
{
	return node->kind == YAML_IS_LIST ? node->count : 1;
}

const struct yaml_node *yaml_tree_item(const struct yaml_node *node, size_t i)
{
	return node->kind == YAML_IS_LIST ? node->entries[i].value : node;
}
