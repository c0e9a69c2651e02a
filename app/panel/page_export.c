/*
 * Sending a log row by row.  See the header.
 */
#include "panel/page_export.h"

#include <stdlib.h>

#include "base/csv.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/log.h"

#include "base/banned.h"

#define ROW_BYTES ((size_t)1 << 20)

struct sending {
	const struct page_export *export;
	struct web_reply *reply;
	bool json;
	size_t sent; /* rows */
};

static void put(struct sending *sending, struct text *text)
{
	(void)web_reply_write(sending->reply, text->bytes, text_slice(text).len); /* sticks */
}

static void send_row(struct sending *sending, const json_t *row)
{
	AUTO_TEXT struct text text = text_empty(ROW_BYTES);

	if (sending->json) {
		char *dumped = json_dumps(row, JSON_INDENT(1));

		text_printf(&text, "%s%s", sending->sent ? ",\n" : "", dumped);
		free(dumped);
	} else {
		csv_row(&text, sending->export->columns, sending->export->column_count, row);
	}
	put(sending, &text);
	sending->sent++;
}

static void send_text(struct sending *sending, const char *words)
{
	(void)web_reply_write(sending->reply, words, slice_of(words).len);
}

static void export_head(struct sending *sending)
{
	AUTO_TEXT struct text text = text_empty(ROW_BYTES);

	if (sending->json) {
		send_text(sending, "[");
		return;
	}
	csv_head(&text, sending->export->columns, sending->export->column_count);
	put(sending, &text);
}

/* The head has gone when a later page cannot be read: whoever reads the file must not take it for
 * whole. */
static void send_rest(struct page_call *call, struct sending *sending, const char *older)
{
	struct error err;

	while (older && !web_reply_gone(sending->reply)) {
		json_t *view = sending->export->read(call, older, &err), *row;
		size_t i;

		if (!view) {
			log_event(LOG_ERROR, "panel", "%s: %s", call->request->path, err.text);
			send_text(sending, "the rest cannot be read\r\n");
			return;
		}
		json_array_foreach(json_object_get(view, sending->export->member), i, row)
		    send_row(sending, row);
		older = arena_copy(call->arena, json_read_text(view, "older"));
		json_decref(view);
	}
	send_text(sending, sending->json ? "]\n" : "");
}

static void send_export(
    struct page_call *call, const struct page *page, json_t *data, struct web_reply *reply)
{
	struct sending sending = { .export = call->stream_ctx,
		.reply = reply,
		.json = form_is_set(&call->query, "json") };
	json_t *row;
	size_t i;

	web_reply_header(reply, "Content-Disposition",
	    arena_printf(call->arena, "attachment; filename=\"%s.%s\"", sending.export->name,
		sending.json ? "json" : "csv"));
	if (web_reply_begin_stream_as(
		reply, sending.json ? "application/json" : "text/csv; charset=utf-8") != 0)
		return;
	export_head(&sending);
	json_array_foreach(json_object_get(data, sending.export->member), i, row)
	    send_row(&sending, row);
	send_rest(call, &sending, json_read_text(data, "older"));
	(void)web_reply_flush(reply);
}

json_t *page_export_begin(
    struct page_call *call, const struct page_export *export, struct error *err)
{
	json_t *first = export->read(call, NULL, err);

	call->stream = send_export;
	call->stream_ctx = (void *)export; /* read only */
	return first;
}
