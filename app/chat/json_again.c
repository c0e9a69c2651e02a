/* Told apart are only strings and what stands between them.  See the header. */
#include "chat/json_again.h"

#include <string.h>

#include "base/error.h"
#include "base/json_scan.h"

#include "base/banned.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static struct slice without_space_before(struct slice text)
{
	while (text.len > 0 && is_space(*text.ptr))
		text = (struct slice){ text.ptr + 1, text.len - 1 };
	return text;
}

static bool has(struct slice text, const char *word)
{
	return text.ptr && memmem(text.ptr, text.len, word, strlen(word));
}

bool json_again_can(struct slice text)
{
	struct error err;

	text = without_space_before(text);
	if (text.len == 0 || !*text.ptr || !strchr("{[-0123456789", *text.ptr))
		return false;
	if (json_scan_check(text, &err) == 0)
		return true;
	return strchr("{[", *text.ptr) &&
	       (has(text, "NaN") || has(text, "Infinity") || strstr(err.text, "nested too deeply"));
}

/* From its quote to the one that ends it, or to the text's end. */
static size_t string_length(const char *at, const char *end)
{
	const char *next = at + 1;

	while (next < end && *next != '"')
		next += *next == '\\' && end - next > 1 ? 2 : 1;
	return (size_t)((next < end ? next + 1 : end) - at);
}

static void add_string(struct text *out, struct slice string, struct arena *arena)
{
	struct slice plain;

	if (!memchr(string.ptr, '\\', string.len) || json_scan_check(string, NULL) != 0) {
		text_add(out, string.ptr, string.len);
		return;
	}
	plain = json_as_slice(string, arena);
	text_json_string(out, plain.ptr, plain.len);
}

void json_again_write(struct slice text, struct arena *arena, struct text *out)
{
	const char *at = text.ptr, *end = at + text.len;

	while (at < end) {
		struct slice string = { at, 1 };

		if (*at == '"') {
			string.len = string_length(at, end);
			add_string(out, string, arena);
		} else if (!is_space(*at)) {
			text_putc(out, *at);
			if (*at == ',' || *at == ':')
				text_putc(out, ' ');
		}
		at += string.len;
	}
}
