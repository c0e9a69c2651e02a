#ifndef PANEL_PANEL_H
#define PANEL_PANEL_H

/*
 * The panel as the server sees it: requests to /admin and below.  panel/page.h says how to add a
 * page.
 */
#include "panel/page.h"

/* Answers a request whose path is /admin or below.  refused as in worker_options.handle. */
void panel_handle(struct gateway *gateway, const struct web_request *request,
    const struct error *refused, struct web_reply *reply);

/* Is it ours: /admin, what is below it, and a browser at the root, which is sent there? */
bool panel_wanted(const struct web_request *request);

/* Compiles all templates now; a mistake names file and line. */
int panel_check_templates(struct error *err);

#endif
