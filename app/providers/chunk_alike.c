/*
 * A chunk like the one before.  See the header.
 */
#include "providers/chunk_alike.h"

#include <assert.h>
#include <string.h>

#include "base/json_plain.h"
#include "base/json_scan.h"

#include "base/banned.h"

#define CHUNK_MAX ((size_t)2 << 10) /* others are few, or have more in them than a text */

/* Which bytes of the chunk are not shown; false: that is not all that differs. */
static bool find_cut(struct slice chunk, struct slice shown, struct slice *out)
{
	size_t same = 0;

	if (shown.len > chunk.len)
		return false;
	while (same < shown.len && chunk.ptr[same] == shown.ptr[same])
		same++;
	*out = (struct slice){ chunk.ptr + same, chunk.len - shown.len };
	return memcmp(out->ptr + out->len, shown.ptr + same, shown.len - same) == 0;
}

static bool is_apart(struct slice one, struct slice other)
{
	return one.ptr + one.len <= other.ptr || other.ptr + other.len <= one.ptr;
}

bool chunk_alike_keep(struct chunk_alike *alike, struct slice chunk, struct slice shown,
    const struct slice *texts, size_t count, struct arena *arena)
{
	struct slice cut;

	if (chunk.len > CHUNK_MAX || !find_cut(chunk, shown, &cut))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!is_apart(texts[i], cut))
			return false;
	alike->kept.len = 0;
	arena_bytes_add(&alike->kept, chunk, arena);
	for (size_t i = 0; i < count; i++)
		alike->texts[i] =
		    (struct slice){ alike->kept.ptr + (texts[i].ptr - chunk.ptr), texts[i].len };
	alike->count = count;
	alike->cut_at = (size_t)(cut.ptr - chunk.ptr);
	alike->cut_len = cut.len;
	return true;
}

/* The string that begins here, with its quotes; {NULL, 0}: it is none. */
static struct slice string_at(const char *at, const char *end)
{
	const char *from = at;
	bool plain = true;

	if (at == end || *at++ != '"')
		return (struct slice){ NULL, 0 };
	for (;;) {
		at += json_plain_bytes(at, (size_t)(end - at));
		if (at == end || *at == '"')
			break;
		plain = false;
		at += *at == '\\' && end - at > 1 ? 2 : 1;
	}
	if (at == end)
		return (struct slice){ NULL, 0 };
	at++;
	if (!plain && json_scan_check((struct slice){ from, (size_t)(at - from) }, NULL) != 0)
		return (struct slice){ NULL, 0 };
	return (struct slice){ from, (size_t)(at - from) };
}

/* Past what stands there in both; NULL: something else does. */
static const char *past_same(const char *at, const char *end, struct slice same)
{
	assert(at);
	if ((size_t)(end - at) < same.len || (same.len && memcmp(at, same.ptr, same.len) != 0))
		return NULL;
	return at + same.len;
}

bool chunk_alike_is(
    const struct chunk_alike *alike, struct slice chunk, struct slice out_texts[CHUNK_TEXTS_MAX])
{
	const char *at = chunk.ptr, *end, *kept = alike->kept.ptr;

	if (!alike->count || !at)
		return false;
	end = at + chunk.len;
	for (size_t i = 0; i < alike->count; i++) {
		const struct slice *text = &alike->texts[i];

		at = past_same(at, end, (struct slice){ kept, (size_t)(text->ptr - kept) });
		out_texts[i] = at ? string_at(at, end) : (struct slice){ NULL, 0 };
		if (!out_texts[i].ptr)
			return false;
		at += out_texts[i].len;
		kept = text->ptr + text->len;
	}
	at = past_same(
	    at, end, (struct slice){ kept, (size_t)(alike->kept.ptr + alike->kept.len - kept) });
	return at == end;
}

struct slice chunk_alike_shown(struct chunk_alike *alike, struct slice chunk,
    const struct slice texts[CHUNK_TEXTS_MAX], struct arena *arena)
{
	const char *cut = alike->kept.ptr + alike->cut_at;
	size_t at = alike->cut_at;

	if (!alike->cut_len)
		return chunk;
	for (size_t i = 0; i < alike->count && alike->texts[i].ptr < cut; i++)
		at += texts[i].len - alike->texts[i].len; /* wraps, and is right again */
	alike->shown.len = 0;
	arena_bytes_add(&alike->shown, (struct slice){ chunk.ptr, at }, arena);
	at += alike->cut_len;
	arena_bytes_add(&alike->shown, (struct slice){ chunk.ptr + at, chunk.len - at }, arena);
	return arena_bytes_slice(&alike->shown);
}
