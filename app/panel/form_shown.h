#ifndef PANEL_FORM_SHOWN_H
#define PANEL_FORM_SHOWN_H

/*
 * What a form showed, so that saving it writes what the person changed and leaves the rest alone:
 * another admin or the API may have changed that while the form was open.
 *
 * A form of something that exists carries a hidden field "shown": the values that it was drawn
 * with.  When it comes back there are three sets of values, each an object of texts by names that
 * people read ({"alias": "x", "budget of 1d": "5"}); one that is missing is empty:
 *
 *	shown  what the form was drawn with
 *	typed  what it was sent with
 *	now    what is
 *
 * A value is changed when typed is not as shown.  When it is changed, and now is neither as shown
 * nor as typed, two want different things: form_shown_check refuses with what is now, and nothing
 * is written.  Whoever saves the form that is drawn then means it.
 *
 * Between the look at what is and the change there is a moment in which somebody may still change
 * the very same value; the later one stands then, and the trail has both.
 */
#include <jansson.h>

#include "panel/page.h"

/* A new reference; NULL when the field is damaged.  A form without it (a program's) counts as one
 * that showed what is now. */
json_t *form_shown_read(struct page_call *call, const json_t *now, struct error *err);

bool form_shown_changed(
    struct page_call *call, const json_t *shown, const json_t *typed, const char *name);

/* Is it free to write what is changed?  Else ERROR_BAD_REQUEST with what is now, and status 409. */
int form_shown_check(struct page_call *call, const json_t *shown, const json_t *typed,
    const json_t *now, struct error *err);

/* The hidden field of the form that is drawn: what was sent, else what is now. */
const char *form_shown_text(struct page_call *call, const json_t *now);

#endif
