#ifndef SETTINGS_YAML_TREE_H
#define SETTINGS_YAML_TREE_H

/*
 * One YAML document as a tree whose every node knows its line and column.
 *
 * Untyped on purpose: YAML gives texts, lists and maps; what `yes` or `0777` means is decided by
 * the reader of each value.  `plain` tells an unquoted text, which alone can be null or a number.
 * An alias is the same node again, and `<<` merges a map, as in Python's loader; a node cannot
 * contain itself, and the nodes that aliases repeat are limited, so walking a tree is cheap.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"
#include "settings/load.h"

#define YAML_TREE_DEPTH_MAX    64
#define YAML_TREE_REPEATED_MAX 10000 /* nodes brought in by aliases, counted as if written out */
#define YAML_TREE_ANCHORS_MAX  1000

enum yaml_kind { YAML_IS_TEXT, YAML_IS_LIST, YAML_IS_MAP };

struct yaml_node;

struct yaml_entry {
	const char *key;      /* NULL in a list */
	struct origin origin; /* of the key, in a list of the value */
	struct yaml_node *value;
};

struct yaml_node {
	enum yaml_kind kind;
	bool plain;
	struct origin origin;
	const char *text; /* of a text; without NUL bytes inside */
	struct yaml_entry *entries;
	size_t count;
	size_t weight; /* nodes in it, itself included */
};

/* What makes a file unusable as a whole. */
struct yaml_fault {
	struct origin origin;
	char text[256];
};

/* NULL and *fault: not YAML, empty, too deep, an alias without anchor, more than one document.
 * Keys given twice are added to problems, each with the line of the first.  All memory is the
 * arena's; file is not copied. */
struct yaml_node *yaml_tree_parse(struct slice bytes, const char *file, struct arena *arena,
    struct problems *problems, struct yaml_fault *fault);

/* No value at all, `~` or `null`. */
bool yaml_tree_is_null(const struct yaml_node *node);

/* The value of a key, or NULL. */
struct yaml_node *yaml_tree_get(const struct yaml_node *map, const char *key);
struct yaml_entry *yaml_tree_entry(const struct yaml_node *map, const char *key);

/* Where one or a list of them may stand: how many, and the i-th. */
size_t yaml_tree_count(const struct yaml_node *node);
const struct yaml_node *yaml_tree_item(const struct yaml_node *node, size_t i);

#endif
