/*
 * The bounded string.  See the header.
 */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/json_plain.h"
#include "base/utf8.h"

#include "base/banned.h"

static char empty[1] = ""; /* what bytes points at before the first addition; never written */

struct text text_empty(size_t max_bytes)
{
	return (struct text){ .bytes = empty, .max = max_bytes };
}

void text_init(struct text *text, size_t max_bytes)
{
	*text = text_empty(max_bytes);
}

void text_release(struct text *text)
{
	if (text->size)
		free(text->bytes);
	text_init(text, text->max);
}

void text_clear(struct text *text)
{
	text->len = 0;
	text->failed = false;
	if (text->size)
		text->bytes[0] = '\0';
}

/* Room for len more bytes and the NUL. */
static bool text_make_room(struct text *text, size_t len)
{
	size_t size = text->size ? text->size : 64;

	if (text->failed || len > text->max - text->len) {
		text->failed = true;
		return false;
	}
	if (text->len + len < text->size)
		return true;
	while (size <= text->len + len)
		size *= 2;
	text->bytes = alloc_grow(text->size ? text->bytes : NULL, size, 1);
	text->size = size;
	return true;
}

void text_add(struct text *text, const char *bytes, size_t len)
{
	if (!text_make_room(text, len))
		return;
	if (len)
		memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	text->bytes[text->len] = '\0';
}

void text_puts(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_putc(struct text *text, char c)
{
	text_add(text, &c, 1);
}

void text_printf(struct text *text, const char *fmt, ...)
{
	va_list ap, again;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len >= 0 && text_make_room(text, (size_t)len)) {
		vsnprintf(text->bytes + text->len, (size_t)len + 1, fmt, again);
		text->len += (size_t)len;
	}
	va_end(again);
}

static bool is_line_separator(const unsigned char *bytes, size_t length)
{
	return length == 3 && bytes[0] == 0xE2 && bytes[1] == 0x80 &&
	       (bytes[2] == 0xA8 || bytes[2] == 0xA9);
}

static void add_json_char(struct text *text, const unsigned char *bytes, size_t length)
{
	if (length == 0)
		text_add(text, "\xEF\xBF\xBD", 3);
	else if (bytes[0] == '"')
		text_add(text, "\\\"", 2);
	else if (bytes[0] == '\\')
		text_add(text, "\\\\", 2);
	else if (bytes[0] == '\n')
		text_puts(text, "\\n");
	else if (bytes[0] < 0x20 || bytes[0] == 0x7f)
		text_printf(text, "\\u%04x", bytes[0]);
	else if (is_line_separator(bytes, length))
		text_printf(text, "\\u202%d", bytes[2] - 0xA0);
	else
		text_add(text, (const char *)bytes, length);
}

/* Those that stay as they are; JSON would have DEL among them. */
static size_t plain_bytes(const char *bytes, size_t len)
{
	size_t plain = json_plain_bytes(bytes, len);
	const char *del = memchr(bytes, 0x7f, plain);

	return del ? (size_t)(del - bytes) : plain;
}

void text_json_string(struct text *text, const char *bytes, size_t len)
{
	const unsigned char *at = (const unsigned char *)bytes;

	text_putc(text, '"');
	for (size_t i = 0; i < len;) {
		size_t plain = plain_bytes(bytes + i, len - i), length;

		text_add(text, bytes + i, plain);
		i += plain;
		if (i == len)
			break;
		length = utf8_length(bytes + i, len - i);
		add_json_char(text, at + i, length);
		i += length ? length : 1;
	}
	text_putc(text, '"');
}

bool text_failed(const struct text *text)
{
	return text->failed;
}

char *text_take(struct text *text)
{
	char *bytes = text->size ? text->bytes : alloc_copy("");
	size_t max = text->max;

	text_init(text, max);
	return bytes;
}
