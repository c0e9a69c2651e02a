/*
 * Cursors into JSON text that has been checked, and readers of single values.  They look for ends
 * only: a body of 1 MB is walked several times.  See json_scan.h.
 */
#include <string.h>

#include "base/arena.h"
#include "base/json_plain.h"
#include "base/json_scan.h"
#include "base/number.h"
#include "base/sixteen.h"
#include "base/utf8.h"

#include "base/banned.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static inline const char *past_space(const char *at, const char *end)
{
	if (at == end || *at > ' ')
		return at;
	while (at < end && is_space(*at))
		at++;
	return at;
}

/* A text may begin and end with white space (RFC 8259, section 2): DeepSeek and OpenRouter send it
 * while a request waits.  The values that a cursor finds have none. */
static struct slice without_space(struct slice value)
{
	const char *at, *end;

	if (!value.ptr)
		return value;
	end = value.ptr + value.len;
	at = past_space(value.ptr, end);
	while (end > at && is_space(end[-1]))
		end--;
	return (struct slice){ at, (size_t)(end - at) };
}

enum json_type json_scan_type(struct slice value)
{
	const char *at = value.ptr ? past_space(value.ptr, value.ptr + value.len) : NULL;

	if (!at || at == value.ptr + value.len)
		return JSON_MISSING;
	switch (*at) {
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

/* Past the closing quote of a string, of which `at` is no escaped byte: it is the first quote
 * without an odd number of backslashes. */
static const char *rest_of_string(const char *at, const char *end)
{
	const char *first = at;

	for (; (at = memchr(at, '"', (size_t)(end - at))) != NULL; at++) {
		const char *slash = at;

		while (slash > first && slash[-1] == '\\')
			slash--;
		if ((at - slash) % 2 == 0)
			return at + 1;
	}
	return NULL;
}

/* Most strings are short. */
static inline const char *string_end(const char *at, const char *end)
{
	if (end - at > SIXTEEN) {
		sixteen bytes = sixteen_at(at + 1);
		unsigned quotes = sixteen_bits(bytes == '"'), slashes = sixteen_bits(bytes == '\\');

		if (quotes && !(slashes & sixteen_below(quotes)))
			return at + 1 + __builtin_ctz(quotes) + 1;
	}
	return rest_of_string(at + 1, end);
}

/* What is within strings: each byte from a quote on, up to the one before the next. */
static unsigned from_quote_to_quote(unsigned quotes)
{
	quotes ^= quotes << 1;
	quotes ^= quotes << 2;
	quotes ^= quotes << 4;
	quotes ^= quotes << 8;
	return quotes & 0xffff;
}

/* The closing bracket, where it is one of these bits; else NULL, and the depth behind them. */
static const char *closing_bracket(const char *at, unsigned brackets, size_t *depth)
{
	for (; brackets; brackets &= brackets - 1) {
		const char *bracket = at + __builtin_ctz(brackets);

		*depth += *bracket == '{' || *bracket == '[' ? 1 : -1;
		if (*depth == 0)
			return bracket;
	}
	return NULL;
}

/* The same for the last bytes of a text. */
static const char *container_tail(const char *at, const char *end, bool within, size_t depth)
{
	if (within)
		at = rest_of_string(at, end);
	while (at && at < end) {
		char c = *at;

		if (c == '"') {
			at = string_end(at, end);
			continue;
		}
		at++;
		if (c < '[') /* digits, commas, spaces: all that is no bracket, but for words */
			continue;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0)
			return at;
	}
	return NULL;
}

/* Backslashes stand in strings alone, so one ends a step: its string is gone through by itself, as
 * is a long one. */
static const char *container_end(const char *at, const char *end)
{
	bool within = false; /* a string */
	size_t depth = 0;

	while (at && end - at >= SIXTEEN) {
		sixteen bytes = sixteen_at(at), low = bytes | 0x20; /* of either kind of bracket */
		unsigned slashes = sixteen_bits(bytes == '\\'), read = sixteen_below(slashes);
		unsigned quotes = sixteen_bits(bytes == '"') & read;
		unsigned strings = from_quote_to_quote(quotes) ^ (within ? 0xffff : 0);
		unsigned brackets = sixteen_bits((sixteen)(low == '{') | (sixteen)(low == '}'));
		const char *last = closing_bracket(at, brackets & read & ~strings, &depth);
		bool alone = slashes || (within && !quotes);

		if (last)
			return last + 1;
		within = !alone && strings >> (SIXTEEN - 1);
		at = alone ? rest_of_string(at + __builtin_ctz(slashes | 0x8000), end)
			   : at + SIXTEEN;
	}
	return at ? container_tail(at, end, within, depth) : NULL;
}

static const char *scalar_end(const char *at, const char *end)
{
	const char *from = at;

	if (end - at >= SIXTEEN) {
		sixteen bytes = sixteen_at(at);
		unsigned ends = sixteen_bits((sixteen)(bytes == ',') | (sixteen)(bytes == '}') |
					     (sixteen)(bytes == ']') | (sixteen)(bytes <= ' '));

		at += ends ? __builtin_ctz(ends) : SIXTEEN;
	}
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
	const char *at, *end;

	if (!object_or_array.ptr)
		return cursor;
	end = object_or_array.ptr + object_or_array.len;
	at = past_space(object_or_array.ptr, end);
	if (at == end || (*at != '{' && *at != '['))
		return cursor;
	cursor.is_map = *at == '{';
	cursor.at = at + 1;
	cursor.end = end;
	return cursor;
}

/* Reads the key that begins here; where its value begins, or NULL. */
static const char *read_key(struct json_cursor *cursor, const char *at)
{
	const char *from = at + 1;

	if (*at != '"')
		return NULL;
	at = from + json_plain_bytes(from, (size_t)(cursor->end - from));
	cursor->key_escaped = false;
	if (at == cursor->end || *at != '"') {
		at = string_end(from - 1, cursor->end);
		if (!at)
			return NULL;
		at--;
		cursor->key_escaped = memchr(from, '\\', (size_t)(at - from)) != NULL;
	}
	cursor->key = (struct slice){ from, (size_t)(at - from) };
	at = past_space(at + 1, cursor->end);
	return at < cursor->end && *at == ':' ? past_space(at + 1, cursor->end) : NULL;
}

/* Reads the member or element that begins here; where it ends, or NULL. */
static const char *read_item(struct json_cursor *cursor, const char *from)
{
	const char *at = cursor->is_map ? read_key(cursor, from) : from, *after;

	if (!at)
		return NULL;
	after = at == cursor->known.ptr ? at + cursor->known.len : value_end(at, cursor->end);
	if (!after)
		return NULL;
	cursor->value = (struct slice){ at, (size_t)(after - at) };
	cursor->whole = (struct slice){ from, (size_t)(after - from) };
	return after;
}

bool json_next(struct json_cursor *cursor)
{
	const char *at;

	if (!cursor->at)
		return false;
	at = past_space(cursor->at, cursor->end);
	if (at < cursor->end && *at == ',')
		at = past_space(at + 1, cursor->end);
	cursor->at = at == cursor->end || *at == '}' || *at == ']' ? NULL : read_item(cursor, at);
	return cursor->at != NULL;
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

/* The unescaped bytes; out has room for text.len.  A NUL becomes `nul`; false where that is 0. */
static bool unescape_all(struct slice text, char *out, size_t *out_len, unsigned nul)
{
	const char *at = text.ptr, *end = text.ptr + text.len;
	size_t len = 0;

	while (at < end) {
		const char *escape = memchr(at, '\\', (size_t)(end - at));
		size_t plain = (size_t)((escape ? escape : end) - at);
		unsigned c;

		memcpy(out + len, at, plain);
		len += plain;
		at += plain;
		if (!escape)
			break;
		c = unescape(&at, end);
		if (c == 0 && nul == 0)
			return false;
		len += put_utf8(out + len, c ? c : nul);
	}
	*out_len = len;
	return true;
}

bool json_escaped_key_is(const struct json_cursor *cursor, struct slice name)
{
	char plain[256];
	size_t len;

	return cursor->key.len < sizeof plain && unescape_all(cursor->key, plain, &len, 0) &&
	       slice_equal((struct slice){ plain, len }, name);
}

/* Where the string goes on behind this text, or NULL when it does not begin with it. */
static const char *past_text(struct slice value, const char *text)
{
	const char *at, *end;

	value = without_space(value);
	if (json_scan_type(value) != JSON_TEXT || value.len < 2)
		return NULL;
	at = value.ptr + 1;
	end = value.ptr + value.len - 1;
	for (; *text; text++) {
		unsigned c;

		if (at == end)
			return NULL;
		c = *at == '\\' ? unescape(&at, end) : (unsigned char)*at++;
		if (c != (unsigned char)*text)
			return NULL;
	}
	return at;
}

bool json_text_is(struct slice value, const char *text)
{
	const char *at = past_text(value, text);

	value = without_space(value);
	return at && at == value.ptr + value.len - 1;
}

bool json_text_begins(struct slice value, const char *text)
{
	return past_text(value, text) != NULL;
}

bool json_members_once(
    struct slice object, const struct slice *names, size_t count, struct slice *out)
{
	bool once = true;

	for (size_t i = 0; i < count; i++)
		out[i] = (struct slice){ NULL, 0 };
	if (json_scan_type(object) != JSON_MAP)
		return true;
	for (struct json_cursor cursor = json_cursor(object); json_next(&cursor);)
		for (size_t i = 0; i < count; i++)
			if (json_key_equal(&cursor, names[i])) {
				once = once && !out[i].ptr;
				out[i] = cursor.value;
			}
	return once;
}

void json_members(struct slice object, const struct slice *names, size_t count, struct slice *out)
{
	(void)json_members_once(object, names, count, out); /* the last of each */
}

struct slice json_member(struct slice object, const char *name)
{
	const struct slice wanted = { name, strlen(name) };
	struct slice found;

	json_members(object, &wanted, 1, &found);
	return found;
}

bool json_as_int(struct slice value, int64_t *out)
{
	int64_t whole, up;

	value = without_space(value);
	/* As nearly all are written. */
	if (number_whole(value, -INT64_MAX, INT64_MAX, out, NULL) == 0)
		return true;
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
	value = without_space(value);
	if (json_scan_type(value) != JSON_BOOL)
		return false;
	*out = value.ptr[0] == 't';
	return true;
}

struct slice json_as_slice(struct slice value, struct arena *arena)
{
	struct slice inner;
	size_t len = 0;
	char *out;

	value = without_space(value);
	if (json_scan_type(value) != JSON_TEXT || value.len < 2)
		return (struct slice){ NULL, 0 };
	inner = (struct slice){ value.ptr + 1, value.len - 2 };
	if (!memchr(inner.ptr, '\\', inner.len))
		return inner;
	/* Three bytes for a NUL's replacement are fewer than the six of its escape. */
	out = arena_room(arena, inner.len + 1);
	(void)unescape_all(inner, out, &len, 0xFFFD);
	return (struct slice){ out, len };
}

char *json_as_text(struct slice value, struct arena *arena)
{
	struct slice inner;
	size_t len;
	char *text;

	value = without_space(value);
	if (json_scan_type(value) != JSON_TEXT || value.len < 2)
		return NULL;
	inner = (struct slice){ value.ptr + 1, value.len - 2 };
	if (!memchr(inner.ptr, '\\', inner.len))
		return arena_copy_slice(arena, inner);
	text = arena_room(arena, value.len);
	if (!unescape_all(inner, text, &len, 0))
		return NULL;
	text[len] = '\0';
	return text;
}
