#ifndef PANEL_ASSETS_H
#define PANEL_ASSETS_H

/*
 * The templates, compiled once in a process, and the files that pages load.  A file's URL has a
 * part of its SHA-256 in it, so browsers keep it for a year and still take a new version at once.
 */
#include "base/arena.h"
#include "web/template.h"

/* NULL and err when a template has a mistake. */
const struct template_set *assets_templates(struct error *err);

/* "static/panel-3f9a21c7d0b4.css" for "panel.css". */
const char *assets_url(const char *file, struct arena *arena);

struct asset {
	const char *content_type;
	struct slice body;
};

/* By the part of the path behind "static/"; false when there is no such version of such a file. */
bool assets_find(const char *name, struct asset *out);

#endif
