/*
 * Tokens of a text that nobody has counted.  See the header.
 */
#include "providers/text_tokens.h"

#include <ctype.h>
#include <string.h>

#include "base/banned.h"

#define BYTES_A_TOKEN 3
#define RUN_LEAST     16 /* shorter ones may be many tokens */

/* One character of the text, or one escape of JSON. */
struct unit {
	char what;
	size_t len;    /* here */
	int64_t bytes; /* of what it stands for */
};

static struct unit unit_at(const char *at, size_t left)
{
	if (*at != '\\' || left < 2)
		return (struct unit){ *at, 1, 1 };
	if (at[1] == 'u' && left >= 6)
		return (struct unit){ 'u', 6, 3 };
	return (struct unit){ at[1], 2, 1 };
}

static bool makes_runs(char c)
{
	return isspace((unsigned char)c) || ispunct((unsigned char)c);
}

static struct slice without_quotes(struct slice text)
{
	if (text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"')
		return (struct slice){ text.ptr + 1, text.len - 2 };
	return text;
}

static void end_run(struct text_tokens *into, struct unit unit, int64_t length)
{
	if (length >= RUN_LEAST && makes_runs(unit.what))
		into->runs += (length + TEXT_TOKEN_BYTES_MOST - 1) / TEXT_TOKEN_BYTES_MOST;
	else
		into->bytes += length * unit.bytes;
}

void text_tokens_add(struct text_tokens *into, struct slice text)
{
	struct unit before = { 0, 0, 0 };
	int64_t length = 0;

	text = without_quotes(text);
	if (text.len < RUN_LEAST && (!text.len || !memchr(text.ptr, '\\', text.len))) {
		into->bytes += (int64_t)text.len; /* as most pieces of a stream are */
		return;
	}
	for (size_t at = 0; at < text.len;) {
		struct unit unit = unit_at(text.ptr + at, text.len - at);

		if (length && (unit.what != before.what || unit.len != before.len)) {
			end_run(into, before, length);
			length = 0;
		}
		before = unit;
		length++;
		at += unit.len;
	}
	if (length)
		end_run(into, before, length);
}

int64_t text_tokens_count(const struct text_tokens *of)
{
	return (of->bytes + BYTES_A_TOKEN - 1) / BYTES_A_TOKEN + of->runs;
}
