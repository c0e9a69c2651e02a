/*
 * One pass over JSON text that proves it.  See the header.
 *
 * The check keeps a stack of bits (object or array) instead of recursing.  Strings are where the
 * bytes are: plain ones are skipped many at a time, and what is left is counted as it is met.
 */
#include "base/json_scan.h"

#include <string.h>

#include "base/json_plain.h"
#include "base/json_twice.h"
#include "base/utf8.h"

#include "base/banned.h"

struct scan {
	const char *begin, *at, *end;
	const char *what; /* of a failure */
	struct json_tally tally;
	unsigned char is_map[JSON_DEPTH_MAX / 8 + 1];
	unsigned depth;
	bool in_map;         /* at this depth */
	unsigned free_depth; /* of the value in which names are anybody's; 0: in none */
	struct slice name;   /* the last */
	bool escaped;        /* the last string has a backslash */
	uint64_t *names;     /* by depth: a bit for each name of the object, by its hash; NULL:
				nobody asks */
};

#define NAME_WORDS 4 /* of 64 bits a depth */
/* Names that usually stand together in requests have different bits (test_json_twice.c). */
#define NAME_FACTOR UINT64_C(0xB0C11FDECB91CE37)

static bool json_scan_fail(struct scan *scan, const char *what)
{
	if (!scan->what)
		scan->what = what;
	return false;
}

static void skip_space(struct scan *scan)
{
	const char *at = scan->at;

	if (at == scan->end || *at > ' ')
		return;
	while (at < scan->end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
		at++;
	scan->at = at;
}

/* ---- strings ---- */

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool skip_escape(struct scan *scan)
{
	const char *at = scan->at;

	scan->escaped = true;
	if (scan->end - at < 2)
		return json_scan_fail(scan, "a string does not end");
	if (at[1] == 'u') {
		if (scan->end - at < 6 || !is_hex(at[2]) || !is_hex(at[3]) || !is_hex(at[4]) ||
		    !is_hex(at[5]))
			return json_scan_fail(scan, "\\u without four hex digits");
		scan->at += 6;
		scan->tally.unicode_escapes++;
		return true;
	}
	if (!at[1] || !strchr("\"\\/bfnrt", at[1]))
		return json_scan_fail(scan, "an unknown escape in a string");
	scan->at += 2;
	return true;
}

static bool skip_utf8(struct scan *scan)
{
	size_t length = utf8_length(scan->at, (size_t)(scan->end - scan->at));

	scan->at += length;
	scan->tally.non_ascii_bytes += length;
	return length > 0 || json_scan_fail(scan, "a string is not valid UTF-8");
}

/* What stands in a string and is not plain; false: it may not stand there. */
static bool skip_special(struct scan *scan)
{
	if (*scan->at == '\\')
		return skip_escape(scan);
	if ((unsigned char)*scan->at >= 0x20)
		return skip_utf8(scan);
	return json_scan_fail(
	    scan, *scan->at ? "a raw control character in a string" : "a NUL byte in a string");
}

static bool skip_string(struct scan *scan)
{
	const char *at = scan->at + 1;

	scan->escaped = false;
	while ((at += json_plain_bytes(at, (size_t)(scan->end - at))) < scan->end) {
		scan->at = at;
		if (*at == '"') {
			scan->at++;
			return true;
		}
		if (!skip_special(scan))
			return false;
		at = scan->at;
	}
	scan->at = at;
	return json_scan_fail(scan, "a string does not end");
}

/* ---- numbers and words ---- */

static bool skip_digits(struct scan *scan)
{
	const char *from = scan->at;

	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
		scan->at++;
	return scan->at > from;
}

/* Goes past one of these two, if it is what comes next. */
static bool skip_one(struct scan *scan, char this, char other)
{
	if (scan->at == scan->end || (*scan->at != this && *scan->at != other))
		return false;
	scan->at++;
	return true;
}

static bool skip_exponent(struct scan *scan)
{
	if (!skip_one(scan, 'e', 'E'))
		return true;
	(void)skip_one(scan, '+', '-'); /* there need be none */
	return skip_digits(scan);
}

static bool skip_fraction(struct scan *scan)
{
	return !skip_one(scan, '.', '.') || skip_digits(scan);
}

static bool skip_whole(struct scan *scan)
{
	(void)skip_one(scan, '-', '-'); /* there need be none */
	return skip_one(scan, '0', '0') || skip_digits(scan);
}

static bool skip_number(struct scan *scan)
{
	if (skip_whole(scan) && skip_fraction(scan) && skip_exponent(scan))
		return true;
	return json_scan_fail(scan, "a malformed number");
}

static bool skip_word(struct scan *scan, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
		return json_scan_fail(scan, "an unknown word");
	scan->at += len;
	return true;
}

static bool skip_scalar(struct scan *scan)
{
	switch (*scan->at) {
	case '"':
		return skip_string(scan);
	case 't':
		return skip_word(scan, "true");
	case 'f':
		return skip_word(scan, "false");
	case 'n':
		return skip_word(scan, "null");
	default:
		return (*scan->at >= '0' && *scan->at <= '9') || *scan->at == '-'
			   ? skip_number(scan)
			   : json_scan_fail(scan, "an unexpected character");
	}
}

/* ---- structure ---- */

static void set_in_map(struct scan *scan, bool map)
{
	unsigned char bit = (unsigned char)(1U << scan->depth % 8),
		      *bits = &scan->is_map[scan->depth / 8];

	*bits = map ? *bits | bit : *bits & (unsigned char)~bit;
	scan->in_map = map;
}

static bool enter(struct scan *scan, bool map)
{
	if (scan->depth == JSON_DEPTH_MAX)
		return json_scan_fail(scan, "nested too deeply");
	if (scan->names && !scan->free_depth && scan->in_map &&
	    json_twice_is_free(scan->name, scan->depth))
		scan->free_depth = scan->depth + 1;
	scan->depth++;
	if (scan->names)
		memset(&scan->names[scan->depth * NAME_WORDS], 0, NAME_WORDS * sizeof(uint64_t));
	set_in_map(scan, map);
	scan->at++;
	return true;
}

static bool has_nul_escape(struct slice key)
{
	for (const char *at = key.ptr, *end = key.ptr + key.len;
	     (at = memchr(at, '\\', (size_t)(end - at))) != NULL; at += 2)
		if (end - at >= 6 && memcmp(at, "\\u0000", 6) == 0)
			return true;
	return false;
}

static uint64_t name_hash_of(struct slice name)
{
	uint64_t hash = name.len, part = 0;
	size_t at = 0;

	for (; name.len - at > sizeof part; at += sizeof part) {
		memcpy(&part, name.ptr + at, sizeof part);
		hash = (hash ^ part) * NAME_FACTOR;
		hash ^= hash >> 32;
	}
	if (name.len >= sizeof part)
		memcpy(&part, name.ptr + name.len - sizeof part, sizeof part);
	else
		for (; at < name.len; at++)
			part = part << 8 | (unsigned char)name.ptr[at];
	return (hash ^ part) * NAME_FACTOR;
}

/* Two names of one object that have the same bit are looked at again.  Those of the text itself are
 * for its reader. */
static void note_name(struct scan *scan, struct slice name)
{
	uint64_t hash, *names, bit;

	if (!scan->names || scan->free_depth)
		return;
	scan->name = name;
	hash = name_hash_of(name);
	names = &scan->names[scan->depth * NAME_WORDS + (hash >> 62)];
	bit = (uint64_t)1 << (hash >> 56 & 63);
	if (scan->depth > 1 && ((*names & bit) || scan->escaped))
		scan->tally.maybe_twice = true;
	*names |= bit;
}

static void leave_container(struct scan *scan)
{
	if (scan->free_depth == scan->depth)
		scan->free_depth = 0;
	scan->at++;
	scan->depth--;
	scan->in_map = scan->depth > 0 && (scan->is_map[scan->depth / 8] >> (scan->depth % 8) & 1);
}

static bool skip_key(struct scan *scan)
{
	const char *from = scan->at;
	size_t escapes = scan->tally.unicode_escapes;

	if (scan->at == scan->end || *scan->at != '"')
		return json_scan_fail(scan, "expected a member's name in quotes");
	if (!skip_string(scan))
		return false;
	if (scan->tally.unicode_escapes > escapes &&
	    has_nul_escape((struct slice){ from, (size_t)(scan->at - from) }))
		return json_scan_fail(scan, "a NUL in a member's name");
	note_name(scan, (struct slice){ from + 1, (size_t)(scan->at - from) - 2 });
	skip_space(scan);
	if (scan->at == scan->end || *scan->at != ':')
		return json_scan_fail(scan, "expected ':' after a member's name");
	scan->at++;
	return true;
}

/* Closes what ends here; afterwards either the text is done or the next value begins. */
static bool after_value(struct scan *scan)
{
	while (scan->depth > 0) {
		skip_space(scan);
		if (scan->at == scan->end)
			return json_scan_fail(scan, "the text ends inside an object or array");
		if (*scan->at == ',') {
			scan->at++;
			skip_space(scan);
			return !scan->in_map || skip_key(scan);
		}
		if (*scan->at != (scan->in_map ? '}' : ']'))
			return json_scan_fail(
			    scan, "expected ',' or the end of the object or array");
		leave_container(scan);
	}
	return true;
}

/* One scalar, one empty container, or the opening of a container up to its first value. */
static bool step(struct scan *scan, bool *opened)
{
	*opened = false;
	scan->tally.values++;
	skip_space(scan);
	if (scan->at == scan->end)
		return json_scan_fail(scan, "a value is missing");
	if (*scan->at != '{' && *scan->at != '[')
		return skip_scalar(scan);
	if (!enter(scan, *scan->at == '{'))
		return false;
	skip_space(scan);
	if (scan->at < scan->end && *scan->at == (scan->in_map ? '}' : ']')) {
		leave_container(scan);
		return true;
	}
	*opened = true;
	return !scan->in_map || skip_key(scan);
}

/* Skips one value; depth is back to what it was. */
static bool skip_value(struct scan *scan)
{
	bool opened;

	do {
		if (!step(scan, &opened) || (!opened && !after_value(scan)))
			return false;
	} while (scan->depth > 0 || opened);
	return true;
}

static int scan_text(struct slice text, uint64_t *names, struct json_tally *out, struct error *err)
{
	struct scan scan = {
		.begin = text.ptr, .at = text.ptr, .end = text.ptr + text.len, .names = names
	};

	if (text.len == 0)
		return error_set(err, ERROR_BAD_REQUEST, "there is no JSON text");
	if (skip_value(&scan)) {
		skip_space(&scan);
		if (scan.at == scan.end) {
			*out = scan.tally;
			return 0;
		}
		(void)json_scan_fail(&scan, "more text after the value");
	}
	return error_set(
	    err, ERROR_BAD_REQUEST, "%s at byte %zu", scan.what, (size_t)(scan.at - scan.begin));
}

struct slice json_without_mark(struct slice text)
{
	bool marked = text.len > 3 && memcmp(text.ptr, "\xEF\xBB\xBF", 3) == 0 &&
		      memchr(" \t\r\n{[", text.ptr[3], 6);

	return marked ? (struct slice){ text.ptr + 3, text.len - 3 } : text;
}

int json_scan_check(struct slice text, struct error *err)
{
	struct json_tally tally;

	return scan_text(text, NULL, &tally, err);
}

int json_scan_tally(struct slice text, struct json_tally *out, struct error *err)
{
	uint64_t names[(JSON_DEPTH_MAX + 1) * NAME_WORDS];

	return scan_text(text, names, out, err);
}
