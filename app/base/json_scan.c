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
	const char *end;
	const char *at, *what; /* of a failure */
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

/* Names further down than usual bodies go, schemas aside, are not told apart: they may be twice. */
#define NAME_DEPTH 16
#define NAME_WORDS 4 /* of 64 bits a depth */
/* Names that usually stand together in requests have different bits (test_json_twice.c). */
#define NAME_FACTOR UINT64_C(0xB0C11FDECB91CE37)

/* What skips something takes where it begins and gives where it ends; NULL: it failed. */
static const char *json_scan_fail(struct scan *scan, const char *at, const char *what)
{
	scan->what = what;
	scan->at = at;
	return NULL;
}

static inline const char *skip_space(const struct scan *scan, const char *at)
{
	if (at == scan->end || *at > ' ')
		return at;
	while (at < scan->end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
		at++;
	return at;
}

/* ---- strings ---- */

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static const char *skip_escape(struct scan *scan, const char *at)
{
	scan->escaped = true;
	if (scan->end - at < 2)
		return json_scan_fail(scan, at, "a string does not end");
	if (at[1] == 'u') {
		if (scan->end - at < 6 || !is_hex(at[2]) || !is_hex(at[3]) || !is_hex(at[4]) ||
		    !is_hex(at[5]))
			return json_scan_fail(scan, at, "\\u without four hex digits");
		scan->tally.unicode_escapes++;
		return at + 6;
	}
	if (!at[1] || !strchr("\"\\/bfnrt", at[1]))
		return json_scan_fail(scan, at, "an unknown escape in a string");
	return at + 2;
}

static const char *skip_utf8(struct scan *scan, const char *at)
{
	size_t length = utf8_length(at, (size_t)(scan->end - at));

	scan->tally.non_ascii_bytes += length;
	return length > 0 ? at + length : json_scan_fail(scan, at, "a string is not valid UTF-8");
}

/* What stands in a string and is not plain. */
static const char *skip_special(struct scan *scan, const char *at)
{
	if (*at == '\\')
		return skip_escape(scan, at);
	if ((unsigned char)*at >= 0x20)
		return skip_utf8(scan, at);
	return json_scan_fail(
	    scan, at, *at ? "a raw control character in a string" : "a NUL byte in a string");
}

static const char *skip_string(struct scan *scan, const char *at)
{
	scan->escaped = false;
	at++;
	while ((at += json_plain_bytes(at, (size_t)(scan->end - at))) < scan->end) {
		if (*at == '"')
			return at + 1;
		at = skip_special(scan, at);
		if (!at)
			return NULL;
	}
	return json_scan_fail(scan, at, "a string does not end");
}

/* ---- numbers and words ---- */

/* The parts of a number are read at scan->at. */
static bool skip_digits(struct scan *scan)
{
	const char *from = scan->at, *at = from;

	while (at < scan->end && *at >= '0' && *at <= '9')
		at++;
	scan->at = at;
	return at > from;
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

static const char *skip_number(struct scan *scan, const char *at)
{
	scan->at = at;
	return skip_whole(scan) && skip_fraction(scan) && skip_exponent(scan)
		   ? scan->at
		   : json_scan_fail(scan, scan->at, "a malformed number");
}

static const char *skip_word(struct scan *scan, const char *at, struct slice word)
{
	if ((size_t)(scan->end - at) < word.len || memcmp(at, word.ptr, word.len) != 0)
		return json_scan_fail(scan, at, "an unknown word");
	return at + word.len;
}

static const char *skip_scalar(struct scan *scan, const char *at)
{
	switch (*at) {
	case '"':
		return skip_string(scan, at);
	case 't':
		return skip_word(scan, at, (struct slice)SLICE("true"));
	case 'f':
		return skip_word(scan, at, (struct slice)SLICE("false"));
	case 'n':
		return skip_word(scan, at, (struct slice)SLICE("null"));
	default:
		return (*at >= '0' && *at <= '9') || *at == '-'
			   ? skip_number(scan, at)
			   : json_scan_fail(scan, at, "an unexpected character");
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

/* From the bracket on. */
static const char *enter(struct scan *scan, const char *at)
{
	if (scan->depth == JSON_DEPTH_MAX)
		return json_scan_fail(scan, at, "nested too deeply");
	if (scan->names && !scan->free_depth && scan->in_map &&
	    json_twice_is_free(scan->name, scan->depth))
		scan->free_depth = scan->depth + 1;
	scan->depth++;
	if (scan->names && scan->depth <= NAME_DEPTH)
		memset(&scan->names[scan->depth * NAME_WORDS], 0, NAME_WORDS * sizeof(uint64_t));
	set_in_map(scan, *at == '{');
	return at + 1;
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
	if (scan->depth > NAME_DEPTH) {
		scan->tally.maybe_twice = true;
		return;
	}
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
	scan->depth--;
	scan->in_map = scan->depth > 0 && (scan->is_map[scan->depth / 8] >> (scan->depth % 8) & 1);
}

static const char *skip_key(struct scan *scan, const char *from)
{
	size_t escapes = scan->tally.unicode_escapes;
	const char *at;

	if (from == scan->end || *from != '"')
		return json_scan_fail(scan, from, "expected a member's name in quotes");
	at = skip_string(scan, from);
	if (!at)
		return NULL;
	if (scan->tally.unicode_escapes > escapes &&
	    has_nul_escape((struct slice){ from, (size_t)(at - from) }))
		return json_scan_fail(scan, at, "a NUL in a member's name");
	note_name(scan, (struct slice){ from + 1, (size_t)(at - from) - 2 });
	at = skip_space(scan, at);
	if (at == scan->end || *at != ':')
		return json_scan_fail(scan, at, "expected ':' after a member's name");
	return at + 1;
}

/* Closes what ends here; afterwards either the text is done or the next value begins. */
static const char *after_value(struct scan *scan, const char *at)
{
	while (scan->depth > 0) {
		at = skip_space(scan, at);
		if (at == scan->end)
			return json_scan_fail(scan, at, "the text ends inside an object or array");
		if (*at == ',') {
			at = skip_space(scan, at + 1);
			return scan->in_map ? skip_key(scan, at) : at;
		}
		if (*at != (scan->in_map ? '}' : ']'))
			return json_scan_fail(
			    scan, at, "expected ',' or the end of the object or array");
		leave_container(scan);
		at++;
	}
	return at;
}

/* One scalar, one empty container, or the opening of a container up to its first value. */
static const char *step(struct scan *scan, const char *at, bool *opened)
{
	*opened = false;
	scan->tally.values++;
	at = skip_space(scan, at);
	if (at == scan->end)
		return json_scan_fail(scan, at, "a value is missing");
	if (*at != '{' && *at != '[')
		return skip_scalar(scan, at);
	at = enter(scan, at);
	if (!at)
		return NULL;
	at = skip_space(scan, at);
	if (at < scan->end && *at == (scan->in_map ? '}' : ']')) {
		leave_container(scan);
		return at + 1;
	}
	*opened = true;
	return scan->in_map ? skip_key(scan, at) : at;
}

/* Depth is back to what it was. */
static const char *skip_value(struct scan *scan, const char *at)
{
	bool opened;

	do {
		at = step(scan, at, &opened);
		if (at && !opened)
			at = after_value(scan, at);
	} while (at && (scan->depth > 0 || opened));
	return at;
}

static int scan_text(struct slice text, uint64_t *names, struct json_tally *out, struct error *err)
{
	struct scan scan = { .end = text.ptr + text.len, .names = names };
	const char *at;

	if (text.len == 0)
		return error_set(err, ERROR_BAD_REQUEST, "there is no JSON text");
	at = skip_value(&scan, text.ptr);
	if (at) {
		at = skip_space(&scan, at);
		if (at == scan.end) {
			*out = scan.tally;
			return 0;
		}
		(void)json_scan_fail(&scan, at, "more text after the value"); /* always NULL */
	}
	return error_set(
	    err, ERROR_BAD_REQUEST, "%s at byte %zu", scan.what, (size_t)(scan.at - text.ptr));
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
	uint64_t names[(NAME_DEPTH + 1) * NAME_WORDS];

	return scan_text(text, names, out, err);
}
