#ifndef PANEL_INSTALLATION_H
#define PANEL_INSTALLATION_H

/*
 * Is this installation in order?  The doctor's checks (doctor/doctor.h), fed with what the request
 * at hand tells: the server's kind, its document root.  For the pages Configuration and Setup,
 * drawn by templates/installation.html.
 */
#include "doctor/doctor.h"
#include "panel/page.h"

/* Makes the doctor ready, in the request's arena, and lets it look at files and folders.  The
 * store may be missing. */
void installation_place(struct page_call *call, struct doctor *doctor);

/* The way from a browser to here, which templates/way.js measures: the address of the gateway's
 * test page with its token, and what to change when something is found.  NULL without settings
 * that can be used.  Only for those who may change things: the token lets its holder keep threads
 * busy.
 */
json_t *installation_way(struct page_call *call, const struct doctor *doctor);

#endif
