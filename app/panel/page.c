/*
 * What the functions of pages are served with.  See the header.
 */
#include "panel/page.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/json_build.h"

#include "base/banned.h"

#define EXPORT_BYTES ((size_t)64 << 20)

json_t *page_redirect(struct page_call *call, const char *fmt, ...)
{
	char path[1024];
	va_list arguments;

	va_start(arguments, fmt);
	vsnprintf(path, sizeof path, fmt, arguments);
	va_end(arguments);
	call->redirect = arena_copy(call->arena, path);
	return json_object();
}

static json_t *page_download(
    struct page_call *call, const char *content_type, const char *file_name, struct slice body)
{
	call->content_type = content_type;
	call->file_name = file_name;
	call->body = body;
	return json_object();
}

json_t *page_send_rows(struct page_call *call, json_t *rows, const char *name,
    const char *const *columns, size_t column_count)
{
	AUTO_TEXT struct text text = text_empty(EXPORT_BYTES);

	if (form_is_set(&call->query, "json"))
		return page_download(call, "application/json",
		    arena_printf(call->arena, "%s.json", name),
		    slice_of(json_text(rows, JSON_INDENT(1), call->arena)));
	csv_write(&text, columns, column_count, rows);
	return page_download(call, "text/csv; charset=utf-8",
	    arena_printf(call->arena, "%s.csv", name),
	    slice_of(arena_copy_slice(call->arena, text_slice(&text))));
}

int page_fields(struct page_call *call, const char *names, struct error *err)
{
	return form_only(&call->form, arena_printf(call->arena, "token %s", names), err);
}

const char *page_client_url(const struct page_call *call)
{
	const char *host = web_request_variable(call->request, "HTTP_HOST");

	return arena_printf(call->arena, "%s://%s%.*s", call->secure ? "https" : "http",
	    host ? host : "localhost", (int)(strlen(call->base) - strlen("/admin")), call->base);
}

struct actor page_actor(const struct page_call *call)
{
	return (struct actor){
		.name = arena_printf(
		    call->arena, "admin %s", call->session ? call->session->admin : "?"),
		.through = "panel",
	};
}

json_t *page_choices(const struct page_choice *choices, size_t count, const char *chosen)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct page_choice *choice = &choices[i];
		json_t *one = json_object();

		json_set_all(one, "value words chosen?", choice->value,
		    choice->words ? choice->words : choice->value,
		    strcmp(choice->value, chosen ? chosen : "") == 0);
		json_append(list, one);
	}
	return list;
}

bool page_asks_again(
    struct page_call *call, bool mistake, const struct error *why, struct error *err)
{
	if (mistake)
		call->problem = arena_copy(call->arena, why->text);
	else
		*err = *why;
	return mistake;
}

const char *page_query(const struct page_call *call, const char *name)
{
	return form_text(&call->query, name, call->arena);
}

const char *page_form(const struct page_call *call, const char *name)
{
	return form_text(&call->form, name, call->arena);
}

bool page_needs_setup(const struct page_call *call)
{
	const char *path = gateway_settings_file(call->gateway);

	return !call->store && !call->catalog && path && access(path, F_OK) != 0 && errno == ENOENT;
}
