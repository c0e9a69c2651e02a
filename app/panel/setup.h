#ifndef PANEL_SETUP_H
#define PANEL_SETUP_H

/*
 * The first page of a new installation: it looks at the place, makes settings and database where
 * there are none, and the first admin.
 *
 * Whoever does that proves that the gateway is theirs, with one of
 *
 *	a code that `sideways passwd --code` printed (kept in the store, as a hash, for 30 minutes);
 *	the master key of the settings;
 *	SIDEWAYS_SETUP_CODE, from the environment or from secrets.env: for shared hosting, where
 *	there is no shell and nothing else yet.
 *
 * Without it nothing is made and nothing is told about the place.  Once there is an admin, the page
 * does not exist.
 */
#include "panel/page.h"

/* Nothing is here yet: no settings file, and so no store. */
bool setup_is_wanted(const struct page_call *call);

#endif
