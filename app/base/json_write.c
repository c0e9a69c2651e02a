/*
 * JSON into a text.  See the header.
 */
#include "base/json_write.h"

#include "base/banned.h"

static void comma(struct text *text)
{
	char last = text->len ? text->bytes[text->len - 1] : '[';

	if (last != '{' && last != '[' && last != ':')
		text_putc(text, ',');
}

void json_open(struct text *text, char bracket)
{
	comma(text);
	text_putc(text, bracket);
}

void json_close(struct text *text, char bracket)
{
	text_putc(text, bracket);
}

void json_key(struct text *text, const char *name)
{
	comma(text);
	text_putc(text, '"');
	text_puts(text, name);
	text_puts(text, "\":");
}

void json_put(struct text *text, struct slice string)
{
	comma(text);
	text_json_string(text, string.ptr ? string.ptr : "", string.len);
}

void json_put_raw(struct text *text, struct slice json)
{
	comma(text);
	if (json.len == 0) /* what is absent must not break the document */
		json = slice_of("null");
	text_add(text, json.ptr, json.len);
}

void json_put_int(struct text *text, int64_t value)
{
	comma(text);
	text_printf(text, "%lld", (long long)value);
}

void json_put_bool(struct text *text, bool value)
{
	comma(text);
	text_puts(text, value ? "true" : "false");
}

void json_put_null(struct text *text)
{
	comma(text);
	text_puts(text, "null");
}

void json_pair(struct text *text, const char *name, struct slice string)
{
	json_key(text, name);
	json_put(text, string);
}

void json_pair_text(struct text *text, const char *name, const char *string)
{
	json_pair(text, name, slice_of(string));
}

void json_pair_raw(struct text *text, const char *name, struct slice json)
{
	json_key(text, name);
	json_put_raw(text, json);
}

void json_pair_int(struct text *text, const char *name, int64_t value)
{
	json_key(text, name);
	json_put_int(text, value);
}

void json_pair_bool(struct text *text, const char *name, bool value)
{
	json_key(text, name);
	json_put_bool(text, value);
}

void json_pair_null(struct text *text, const char *name)
{
	json_key(text, name);
	json_put_null(text);
}
