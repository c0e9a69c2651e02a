#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

/*
 * JSON without building a tree: one pass that proves the text is JSON, then cursors that find
 * members in place.  So a 1 MB body can be passed on by splicing bytes, and nothing in it changes
 * (jansson would alter 0.1, -0 and 1e-400, and costs 15 times more).
 *
 * Cursors trust their input: run json_scan_check on the whole text first.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

#define JSON_DEPTH_MAX 128

/* Proves that text is one JSON value (RFC 8259) in valid UTF-8, at most JSON_DEPTH_MAX deep and
 * without NUL bytes, also not as \u0000 in an object key.  ERROR_BAD_REQUEST says what and at
 * which byte; content is never repeated in the message. */
int json_scan_check(struct slice text, struct error *err);

/* Without a byte order mark before it, which RFC 8259 lets readers skip and most do. */
struct slice json_without_mark(struct slice text);

/* The same, and what the pass met: outside of strings the text is ASCII. */
struct json_tally {
	size_t non_ascii_bytes;
	size_t unicode_escapes; /* \uXXXX */
	size_t values;          /* members, elements and the text itself; anywhere */
	bool maybe_twice;       /* two members of one object may have one name (json_twice.h) */
};
int json_scan_tally(struct slice text, struct json_tally *out, struct error *err);

enum json_type {
	JSON_MISSING,
	JSON_NIL /* null; jansson has JSON_NULL */,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_TEXT,
	JSON_LIST,
	JSON_MAP
};
enum json_type json_scan_type(struct slice value);

/* Walks the members of an object or the elements of an array.
 *	struct json_cursor c = json_cursor(object);
 *	while (json_next(&c)) if (json_key_is(&c, "model")) use(c.value);
 * key and value are spans of the text: key without quotes but still escaped, value with quotes. */
struct json_cursor {
	struct slice key; /* empty for arrays */
	struct slice value;
	struct slice whole; /* the member from its key's opening quote to the value's last byte; for
			     * arrays the same as value */
	const char *at, *end;
	bool is_map;
	bool key_escaped;   /* there is a backslash in key */
	struct slice known; /* may be set after json_cursor: a value that an earlier walk found,
			     * so large that it is not to be walked again */
};
struct json_cursor json_cursor(struct slice object_or_array);
bool json_next(struct json_cursor *cursor);
bool json_escaped_key_is(const struct json_cursor *cursor, struct slice name);
/* Compares the unescaped key. */
static inline bool json_key_equal(const struct json_cursor *cursor, struct slice name)
{
	return cursor->key_escaped ? json_escaped_key_is(cursor, name)
				   : cursor->key.len == name.len && cursor->key.ptr && name.ptr &&
					 memcmp(cursor->key.ptr, name.ptr, name.len) == 0;
}
static inline bool json_key_is(const struct json_cursor *cursor, const char *name)
{
	return json_key_equal(cursor, (struct slice){ name, strlen(name) });
}

/* Of words with blanks between them: "role content". */
static inline bool json_key_is_one_of(const struct json_cursor *cursor, const char *words)
{
	for (size_t len; *words; words += len + (words[len] == ' ')) {
		len = strcspn(words, " ");
		if (json_key_equal(cursor, (struct slice){ words, len }))
			return true;
	}
	return false;
}

/* The value of a member, or {NULL, 0}.  With duplicates the last one wins, as everywhere. */
struct slice json_member(struct slice object, const char *name);
/* Those of several members in one walk: out[i] belongs to names[i]. */
void json_members(struct slice object, const struct slice *names, size_t count, struct slice *out);
/* The same; false: one of them stands more than once. */
bool json_members_once(
    struct slice object, const struct slice *names, size_t count, struct slice *out);

/* Whether a value is this string, however it is written: "f\u0061st" is fast to whoever reads it
 * next.  The text is ASCII.  begins: whether it starts with it. */
bool json_text_is(struct slice value, const char *text);
bool json_text_begins(struct slice value, const char *text);

/* Readers of single values; they return false (and leave *out) when the type does not fit. */
bool json_as_int(struct slice value, int64_t *out); /* whole numbers only; 1.0 and 1e3 count */
bool json_as_bool(struct slice value, bool *out);

struct arena;
/* The unescaped text in the arena, NUL-terminated; NULL when it is no string or holds \u0000. */
char *json_as_text(struct slice value, struct arena *arena);
/* The member's name, unescaped. */
static inline const char *json_key_as_text(const struct json_cursor *cursor, struct arena *arena)
{
	return json_as_text((struct slice){ cursor->key.ptr - 1, cursor->key.len + 2 }, arena);
}
/* The same as a slice: of the text itself where nothing is escaped, else in the arena; \u0000
 * becomes U+FFFD.  {NULL, 0} when it is no string; an empty string has a ptr. */
struct slice json_as_slice(struct slice value, struct arena *arena);

#endif
