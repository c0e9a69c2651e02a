/*
 * What rendering and normalising add to a body.  See the header.
 *
 * All figures are generous, because strings are not told apart: a comma in prose counts like one in
 * a tool's result, which may be JSON and is then written again.
 */
#include "chat/growth.h"

#include <stdbool.h>

#include "base/number.h"
#include "base/utf8.h"

#include "base/banned.h"

/* 1e15 is written 1000000000000000.0 by Python, which goes to 16 digits; JavaScript and Go write 21
 * before they turn to an exponent. */
#define EXPONENT_BYTES 22
/* A value on a line of its own, as Llama 3.1 has its tools: a line feed, a space, and runs of up to
 * 512 more in tokens of 80 and longer; the same again for a bracket. */
#define VALUE_BYTES 8

#define UNSTABLE_TOKENS 3

struct normal_row {
	uint32_t first, last;
	uint8_t nfc, nfkc;
};

static const struct normal_row normal_rows[] = {
#include "chat/normal_growth.inc"
};

/* What NFC changes, or what may change the character before it. */
static const struct unstable_row {
	uint32_t first, last;
} unstable_rows[] = {
#include "chat/normal_unstable.inc"
};

static const struct normal_row *find_normal(uint32_t code)
{
	size_t low = 0, high = sizeof normal_rows / sizeof normal_rows[0];

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code > normal_rows[middle].last)
			low = middle + 1;
		else if (code < normal_rows[middle].first)
			high = middle;
		else
			return &normal_rows[middle];
	}
	return NULL;
}

static bool is_unstable(uint32_t code)
{
	size_t low = 0, high = sizeof unstable_rows / sizeof unstable_rows[0];

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (code > unstable_rows[middle].last)
			low = middle + 1;
		else if (code < unstable_rows[middle].first)
			high = middle;
		else
			return true;
	}
	return false;
}

static void add_character(struct growth *growth, uint32_t code)
{
	const struct normal_row *row = find_normal(code);

	if (!row)
		return;
	growth->nfc_bytes += row->nfc;
	growth->nfkc_bytes += row->nfkc;
}

static void add_characters(struct slice body, struct growth *growth)
{
	const char *at = body.ptr, *end = body.ptr + body.len;

	while (at < end) {
		uint32_t code;

		if ((unsigned char)*at < 0x80) {
			at++;
			continue;
		}
		at += utf8_decode(at, &code);
		add_character(growth, code);
	}
}

static uint32_t hex_digit(char c)
{
	return (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* A pair of surrogates is 12 bytes already, and no character becomes longer. */
static void add_escapes(struct slice body, struct growth *growth)
{
	const char *at = body.ptr, *end = body.ptr + body.len;

	while ((at = memchr(at, '\\', (size_t)(end - at))) != NULL && end - at >= 6) {
		if (at[1] == 'u')
			add_character(growth, hex_digit(at[2]) << 12 | hex_digit(at[3]) << 8 |
						  hex_digit(at[4]) << 4 | hex_digit(at[5]));
		at += 2;
	}
}

/* Is the e at `at` the exponent of a number that begins where a JSON value can? */
static bool is_exponent(const char *begin, const char *at, const char *end)
{
	const char *back = at;

	if (at + 1 == end || !(number_is_digit(at[1]) || at[1] == '+' || at[1] == '-'))
		return false;
	while (back > begin && (number_is_digit(back[-1]) || back[-1] == '.' || back[-1] == '-'))
		back--;
	return back < at && (back == begin || strchr(" ,:[\"\n\t\rnt", back[-1]) != NULL);
}

static void add_json(struct slice body, struct growth *growth)
{
	const char *begin = body.ptr, *end = body.ptr + body.len;

	for (const char *at = begin; at < end; at++) {
		growth->json_bytes += (*at == ',') + (*at == ':');
		if ((*at == 'e' || *at == 'E') && at > begin &&
		    (number_is_digit(at[-1]) || at[-1] == '.') && is_exponent(begin, at, end))
			growth->json_bytes += EXPONENT_BYTES;
	}
}

void growth_of(struct slice body, const struct json_tally *tally, struct growth *out)
{
	*out = (struct growth){ .json_bytes = (int64_t)tally->values * VALUE_BYTES };
	add_json(body, out);
	if (tally->non_ascii_bytes)
		add_characters(body, out);
	if (tally->unicode_escapes)
		add_escapes(body, out);
}

/* A character that composes takes bytes from a token before it: three for each is more than any
 * has. */
int64_t growth_by_nfc(struct slice text)
{
	struct growth growth = { 0 };
	int64_t unstable = 0;

	for (const char *at = text.ptr, *end = at + text.len; at < end;) {
		uint32_t code = (unsigned char)*at;

		if (code < 0x80) {
			at++;
			continue;
		}
		at += utf8_decode(at, &code);
		unstable += is_unstable(code);
		add_character(&growth, code);
	}
	return unstable ? growth.nfc_bytes + UNSTABLE_TOKENS * unstable : 0;
}
