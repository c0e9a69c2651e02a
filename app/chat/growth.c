/*
 * What rendering and normalising add to a body.  See the header.
 *
 * All figures are generous, because strings are not told apart: a comma in prose counts like one in
 * a tool's result, which may be JSON and is then written again.
 */
#include "chat/growth.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/sixteen.h"
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

/* Where a code lies to the range that a row begins with. */
static int growth_compare(const void *code, const void *row)
{
	uint32_t wanted = *(const uint32_t *)code;
	const uint32_t *range = row;

	return wanted < range[0] ? -1 : wanted > range[1];
}

static const struct normal_row *find_normal(uint32_t code)
{
	return bsearch(&code, normal_rows, sizeof normal_rows / sizeof normal_rows[0],
	    sizeof normal_rows[0], growth_compare);
}

static bool is_unstable(uint32_t code)
{
	return bsearch(&code, unstable_rows, sizeof unstable_rows / sizeof unstable_rows[0],
	    sizeof unstable_rows[0], growth_compare);
}

static void add_character(struct growth *growth, uint32_t code)
{
	const struct normal_row *row = find_normal(code);

	if (!row)
		return;
	growth->nfc_bytes += row->nfc;
	growth->nfkc_bytes += row->nfkc;
}

/* The next character that is not ASCII, of which long texts have few; the end: there is none. */
static const char *next_other(const char *at, const char *end)
{
	uint64_t eight;

	for (; end - at >= (ptrdiff_t)sizeof eight; at += sizeof eight) {
		memcpy(&eight, at, sizeof eight);
		if (eight & UINT64_C(0x8080808080808080))
			break;
	}
	while (at < end && (unsigned char)*at < 0x80)
		at++;
	return at;
}

static void add_characters(struct slice body, struct growth *growth)
{
	const char *end = body.ptr + body.len, *at = next_other(body.ptr, end);

	while (at < end) {
		uint32_t code;

		at += utf8_decode(at, &code);
		add_character(growth, code);
		at = next_other(at, end);
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

static int64_t exponents(const char *at, const char *past, const char *begin, const char *end)
{
	int64_t count = 0;

	for (; at < past; at++)
		count += (*at | 0x20) == 'e' && at > begin &&
			 (number_is_digit(at[-1]) || at[-1] == '.') && is_exponent(begin, at, end);
	return count;
}

/* An e behind a digit or a point is rare: in most steps there is none. */
static bool may_have_exponent(const char *at)
{
	sixteen bytes = sixteen_at(at), before = sixteen_at(at - 1);
	sixteen digits = (sixteen)(before >= '0') & (sixteen)(before <= '9');

	return sixteen_any((sixteen)((bytes | 0x20) == 'e') & (digits | (sixteen)(before == '.')));
}

static int64_t separators(const char *at, const char *past)
{
	sixteen found = { 0 };
	int64_t count = 0;

	for (; past - at >= SIXTEEN; at += SIXTEEN) /* -1 for each, in each of 16 places */
		found += (sixteen)(sixteen_at(at) == ',') | (sixteen)(sixteen_at(at) == ':');
	for (int i = 0; i < SIXTEEN; i++)
		count -= found[i];
	for (; at < past; at++)
		count += (*at == ',') + (*at == ':');
	return count;
}

#define STRETCH ((ptrdiff_t)SIXTEEN * 127) /* what a signed byte a place can count */

static void add_json(struct slice body, struct growth *growth)
{
	const char *begin = body.ptr, *end = body.ptr + body.len, *at = begin;

	for (; end - at > STRETCH; at += STRETCH)
		growth->json_bytes += separators(at, at + STRETCH);
	growth->json_bytes += separators(at, end);
	at = begin < end ? begin + 1 : end;
	for (; end - at >= SIXTEEN; at += SIXTEEN)
		if (may_have_exponent(at))
			growth->json_bytes +=
			    EXPONENT_BYTES * exponents(at, at + SIXTEEN, begin, end);
	growth->json_bytes += EXPONENT_BYTES * exponents(at, end, begin, end);
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

	for (const char *end = text.ptr + text.len, *at = next_other(text.ptr, end); at < end;
	     at = next_other(at, end)) {
		uint32_t code;

		at += utf8_decode(at, &code);
		unstable += is_unstable(code);
		add_character(&growth, code);
	}
	return unstable ? growth.nfc_bytes + UNSTABLE_TOKENS * unstable : 0;
}
