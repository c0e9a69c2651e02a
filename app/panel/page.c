/*
 * What the functions of pages are served with.  See the header.
 */
#include "panel/page.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"

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

json_t *page_download(
    struct page_call *call, const char *content_type, const char *file_name, struct slice body)
{
	call->content_type = content_type;
	call->file_name = file_name;
	call->body = body;
	return json_object();
}

int page_fields(struct page_call *call, const char *names, struct error *err)
{
	return form_only(&call->form, arena_printf(call->arena, "token %s", names), err);
}

struct actor page_actor(const struct page_call *call)
{
	return (struct actor){
		.name = arena_printf(
		    call->arena, "admin %s", call->session ? call->session->admin : "?"),
		.through = "panel",
	};
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
