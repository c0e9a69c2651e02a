/* JSON into a text.  See the header. */
#include "base/json_write.h"

#include "base/banned.h"

static void comma(struct text *text)
{
	char last = text->len ? text->bytes[text->len - 1] : '[';

	if (last != '{' && last != '[' && last != ':')
		text_putc(text, ',');
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

static void put_name(struct text *text, struct slice name)
{
	comma(text);
	text_putc(text, '"');
	text_add(text, name.ptr, name.len);
	text_puts(text, "\":");
}

static struct slice slice_in(const struct argument *value)
{
	return value->type == ARGUMENT_TEXT ? slice_of(value->text) : value->slice;
}

/* What % stands for, with the letter behind it.  Gives what follows. */
static const char *put_next(struct text *text, const char *letter, const struct argument *value)
{
	switch (*letter) {
	case ':':
		put_name(text, slice_in(value));
		return letter + 1;
	case 'b':
		json_put_raw(text, slice_of(value->whole ? "true" : "false"));
		return letter + 1;
	case 'r':
		json_put_raw(text, slice_in(value));
		return letter + 1;
	}
	if (value->type == ARGUMENT_WHOLE) {
		comma(text);
		text_printf(text, "%lld", (long long)value->whole);
	} else {
		json_put(text, slice_in(value));
	}
	return letter;
}

/* A name with its colon, or a number, true, false or null. */
static const char *put_word(struct text *text, const char *at)
{
	struct slice word = { at, strcspn(at, ":,{}[]% ") };

	at += word.len;
	if (*at != ':') {
		json_put_raw(text, word);
		return at;
	}
	put_name(text, word);
	return at + 1;
}

void json_write_values(struct text *text, const struct argument *pattern_and_values)
{
	const struct argument *value = pattern_and_values;
	const char *at = value->text;

	while (*at) {
		if (strchr("{[", *at)) {
			comma(text);
			text_putc(text, *at++);
		} else if (strchr("}]", *at)) {
			text_putc(text, *at++);
		} else if (strchr(", ", *at)) {
			at++;
		} else if (*at == '%') {
			at = put_next(text, at + 1, ++value);
		} else if (*at == '\'') {
			json_put(text, (struct slice){ at + 1, strcspn(at + 1, "'") });
			at += strcspn(at + 1, "'") + 2;
		} else {
			at = put_word(text, at);
		}
	}
}
