#ifndef PANEL_MACHINES_H
#define PANEL_MACHINES_H

/*
 * Whose rows a page shows, where several machines share their books: templates/machines.html.
 */
#include "panel/page.h"

/* Adds "machines" to a page's data.  path: of the same page on another machine's panel, where each
 * has rows of its own unless they share their record; NULL: the figures are of all machines. */
int machines_into(struct page_call *call, json_t *data, const char *path, struct error *err);

/* A request that is not in this machine's record may be in another one's: says so in err. */
void machines_not_here(struct page_call *call, struct error *err);

#endif
