#ifndef WEB_TEMPLATE_COMPILE_H
#define WEB_TEMPLATE_COMPILE_H

/*
 * The inside of a template set: each file as a flat list of nodes, sections knowing where they end.
 * For template.c and template_compile.c only.
 */
#include "base/slice.h"
#include "web/template.h"

enum template_kind {
	TEMPLATE_TEXT,
	TEMPLATE_VALUE,
	TEMPLATE_SECTION,
	TEMPLATE_INVERTED,
	TEMPLATE_PARTIAL
};

struct template_node {
	enum template_kind kind;
	struct slice text;   /* literal text, or a name */
	struct slice indent; /* of a partial that stands alone on its line */
	size_t end;          /* of a section: the first node behind it */
	size_t partial;      /* index into the set */
	int line;
};

struct template_page {
	const char *file; /* "keys.html" */
	struct template_node *nodes;
	size_t count, room;
};

struct template_set {
	struct template_page *pages;
	size_t count;
};

/* The index of a page by its name without ".html", or set->count. */
size_t template_find(const struct template_set *set, struct slice name);

int template_compile(struct template_page *page, const char *text, struct error *err);

#endif
