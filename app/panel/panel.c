/*
 * One request to the panel: find the row, see who asks, check that a change was meant, call the
 * function, draw.  See the header.
 */
#include "panel/panel.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "accounts/shared_books.h"
#include "base/clock.h"
#include "panel/assets.h"
#include "panel/page_answer.h"
#include "panel/pages.h"
#include "panel/sign_in.h"

#include "base/banned.h"

#define PREFIX         "/admin"
#define OWN_USAGE      "/usage" /* for holders of keys, who know of no panel */
#define FORM_BYTES_MAX ((size_t)256 << 10)

/* A browser at "/", which names HTML; programs that ask for nothing in particular get the API. */
static bool is_visitor(const struct web_request *request)
{
	const char *accept = web_request_variable(request, "HTTP_ACCEPT");

	return strcmp(request->path, "/") == 0 && strcmp(request->method, "GET") == 0 && accept &&
	       strstr(accept, "text/html");
}

bool panel_wanted(const struct web_request *request)
{
	size_t len = sizeof PREFIX - 1;

	if (is_visitor(request) || strcmp(request->path, OWN_USAGE) == 0)
		return true;
	return strncmp(request->path, PREFIX, len) == 0 &&
	       (request->path[len] == '/' || request->path[len] == '\0');
}

int panel_check_templates(struct error *err)
{
	return assets_templates(err) ? 0 : -1;
}

/* ---- rows ---- */

/* {} is one segment. */
static bool path_fits(const char *pattern, const char *path, struct slice *out_parameter)
{
	const char *hole = strstr(pattern, "{}");
	size_t front = hole ? (size_t)(hole - pattern) : 0, len;

	*out_parameter = (struct slice){ "", 0 };
	if (!hole)
		return strcmp(pattern, path) == 0;
	if (strncmp(pattern, path, front) != 0)
		return false;
	len = strcspn(path + front, "/");
	*out_parameter = (struct slice){ path + front, len };
	return len > 0 && strcmp(path + front + len, hole + 2) == 0;
}

/* A row without {} goes before one with it.  *out_known: the path exists under another method. */
static const struct page *find_row(
    const char *method, const char *path, struct slice *out_parameter, bool *out_known)
{
	const struct page *found = NULL;

	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	*out_known = false;
	for (size_t i = 0; i < page_count; i++) {
		struct slice parameter;

		if (!path_fits(pages[i].path, path, &parameter))
			continue;
		*out_known = true;
		if (strcmp(pages[i].method, method) != 0 || (found && strstr(pages[i].path, "{}")))
			continue;
		found = &pages[i];
		*out_parameter = parameter;
	}
	return found;
}

/* ---- preparing ---- */

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* X-Forwarded-Proto counts only from this machine: a proxy beside us that ends TLS. */
static bool is_secure(const struct web_request *request, const char *address)
{
	const char *forwarded = web_request_variable(request, "HTTP_X_FORWARDED_PROTO");

	return request->https ||
	       (forwarded && strcmp(forwarded, "https") == 0 && is_loopback(address));
}

static void panel_begin(
    struct page_call *call, struct gateway *gateway, const struct web_request *request)
{
	const char *address = web_request_variable(request, "REMOTE_ADDR");

	*call = (struct page_call){
		.gateway = gateway,
		.request = request,
		.arena = request->arena,
		.timezone = "UTC",
		.now_ms = clock_wall_ms(),
		.base = arena_printf(request->arena, "%s" PREFIX,
		    form_encode_path(request->base_path, request->arena)),
		.address = address && *address ? address : "127.0.0.1",
	};
	call->secure = is_secure(request, call->address);
}

static void open_state(struct page_call *call)
{
	if (call->catalog || call->store)
		return;
	call->catalog = gateway_catalog(call->gateway, NULL);
	if (call->catalog && catalog_settings(call->catalog)->timezone)
		call->timezone = catalog_settings(call->catalog)->timezone;
	call->store = gateway_store_caught_up(call->gateway, &call->store_error);
}

static int read_fields(struct page_call *call, struct error *err)
{
	const struct web_request *request = call->request;

	if (form_parse(slice_of(request->query), call->arena, &call->query, err) < 0)
		return -1;
	if (strcmp(request->method, "POST") != 0)
		return 0;
	if (strncasecmp(request->content_type, "application/x-www-form-urlencoded", 33) != 0)
		return error_set(err, ERROR_BAD_REQUEST,
		    "this takes a form (application/x-www-form-urlencoded)");
	if (request->body.len > FORM_BYTES_MAX)
		return error_set(err, ERROR_TOO_LARGE, "a form of %zu bytes; at most %zu",
		    request->body.len, FORM_BYTES_MAX);
	return form_parse(request->body, call->arena, &call->form, err);
}

/* ---- answering ---- */

static bool send_static(const struct page_call *call, const char *path, struct web_reply *reply)
{
	struct asset asset;

	if (strncmp(path, "/static/", 8) != 0 || !assets_find(path + 8, &asset))
		return false;
	if (strcmp(call->request->method, "GET") != 0 && strcmp(call->request->method, "HEAD") != 0)
		return false;
	web_reply_header(reply, "Cache-Control", "public, max-age=31536000, immutable");
	web_reply_send(reply, asset.content_type, asset.body);
	return true;
}

/* A mistake in the address or the form: with the menu for whoever is signed in.  An error of the
 * gateway itself is told without the store, which may be what is wrong. */
static void answer_mistake(struct page_call *call, const struct error *err, struct web_reply *reply)
{
	if (error_info(err->kind)->status < 500) {
		open_state(call);
		sign_in_recognise(call);
	}
	page_answer_error(call, err, reply);
}

/* Runs a row's function and draws what it gives. */
static void run_row(struct page_call *call, const struct page *row, struct web_reply *reply)
{
	struct error err = { 0 };
	json_t *data = row->view(call, &err);

	if (data)
		page_answer(call, row, data, reply);
	else
		page_answer_error(call, &err, reply);
}

/* Who has signed in or made something on another machine finds it here, too. */
static enum admit admit_here(struct page_call *call, const struct page *row, struct error *err)
{
	enum admit admission = sign_in_admit(call, row, err);

	if (admission == ADMIT_SIGN_IN && shared_books_catch_up(call->store, SHARED_BOOKS_MISS_MS))
		return sign_in_admit(call, row, err);
	if (admission == ADMIT_YES && row->role != ADMIN_NOBODY)
		(void)shared_books_catch_up(call->store, 0); /* away: what is known here will do */
	return admission;
}

static void answer_row(struct page_call *call, const struct page *row, struct web_reply *reply)
{
	struct error err = { 0 };

	if (read_fields(call, &err) < 0) {
		answer_mistake(call, &err, reply);
		return;
	}
	open_state(call);
	if (!call->store && row->role != ADMIN_NOBODY) {
		if (page_needs_setup(call))
			page_answer_redirect(call, "/setup", reply);
		else
			page_answer_error(call, &call->store_error, reply);
		return;
	}
	switch (admit_here(call, row, &err)) {
	case ADMIT_YES:
		run_row(call, row, reply);
		break;
	case ADMIT_SIGN_IN:
		page_answer_redirect(call, sign_in_path(call), reply);
		break;
	case ADMIT_AGAIN:
		page_answer(call,
		    &(struct page){ .template = "again", .title = "One moment", .menu = "" },
		    json_object(), reply);
		break;
	case ADMIT_NO:
		page_answer_error(call, &err, reply);
		break;
	}
}

static void panel_answer(struct page_call *call, struct web_reply *reply)
{
	const char *path = call->request->path;
	const struct page *row;
	struct error err;
	bool known;

	if (strcmp(path, "/") == 0 || strcmp(path, PREFIX) == 0) {
		page_answer_redirect(call, "/", reply);
		return;
	}
	if (strcmp(path, OWN_USAGE) == 0) {
		page_answer_redirect(call, "/own-usage", reply);
		return;
	}
	path += sizeof PREFIX - 1;
	if (send_static(call, path, reply))
		return;
	row = find_row(call->request->method, path, &call->parameter, &known);
	if (row) {
		answer_row(call, row, reply);
		return;
	}
	(void)error_set(&err, known ? ERROR_METHOD : ERROR_NOT_FOUND,
	    known ? "this address does not accept %.20s" : "there is no such page",
	    call->request->method);
	if (known)
		web_reply_header(reply, "Allow",
		    strcmp(call->request->method, "POST") == 0 ? "GET, HEAD" : "POST");
	answer_mistake(call, &err, reply);
}

void panel_handle(struct gateway *gateway, const struct web_request *request,
    const struct error *refused, struct web_reply *reply)
{
	struct page_call call;

	panel_begin(&call, gateway, request);
	page_answer_headers(request, call.secure, reply);
	if (refused)
		answer_mistake(&call, refused, reply);
	else
		panel_answer(&call, reply);
	catalog_release(call.catalog);
}
