/*
 * Drawing pages.  See the header.
 */
#include "panel/page_answer.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_build.h"
#include "base/log.h"
#include "panel/assets.h"
#include "panel/attention.h"
#include "panel/pages.h"
#include "panel/show.h"

#include "base/banned.h"

#define PAGE_BYTES_MAX ((size_t)8 << 20)

void page_answer_headers(const struct web_request *request, bool secure, struct web_reply *reply)
{
	/* clang-format off */
	static const char *const headers[][2] = {
		{ "Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; "
			"form-action 'self'; frame-ancestors 'none'; base-uri 'none'" },
		{ "X-Frame-Options", "DENY" },
		{ "X-Content-Type-Options", "nosniff" },
		/* Not no-referrer: with that, browsers send "Origin: null" with forms. */
		{ "Referrer-Policy", "same-origin" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
		{ "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()" },
		{ "Cache-Control", "no-store" },
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
		web_reply_header(reply, headers[i][0], headers[i][1]);
	if (secure)
		web_reply_header(reply, "Strict-Transport-Security", "max-age=31536000");
}

/* What "?done=NAME" says after a change; only these, so that a link cannot put words on a page. */
static const char *done_text(const char *name)
{
	/* clang-format off */
	static const struct { const char *name, *text; } texts[] = {
		{ "saved",     "Saved." },
		{ "created",   "Created." },
		{ "blocked",   "Blocked. Requests are refused from now on." },
		{ "unblocked", "Unblocked." },
		{ "deleted",   "Deleted. What was spent stays on record." },
		{ "ended",     "The session has ended." },
		{ "password",  "The password is changed; other sessions have ended." },
		{ "reset",     "The spend is set back." },
		{ "removed",   "Removed." },
	};
	/* clang-format on */

	for (size_t i = 0; name && i < sizeof texts / sizeof texts[0]; i++)
		if (strcmp(texts[i].name, name) == 0)
			return texts[i].text;
	return NULL;
}

static bool may_see(const struct page_call *call, const char *path)
{
	for (size_t i = 0; i < page_count; i++)
		if (strcmp(pages[i].path, path) == 0 && strcmp(pages[i].method, "GET") == 0)
			return pages[i].role != ADMIN_FULL || call->session->role == ADMIN_FULL;
	return false;
}

/* [{"group", "entries": [{title, path, here, count}]}], without what this user may not see. */
static json_t *menu_json(struct page_call *call, const struct page *row)
{
	json_t *groups = json_array(), *entries = NULL;

	for (size_t i = 0; i < menu_count; i++) {
		json_t *entry;
		bool here = row && strcmp(row->menu, menu[i].path) == 0;

		if (menu[i].group) {
			json_t *group = json_object();

			entries = json_array();
			json_set_all(group, "group entries", menu[i].group, entries);
			json_append(groups, group);
		}
		if (!may_see(call, menu[i].path))
			continue;
		entry = json_object();
		json_set_all(entry, "title path here?", menu[i].title, menu[i].path, here);
		if (strcmp(menu[i].path, "/alerts") == 0 && call->store)
			json_set_int(entry, "count", attention_alerts(call));
		json_append(entries, entry);
	}
	return groups;
}

/* What every template finds under "page". */
static json_t *frame_json(struct page_call *call, const struct page *row)
{
	json_t *frame = json_object();

	json_set_all(frame, "base title style script icon problem done timezone is_utc?",
	    call->base,
	    call->title ? call->title
	    : row       ? row->title
			: "Error",
	    assets_url("panel.css", call->arena), assets_url("panel.js", call->arena),
	    assets_url("icon.svg", call->arena), call->problem,
	    done_text(form_get(&call->query, "done")), call->timezone,
	    strcmp(call->timezone, "UTC") == 0);
	if (call->cookie)
		json_set_text(frame, "token", admin_session_token(call->cookie).text);
	if (!call->session)
		return frame;
	json_set_all(frame, "user full? viewer? menu", call->session->admin,
	    call->session->role == ADMIN_FULL, call->session->role != ADMIN_FULL,
	    menu_json(call, row));
	return frame;
}

/* page_call.render */
static int page_answer_render(struct page_call *call, const struct page *row,
    const char *template_name, json_t *data, struct text *html)
{
	const struct template_set *set;
	struct error err;

	show_object(data, call->now_ms, call->timezone);
	json_set(data, "page", frame_json(call, row));
	set = assets_templates(&err);
	if (set && template_render(set, template_name, data, html, &err) == 0)
		return 0;
	log_event(
	    LOG_ERROR, "panel", "%s %s: %s", call->request->id, call->request->path, err.text);
	return -1;
}

/* Sends data drawn by a template; takes data. */
static void page_answer_draw(struct page_call *call, const struct page *row,
    const char *template_name, int status, json_t *data, struct web_reply *reply)
{
	AUTO_TEXT struct text html = text_empty(PAGE_BYTES_MAX);

	if (page_answer_render(call, row, template_name, data, &html) < 0) {
		web_reply_status(reply, 500);
		web_reply_send(reply, "text/plain; charset=utf-8",
		    slice_of("The page cannot be drawn; the log says why.\n"));
	} else {
		web_reply_status(reply, status);
		web_reply_send(reply, "text/html; charset=utf-8", text_slice(&html));
	}
	json_decref(data);
}

void page_answer_redirect(struct page_call *call, const char *path, struct web_reply *reply)
{
	web_reply_status(reply, 303);
	web_reply_header(reply, "Location", arena_printf(call->arena, "%s%s", call->base, path));
	web_reply_send(reply, "text/plain; charset=utf-8", slice_of(""));
}

void page_answer(
    struct page_call *call, const struct page *row, json_t *data, struct web_reply *reply)
{
	const char *template_name = call->template ? call->template : row->template;

	if (call->set_cookie)
		web_reply_header(reply, "Set-Cookie", call->set_cookie);
	if (call->stream) {
		call->render = page_answer_render;
		call->stream(call, row, data, reply);
		json_decref(data);
		return;
	}
	if (!call->redirect && !call->content_type && template_name) {
		page_answer_draw(call, row, template_name,
		    call->status    ? call->status
		    : call->problem ? 422
				    : 200,
		    data, reply);
		return;
	}
	json_decref(data);
	if (call->redirect) {
		page_answer_redirect(call, call->redirect, reply);
		return;
	}
	if (call->file_name)
		web_reply_header(reply, "Content-Disposition",
		    arena_printf(call->arena, "attachment; filename=\"%s\"", call->file_name));
	web_reply_send(reply, call->content_type ? call->content_type : "text/plain", call->body);
}

void page_answer_error(struct page_call *call, const struct error *err, struct web_reply *reply)
{
	int status = error_info(err->kind)->status;
	json_t *data = json_object();
	bool inside = status >= 500;

	if (inside)
		log_event(LOG_ERROR, "panel", "%s %s: %s", call->request->id, call->request->path,
		    err->text);
	json_set_all(data, "status_text message request_id signed_in?",
	    arena_printf(call->arena, "%d", status),
	    inside && !call->session
		? "Something went wrong in the gateway. The log says more under the id below."
		: err->text,
	    call->request->id, call->session != NULL);
	call->title = status == 404 ? "Not found" : status == 403 ? "Not allowed" : "Error";
	page_answer_draw(call, NULL, "error", status, data, reply);
}
