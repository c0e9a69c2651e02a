#ifndef PANEL_PAGE_H
#define PANEL_PAGE_H

/*
 * The panel's pages: a view function makes JSON, a template makes HTML of it.
 *
 * To add a page:
 *
 *  1. Write app/panel/page_NAME.c with `json_t *page_NAME(struct page_call *call, struct error
 * *err)`: it reads call->query (or call->form, call->parameter), asks a function of app/views or
 *     app/accounts, and returns an object (a new reference) or NULL with err, which becomes an
 *     error page of the kind's status.  Declare it in panel/pages.h.
 *  2. Write templates/NAME.html; it begins with {{>head}} and ends with {{>foot}}.  The object's
 * members are names in it; see web/template.h.  The classes of panel.css are named at its top.
 *  3. Add a row to the table in app/panel/pages.c, and one to its menu when it belongs there.
 *
 * Before the page is drawn, show_object (panel/show.h) adds words to numbers: beside cost_nano
 * stands cost_shown ("$0.0042"), beside an ISO time NAME stand NAME_shown and NAME_ago, and so on.
 * Every template also finds page.base (write links as {{page.base}}/keys), page.token, page.user,
 * page.full (may this user change things), page.title.
 *
 * A change is a POST row of role ADMIN_FULL.  Its form is <form method="post"
 * action="{{page.base}}/..."> with <input type="hidden" name="token" value="{{page.token}}">;
 * session, token and origin are checked before the function runs.  It checks its fields with
 * page_fields, changes through app/accounts (which writes the audit trail with page_actor), and
 * returns page_redirect(...).  On a mistake in a field it returns the form's object again with
 * call->problem set.
 *
 * Pages work without JavaScript, under any base path, and load nothing from elsewhere; there are no
 * inline styles or scripts (Content-Security-Policy).
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "accounts/admin_sessions.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "base/text.h"
#include "relay/catalog.h"
#include "relay/gateway.h"
#include "store/store.h"
#include "web/form.h"
#include "web/reply.h"
#include "web/request.h"

struct page;

struct page_call {
	struct gateway *gateway;
	const struct web_request *request;
	struct arena *arena;                 /* the request's */
	struct store *store;                 /* NULL only on pages of role ADMIN_NOBODY */
	struct error store_error;            /* why store is NULL */
	struct catalog *catalog;             /* NULL while the settings cannot be used */
	const char *timezone;                /* of the settings, else "UTC" */
	const struct admin_session *session; /* NULL on pages of role ADMIN_NOBODY */
	struct slice parameter;              /* what {} of the row's path matched */
	struct form query, form;
	int64_t now_ms;
	const char *base;    /* "/llm/admin": percent-encoded, for links */
	const char *address; /* of the client */
	bool secure;         /* came by HTTPS */

	/* Set by the function when the answer is something else. */
	int status;                           /* 0: 200 */
	const char *template;                 /* NULL: the row's */
	const char *title;                    /* NULL: the row's */
	const char *problem;                  /* shown above the form; status becomes 422 */
	const char *wrong_field;              /* of the form: it is shown there */
	const char *redirect;                 /* set by page_redirect */
	const char *content_type, *file_name; /* set by page_send_rows */
	struct slice body;
	/* Sends the answer itself, as it comes; data is what the function returned. */
	void (*stream)(
	    struct page_call *call, const struct page *row, json_t *data, struct web_reply *reply);
	void *stream_ctx;
	/* For stream: adds a template's HTML, with page.*, to a text; -1 is in the log. */
	int (*render)(struct page_call *call, const struct page *row, const char *template_name,
	    json_t *data, struct text *html);

	/* For panel/sign_in.c. */
	const char *cookie; /* that the browser sent, or the fresh one for its form; may be NULL */
	const char *set_cookie; /* the header's value */
};

typedef json_t *page_view(struct page_call *call, struct error *err);

struct page {
	const char *method, *path; /* "/keys/{}": {} is one segment; below BASE/admin */
	enum admin_role role;      /* the least that may; ADMIN_NOBODY: open to all */
	page_view *view;
	const char *template; /* NULL: it always redirects or downloads */
	const char *title;
	const char *menu; /* path of the menu's entry that it belongs to */
};

struct menu_entry {
	const char *title, *path;
	const char *group; /* begins a group of that name; NULL: goes on with the one before */
};

/* What a list of a form offers: [{value, words, chosen}].  Without words it shows the value. */
struct page_choice {
	const char *value, *words;
};
json_t *page_choices(const struct page_choice *choices, size_t count, const char *chosen);

/* What is wrong with a form goes above it: true.  What is no mistake of whoever sent it becomes
 * err. */
bool page_asks_again(
    struct page_call *call, bool mistake, const struct error *why, struct error *err);

/* 303 See Other to BASE/admin and the text; values in it must have gone through form_encode. */
json_t *page_redirect(struct page_call *call, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The rows (a list of objects) as NAME.csv with these columns, or whole as NAME.json for ?json=1.
 */
json_t *page_send_rows(struct page_call *call, json_t *rows, const char *name,
    const char *const *columns, size_t column_count);

/* Only these fields (and the token) may be in the form. */
int page_fields(struct page_call *call, const char *names, struct error *err);

/* Where clients send to, without "/v1": "https://host/base". */
const char *page_client_url(const struct page_call *call);

/* Whoever is signed in, for the trail of changes. */
struct actor page_actor(const struct page_call *call);

/* A field of the query or the form, without spaces around it; NULL when missing or empty. */
const char *page_query(const struct page_call *call, const char *name);
const char *page_form(const struct page_call *call, const char *name);

/* Nothing is here yet: no settings file, and so no store. */
bool page_needs_setup(const struct page_call *call);

#endif
