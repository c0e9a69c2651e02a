#ifndef BASE_TEXT_H
#define BASE_TEXT_H

/*
 * A growing string with a maximum.  The first failure (over the maximum) sticks: later additions
 * do nothing, and text_failed tells once at the end.  bytes is always NUL-terminated.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct text {
	char *bytes;
	size_t len;
	size_t size;
	size_t max;
	bool failed;
};

/* One that has room for so many bytes:
 *
 *	AUTO_TEXT struct text text = text_empty(1000);
 */
struct text text_empty(size_t max_bytes);
void text_init(struct text *text, size_t max_bytes); /* the same of one that is a member */
void text_release(struct text *text);
void text_clear(struct text *text); /* empties it and keeps the memory */

void text_add(struct text *text, const char *bytes, size_t len);
void text_puts(struct text *text, const char *string);
void text_putc(struct text *text, char c);
void text_printf(struct text *text, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Adds bytes as a JSON string with its quotes.  Invalid UTF-8 becomes U+FFFD; control bytes,
 * U+2028 and U+2029 are escaped, so the result never holds a raw line break. */
void text_json_string(struct text *text, const char *bytes, size_t len);

bool text_failed(const struct text *text);
char *text_take(struct text *text); /* the caller frees it; the text is empty afterwards */
static inline struct slice text_slice(const struct text *text)
{
	return (struct slice){ text->bytes, text->len };
}

#define AUTO_TEXT __attribute__((cleanup(text_release)))

#endif
