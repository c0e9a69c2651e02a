#ifndef PANEL_REQUEST_WORDS_H
#define PANEL_REQUEST_WORDS_H

/*
 * Requests of the log in words, for lists of them and for the story of one.
 */
#include "panel/page.h"
#include "views/view_requests.h"

/* Adds to each: when ("29 Nov 17:39:58" in the page's time zone), way ("messages"), class (of its
 * status), fault_words, team_name. */
void request_words_rows(struct page_call *call, json_t *requests);

/* The last ones of a filter, so, as "requests" of data; also "has_requests". */
int request_words_add(
    struct page_call *call, const struct request_filter *filter, json_t *data, struct error *err);

/* The same for one with its candidates, and: moral (what happened, in one sentence); to each
 * candidate: price_words, bar_x and bar_width (permille of the whole time). */
void request_words_story(struct page_call *call, json_t *request);

#endif
