#ifndef PANEL_PAGE_EXPORT_H
#define PANEL_PAGE_EXPORT_H

/*
 * Logs as files, CSV or (?json=1) JSON: all of their rows, sent while they are read, so that the
 * length of a log needs no room.
 */
#include "panel/page.h"

/* The view's page of rows after `before` (NULL: from the newest): {MEMBER: [ROW], "older"}. */
typedef json_t *page_export_read(struct page_call *call, const char *before, struct error *err);

struct page_export {
	const char *name;   /* of the file, without an ending */
	const char *member; /* of the view that has the rows */
	page_export_read *read;
	const char *const *columns;
	size_t column_count;
};

/* Reads the first rows, so that a mistake in the filters is an error page; the rest is
 * sent as it is read. */
json_t *page_export_begin(
    struct page_call *call, const struct page_export *export, struct error *err);

#endif
