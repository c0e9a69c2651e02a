#ifndef PANEL_PAGE_ANSWER_H
#define PANEL_PAGE_ANSWER_H

/*
 * From a page's JSON to the reply: headers that all of them have, the template, errors as pages.
 * For panel/panel.c.
 */
#include "panel/page.h"

/* Security headers, on everything below BASE/admin. */
void page_answer_headers(const struct web_request *request, bool secure, struct web_reply *reply);

/* Takes data.  row may be NULL (errors before a row was found). */
void page_answer(
    struct page_call *call, const struct page *row, json_t *data, struct web_reply *reply);

/* An error page; with the menu when somebody is signed in. */
void page_answer_error(struct page_call *call, const struct error *err, struct web_reply *reply);

/* 303 to BASE/admin and path. */
void page_answer_redirect(struct page_call *call, const char *path, struct web_reply *reply);

#endif
