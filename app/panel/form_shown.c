/*
 * Shown, typed, now.  See the header.
 *
 * The hidden field holds each value as it comes back from a browser: without spaces around it, with
 * characters that nobody sees spelt out (web/template.h does that to them), and a long one as its
 * digest, so that metadata of 64 KiB does not travel twice.
 */
#include "panel/form_shown.h"

#include <string.h>

#include "base/digest.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/utf8.h"
#include "web/template.h"

#include "base/banned.h"

#define FIELD         "shown"
#define DIGEST_FROM   200 /* bytes; a digest has 64 */
#define VALUE_BYTES   ((size_t)1 << 20)
#define NOW_BYTES_MAX 60
#define SAID_BYTES    300 /* an error has 512 */

static const char *plain(const json_t *values, const char *name)
{
	const char *text = json_read_text(values, name);

	return text ? text : "";
}

/* A value as it stands in the hidden field. */
static const char *carried(struct page_call *call, const char *value)
{
	AUTO_TEXT struct text text = text_empty(VALUE_BYTES);
	size_t len;

	value += strspn(value, " \t\r\n");
	len = strlen(value);
	while (len > 0 && strchr(" \t\r\n", value[len - 1]))
		len--;
	template_escape(&text, value, len);
	return arena_copy(call->arena,
	    text.len > DIGEST_FROM ? digest_sha256(text.bytes, text.len).text : text.bytes);
}

static json_t *all_carried(struct page_call *call, const json_t *values)
{
	json_t *out = json_object(), *value;
	const char *name;

	json_object_foreach((json_t *)values, name, value)
	    json_set_text(out, name, carried(call, plain(values, name)));
	return out;
}

json_t *form_shown_read(struct page_call *call, const json_t *now, struct error *err)
{
	const char *text = form_get(&call->form, FIELD), *name;
	json_t *shown, *value;

	if (!text)
		return all_carried(call, now);
	shown = json_read(slice_of(text), NULL);
	json_object_foreach(shown, name, value)
	{
		if (json_is_string(value))
			continue;
		json_decref(shown);
		shown = NULL;
		break;
	}
	if (json_is_object(shown))
		return shown;
	json_decref(shown);
	return json_none(error_set(err, ERROR_BAD_REQUEST,
	    "this form no longer knows what it showed; load the page again and repeat what you "
	    "did"));
}

bool form_shown_changed(
    struct page_call *call, const json_t *shown, const json_t *typed, const char *name)
{
	return strcmp(plain(shown, name), carried(call, plain(typed, name))) != 0;
}

static const char *field_of(struct page_call *call, const json_t *now)
{
	AUTO_JSON json_t *values = all_carried(call, now);

	return json_text(values, JSON_COMPACT | JSON_SORT_KEYS, call->arena);
}

/* Puts what is in place of what the form showed: whoever saves it now has seen that. */
static void show_now(struct page_call *call, const json_t *now)
{
	for (size_t i = 0; i < call->form.count; i++)
		if (strcmp(call->form.fields[i].name, FIELD) == 0)
			call->form.fields[i].value = field_of(call, now);
}

static void say_now(struct text *said, const char *name, const char *is)
{
	size_t len = strlen(is), shown = 0;

	while (shown < len && shown < NOW_BYTES_MAX)
		shown += utf8_length(is + shown, len - shown);
	text_printf(said, "%s%s is now %.*s%s", said->len ? "; " : "", name, (int)shown, is,
	    shown < len ? "..." : "");
}

int form_shown_check(struct page_call *call, const json_t *shown, const json_t *typed,
    const json_t *now, struct error *err)
{
	AUTO_TEXT struct text said = text_empty(SAID_BYTES);
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)typed, name, value)
	{
		const char *is = plain(now, name);

		if (!form_shown_changed(call, shown, typed, name) ||
		    !form_shown_changed(call, shown, now, name) ||
		    strcmp(carried(call, is), carried(call, plain(typed, name))) == 0)
			continue;
		say_now(&said, name, *is ? is : "empty");
	}
	if (said.len == 0)
		return 0;
	show_now(call, now);
	call->status = 409;
	return error_set(err, ERROR_BAD_REQUEST,
	    "not saved, because someone else changed the same in the meantime: %s. Save again to "
	    "replace it with yours.",
	    said.bytes);
}

const char *form_shown_text(struct page_call *call, const json_t *now)
{
	const char *sent = form_get(&call->form, FIELD);

	return sent ? sent : field_of(call, now);
}
