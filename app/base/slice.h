#ifndef BASE_SLICE_H
#define BASE_SLICE_H

/*
 * A run of bytes that somebody else owns: a span of a request body, a piece of a reply.
 * It is not NUL-terminated.  It lives as long as the bytes it points into.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *ptr;
	size_t len;
};

/* A text of the program, for tables: its length is known to the compiler. */
#define SLICE(literal)                                                                             \
	{                                                                                          \
		(literal), sizeof(literal) - 1                                                     \
	}

static inline struct slice slice_of(const char *text)
{
	return (struct slice){ text, text ? strlen(text) : 0 };
}

static inline bool slice_is(struct slice s, const char *text)
{
	return s.ptr && s.len == strlen(text) && memcmp(s.ptr, text, s.len) == 0;
}

/* Of words with blanks between them: "GET HEAD". */
static inline bool slice_is_one_of(struct slice s, const char *words)
{
	for (size_t len; *words; words += len + (words[len] == ' ')) {
		len = strcspn(words, " ");
		if (s.ptr && s.len == len && memcmp(s.ptr, words, len) == 0)
			return true;
	}
	return false;
}

static inline bool text_is_one_of(const char *text, const char *words)
{
	return slice_is_one_of(slice_of(text), words);
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len &&
	       (a.len == 0 || (a.ptr && b.ptr && memcmp(a.ptr, b.ptr, a.len) == 0));
}

static inline bool slice_begins(struct slice s, const char *with)
{
	size_t len = strlen(with);

	return s.ptr && s.len >= len && memcmp(s.ptr, with, len) == 0;
}

static inline bool slice_ends(struct slice s, const char *with)
{
	size_t len = strlen(with);

	return s.ptr && s.len >= len && memcmp(s.ptr + s.len - len, with, len) == 0;
}

/* Does the word stand anywhere in it?  Quick where the word's first byte is rare, as a quote is in
 * long texts: begin the word with one. */
static inline bool slice_holds(struct slice s, struct slice word)
{
	const char *at = s.ptr, *end = at ? at + s.len : NULL;

	while (at && (size_t)(end - at) >= word.len &&
	       (at = memchr(at, word.ptr[0], (size_t)(end - at) - word.len + 1)) != NULL) {
		if (memcmp(at, word.ptr, word.len) == 0)
			return true;
		at++;
	}
	return false;
}

/* Does one of the words stand anywhere in it?  All begin with the same byte, and have two or more;
 * those of no length stand nowhere.  One walk for all of them. */
static inline bool slice_holds_any(struct slice s, const struct slice *words, size_t count)
{
	const char *at = s.ptr, *end = at ? at + s.len : NULL;

	while (at && (at = memchr(at, words[0].ptr[0], (size_t)(end - at))) != NULL) {
		for (size_t i = 0; i < count; i++)
			if (words[i].len > 0 && (size_t)(end - at) >= words[i].len &&
			    at[1] == words[i].ptr[1] && memcmp(at, words[i].ptr, words[i].len) == 0)
				return true;
		at++;
	}
	return false;
}

/* Is all of it printable ASCII, as names and values of headers are?  Eight bytes at a time. */
static inline bool slice_is_printable(struct slice s)
{
	const uint64_t each = UINT64_C(0x0101010101010101);
	size_t at = 0;
	uint64_t eight;

	for (; s.len - at >= sizeof eight; at += sizeof eight) {
		memcpy(&eight, s.ptr + at, sizeof eight);
		/* The highest bit of a byte: above 0x7f, or 0x7f, or below 0x20. */
		if ((eight | (eight + each) | (eight - each * 0x20)) & (each * 0x80))
			return false;
	}
	for (; at < s.len; at++)
		if (s.ptr[at] < 0x20 || s.ptr[at] > 0x7e)
			return false;
	return true;
}

/* Its first bytes, up to the end of a character of UTF-8. */
static inline struct slice slice_beginning(struct slice s, size_t most)
{
	if (s.len <= most)
		return s;
	while (most > 0 && ((unsigned char)s.ptr[most] & 0xc0) == 0x80)
		most--;
	return (struct slice){ s.ptr, most };
}

/* memcpy, for slices that may be absent: returns the place behind what was copied. */
static inline char *slice_put(char *at, struct slice from)
{
	if (from.ptr && from.len > 0)
		memcpy(at, from.ptr, from.len);
	return at + from.len;
}

#endif
