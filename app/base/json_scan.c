/*
 * One pass over JSON text, and cursors into it.  See the header.
 *
 * The check keeps a stack of bits (object or array) instead of recursing.  Strings are where the
 * bytes are: plain ones are skipped in blocks.
 */
#include "base/json_scan.h"

#include <string.h>

#include "base/arena.h"
#include "base/json_plain.h"
#include "base/number.h"
#include "base/utf8.h"

#include "base/banned.h"

/* What a byte means inside a string. */
enum { PLAIN, QUOTE, ESCAPE, CONTROL, LEAD };

static unsigned char string_class(unsigned char c)
{
	return c == '"'    ? QUOTE
	       : c == '\\' ? ESCAPE
	       : c < 0x20  ? CONTROL
	       : c >= 0x80 ? LEAD
			   : PLAIN;
}

struct scan {
	const char *begin, *at, *end;
	const char *what; /* of a failure */
	unsigned char is_map[JSON_DEPTH_MAX / 8 + 1];
	int depth;
};

static bool fail(struct scan *scan, const char *what)
{
	if (!scan->what)
		scan->what = what;
	return false;
}

static void skip_space(struct scan *scan)
{
	while (scan->at < scan->end &&
	       (*scan->at == ' ' || *scan->at == '\n' || *scan->at == '\t' || *scan->at == '\r'))
		scan->at++;
}

/* ---- strings ---- */

static bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool skip_escape(struct scan *scan)
{
	const char *at = scan->at;

	if (scan->end - at < 2)
		return fail(scan, "a string does not end");
	if (at[1] == 'u') {
		if (scan->end - at < 6 || !is_hex(at[2]) || !is_hex(at[3]) || !is_hex(at[4]) ||
		    !is_hex(at[5]))
			return fail(scan, "\\u without four hex digits");
		scan->at += 6;
		return true;
	}
	if (!at[1] || !strchr("\"\\/bfnrt", at[1]))
		return fail(scan, "an unknown escape in a string");
	scan->at += 2;
	return true;
}

static bool skip_utf8(struct scan *scan)
{
	size_t length = utf8_length(scan->at, (size_t)(scan->end - scan->at));

	scan->at += length;
	return length > 0 || fail(scan, "a string is not valid UTF-8");
}

static bool skip_string(struct scan *scan)
{
	scan->at++;
	while (scan->at < scan->end) {
		scan->at += json_plain_bytes(scan->at, (size_t)(scan->end - scan->at));
		if (scan->at == scan->end)
			break;
		switch (string_class((unsigned char)*scan->at)) {
		case PLAIN:
			scan->at++;
			break;
		case QUOTE:
			scan->at++;
			return true;
		case ESCAPE:
			if (!skip_escape(scan))
				return false;
			break;
		case CONTROL:
			return fail(scan, *scan->at ? "a raw control character in a string"
						    : "a NUL byte in a string");
		case LEAD:
			if (!skip_utf8(scan))
				return false;
			break;
		}
	}
	return fail(scan, "a string does not end");
}

/* ---- numbers and words ---- */

static bool skip_digits(struct scan *scan)
{
	const char *from = scan->at;

	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
		scan->at++;
	return scan->at > from;
}

static bool next_is(const struct scan *scan, const char *any_of)
{
	return scan->at < scan->end && *scan->at && strchr(any_of, *scan->at) != NULL;
}

static bool skip_exponent(struct scan *scan)
{
	if (!next_is(scan, "eE"))
		return true;
	scan->at++;
	if (next_is(scan, "+-"))
		scan->at++;
	return skip_digits(scan);
}

static bool skip_fraction(struct scan *scan)
{
	if (!next_is(scan, "."))
		return true;
	scan->at++;
	return skip_digits(scan);
}

static bool skip_whole(struct scan *scan)
{
	if (next_is(scan, "-"))
		scan->at++;
	if (!next_is(scan, "0"))
		return skip_digits(scan);
	scan->at++;
	return true;
}

static bool skip_number(struct scan *scan)
{
	if (skip_whole(scan) && skip_fraction(scan) && skip_exponent(scan))
		return true;
	return fail(scan, "a malformed number");
}

static bool skip_word(struct scan *scan, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
		return fail(scan, "an unknown word");
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
			   : fail(scan, "an unexpected character");
	}
}

/* ---- structure ---- */

static bool in_map(const struct scan *scan)
{
	return scan->depth > 0 && (scan->is_map[scan->depth / 8] >> (scan->depth % 8) & 1);
}

static bool enter(struct scan *scan, bool map)
{
	if (scan->depth == JSON_DEPTH_MAX)
		return fail(scan, "nested too deeply");
	scan->depth++;
	if (map)
		scan->is_map[scan->depth / 8] |= (unsigned char)(1 << scan->depth % 8);
	else
		scan->is_map[scan->depth / 8] &= (unsigned char)~(1 << scan->depth % 8);
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

static bool skip_key(struct scan *scan)
{
	const char *from = scan->at;

	if (scan->at == scan->end || *scan->at != '"')
		return fail(scan, "expected a member's name in quotes");
	if (!skip_string(scan))
		return false;
	if (has_nul_escape((struct slice){ from, (size_t)(scan->at - from) }))
		return fail(scan, "a NUL in a member's name");
	skip_space(scan);
	if (scan->at == scan->end || *scan->at != ':')
		return fail(scan, "expected ':' after a member's name");
	scan->at++;
	return true;
}

/* Closes what ends here; afterwards either the text is done or the next value begins. */
static bool after_value(struct scan *scan)
{
	while (scan->depth > 0) {
		skip_space(scan);
		if (scan->at == scan->end)
			return fail(scan, "the text ends inside an object or array");
		if (*scan->at == ',') {
			scan->at++;
			skip_space(scan);
			return !in_map(scan) || skip_key(scan);
		}
		if (*scan->at != (in_map(scan) ? '}' : ']'))
			return fail(scan, "expected ',' or the end of the object or array");
		scan->at++;
		scan->depth--;
	}
	return true;
}

/* One scalar, one empty container, or the opening of a container up to its first value. */
static bool step(struct scan *scan, bool *opened)
{
	*opened = false;
	skip_space(scan);
	if (scan->at == scan->end)
		return fail(scan, "a value is missing");
	if (*scan->at != '{' && *scan->at != '[')
		return skip_scalar(scan);
	if (!enter(scan, *scan->at == '{'))
		return false;
	skip_space(scan);
	if (scan->at < scan->end && *scan->at == (in_map(scan) ? '}' : ']')) {
		scan->at++;
		scan->depth--;
		return true;
	}
	*opened = true;
	return !in_map(scan) || skip_key(scan);
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

int json_scan_check(struct slice text, struct error *err)
{
	struct scan scan = { .begin = text.ptr, .at = text.ptr, .end = text.ptr + text.len };

	if (text.len == 0)
		return error_set(err, ERROR_BAD_REQUEST, "there is no JSON text");
	if (skip_value(&scan)) {
		skip_space(&scan);
		if (scan.at == scan.end)
			return 0;
		(void)fail(&scan, "more text after the value");
	}
	return error_set(
	    err, ERROR_BAD_REQUEST, "%s at byte %zu", scan.what, (size_t)(scan.at - scan.begin));
}

enum json_type json_scan_type(struct slice value)
{
	if (!value.ptr || value.len == 0)
		return JSON_MISSING;
	switch (value.ptr[0]) {
	case '{':
		return JSON_MAP;
	case '[':
		return JSON_LIST;
	case '"':
		return JSON_TEXT;
	case 't':
	case 'f':
		return JSON_BOOL;
	case 'n':
		return JSON_NIL;
	default:
		return JSON_NUMBER;
	}
}

/* ---- cursors: the text has been checked, so only the shape matters ---- */

/* Past the string's closing quote, which is the first without an odd number of backslashes. */
static const char *string_end(const char *at, const char *end)
{
	const char *first = at + 1;

	while ((at = memchr(at + 1, '"', (size_t)(end - at - 1))) != NULL) {
		const char *slash = at;

		while (slash > first && slash[-1] == '\\')
			slash--;
		if ((at - slash) % 2 == 0)
			return at + 1;
	}
	return NULL;
}

static const char *container_end(const char *at, const char *end)
{
	int depth = 0;

	while (at && at < end)
		switch (*at) {
		case '"':
			at = string_end(at, end);
			break;
		case '{':
		case '[':
			depth++;
			at++;
			break;
		case '}':
		case ']':
			at++;
			if (--depth == 0)
				return at;
			break;
		default:
			at++;
		}
	return NULL;
}

static const char *scalar_end(const char *at, const char *end)
{
	const char *from = at;

	while (at < end && *at != ',' && *at != '}' && *at != ']' && *at > ' ')
		at++;
	return at > from ? at : NULL;
}

/* Where the value that begins here ends; NULL: it does not. */
static const char *value_end(const char *at, const char *end)
{
	if (at == end)
		return NULL;
	if (*at == '"')
		return string_end(at, end);
	return *at == '{' || *at == '[' ? container_end(at, end) : scalar_end(at, end);
}

struct json_cursor json_cursor(struct slice object_or_array)
{
	struct json_cursor cursor = { .key = { NULL, 0 } };
	struct scan scan = { .at = object_or_array.ptr };

	if (!object_or_array.ptr)
		return cursor;
	scan.end = object_or_array.ptr + object_or_array.len;
	skip_space(&scan);
	if (scan.at == scan.end || (*scan.at != '{' && *scan.at != '['))
		return cursor;
	cursor.is_map = *scan.at == '{';
	cursor.at = scan.at + 1;
	cursor.end = scan.end;
	return cursor;
}

static bool next_key(struct json_cursor *cursor, struct scan *scan)
{
	const char *from = scan->at, *after = *from == '"' ? string_end(from, scan->end) : NULL;

	if (!after)
		return false;
	cursor->key = (struct slice){ from + 1, (size_t)(after - from) - 2 };
	scan->at = after;
	skip_space(scan);
	if (scan->at == scan->end || *scan->at != ':')
		return false;
	scan->at++;
	skip_space(scan);
	return true;
}

static bool next_value(struct json_cursor *cursor, struct scan *scan)
{
	const char *from = scan->at, *after;

	if (cursor->is_map && !next_key(cursor, scan))
		return false;
	after = value_end(scan->at, scan->end);
	if (!after)
		return false;
	cursor->value = (struct slice){ scan->at, (size_t)(after - scan->at) };
	cursor->whole = (struct slice){ from, (size_t)(after - from) };
	scan->at = after;
	return true;
}

bool json_next(struct json_cursor *cursor)
{
	struct scan scan = { .begin = cursor->at, .at = cursor->at, .end = cursor->end };

	if (!cursor->at)
		return false;
	skip_space(&scan);
	if (scan.at < scan.end && *scan.at == ',') {
		scan.at++;
		skip_space(&scan);
	}
	if (scan.at == scan.end || *scan.at == '}' || *scan.at == ']' ||
	    !next_value(cursor, &scan)) {
		cursor->at = NULL;
		return false;
	}
	cursor->at = scan.at;
	return true;
}

/* ---- reading values ---- */

static unsigned hex4(const char *at)
{
	unsigned value = 0;

	for (int i = 0; i < 4; i++)
		value =
		    value * 16 + (unsigned)(at[i] <= '9' ? at[i] - '0' : (at[i] | 32) - 'a' + 10);
	return value;
}

static size_t put_utf8(char *out, unsigned c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xE0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xF0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* One escape at *at; half of a surrogate pair alone becomes U+FFFD. */
static unsigned unescape(const char **at, const char *end)
{
	static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
	const char *letter = strchr(letters, (*at)[1]);
	unsigned c, low;

	if ((*at)[1] != 'u') {
		c = letter ? (unsigned char)meanings[letter - letters] : (unsigned char)(*at)[1];
		*at += 2;
		return c;
	}
	c = hex4(*at + 2);
	*at += 6;
	if (c < 0xD800 || c > 0xDFFF)
		return c;
	if (c > 0xDBFF || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
		return 0xFFFD;
	low = hex4(*at + 2);
	if (low < 0xDC00 || low > 0xDFFF)
		return 0xFFFD;
	*at += 6;
	return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
}

/* The unescaped bytes; out has room for text.len.  False when a NUL is among them. */
static bool unescape_all(struct slice text, char *out, size_t *out_len)
{
	const char *at = text.ptr, *end = text.ptr + text.len;
	size_t len = 0;

	while (at < end) {
		unsigned c;

		if (*at != '\\') {
			out[len++] = *at++;
			continue;
		}
		c = unescape(&at, end);
		if (c == 0)
			return false;
		len += put_utf8(out + len, c);
	}
	*out_len = len;
	return true;
}

bool json_key_is(const struct json_cursor *cursor, const char *name)
{
	char plain[256];
	size_t len;

	if (!cursor->key.ptr) /* an element of an array */
		return false;
	if (cursor->key.len < sizeof plain && memchr(cursor->key.ptr, '\\', cursor->key.len))
		return unescape_all(cursor->key, plain, &len) && len == strlen(name) &&
		       memcmp(plain, name, len) == 0;
	return slice_is(cursor->key, name);
}

struct slice json_member(struct slice object, const char *name)
{
	struct slice found = { NULL, 0 };

	if (json_scan_type(object) != JSON_MAP)
		return found;
	for (struct json_cursor cursor = json_cursor(object); json_next(&cursor);)
		if (json_key_is(&cursor, name))
			found = cursor.value;
	return found;
}

bool json_as_int(struct slice value, int64_t *out)
{
	int64_t whole, up;

	/* Rounded away from zero at one more place, a whole number stays ten times itself. */
	if (json_scan_type(value) != JSON_NUMBER || number_scaled(value, 0, &whole, NULL) != 0)
		return false;
	if (number_scaled(value, 1, &up, NULL) == 0 && up != whole * 10)
		return false;
	*out = whole;
	return true;
}

bool json_as_bool(struct slice value, bool *out)
{
	if (json_scan_type(value) != JSON_BOOL)
		return false;
	*out = value.ptr[0] == 't';
	return true;
}

struct slice json_as_slice(struct slice value, struct arena *arena)
{
	struct slice inner;
	const char *at, *end;
	char *out;
	size_t len = 0;

	if (json_scan_type(value) != JSON_TEXT || value.len < 2)
		return (struct slice){ NULL, 0 };
	inner = (struct slice){ value.ptr + 1, value.len - 2 };
	if (!memchr(inner.ptr, '\\', inner.len))
		return inner;
	/* Three bytes for a NUL's replacement are fewer than the six of its escape. */
	out = arena_alloc(arena, inner.len + 1);
	for (at = inner.ptr, end = at + inner.len; at < end;) {
		unsigned c;

		if (*at != '\\') {
			out[len++] = *at++;
			continue;
		}
		c = unescape(&at, end);
		len += put_utf8(out + len, c ? c : 0xFFFD);
	}
	return (struct slice){ out, len };
}

char *json_as_text(struct slice value, struct arena *arena)
{
	size_t len;
	char *text;

	if (json_scan_type(value) != JSON_TEXT || value.len < 2)
		return NULL;
	text = arena_alloc(arena, value.len);
	if (!unescape_all((struct slice){ value.ptr + 1, value.len - 2 }, text, &len))
		return NULL;
	text[len] = '\0';
	return text;
}
