/*
 * See the header.
 */
#include "providers/mock_embeddings.h"

#include <math.h>
#include <stdio.h>

#include "base/json_scan.h"
#include "base/json_write.h"

#include "base/banned.h"

#define DIMENSIONS     256
#define DIMENSIONS_MAX 4096
#define REPLY_MAX      ((size_t)128 << 20)

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (unsigned char)c >= 0x80;
}

/* FNV-1a over lower case. */
static void add_words(float *vector, int64_t dimensions, struct slice text)
{
	for (size_t at = 0; at < text.len; at++) {
		uint32_t hash = 2166136261u;
		bool any = false;

		for (; at < text.len && is_letter(text.ptr[at]); at++, any = true)
			hash = (hash ^ (uint32_t)(text.ptr[at] | 0x20)) * 16777619u;
		if (any)
			vector[hash % (uint32_t)dimensions] += hash >> 31 ? 1.0f : -1.0f;
	}
}

static void put_entry(
    struct text *json, struct slice text, int64_t index, int64_t dimensions, struct arena *arena)
{
	float *vector = arena_alloc(arena, (size_t)dimensions * sizeof *vector), length = 0;

	add_words(vector, dimensions, text);
	for (int64_t i = 0; i < dimensions; i++)
		length += vector[i] * vector[i];
	length = length > 0 ? sqrtf(length) : 1.0f;
	json_write(json, "{object:'embedding', index:%, embedding:[", index);
	for (int64_t i = 0; i < dimensions; i++) {
		char number[32];

		snprintf(number, sizeof number, "%.7g", (double)(vector[i] / length));
		json_put_raw(json, slice_of(number));
	}
	json_write(json, "]}");
}

struct slice mock_embeddings_reply(struct slice request, struct arena *arena)
{
	struct slice input = json_member(request, "input");
	int64_t dimensions = DIMENSIONS, index = 0, tokens = (int64_t)input.len / 4 + 1;
	AUTO_TEXT struct text json = text_empty(REPLY_MAX);

	(void)json_as_int(json_member(request, "dimensions"), &dimensions);
	dimensions = dimensions < 1 ? 1 : dimensions > DIMENSIONS_MAX ? DIMENSIONS_MAX : dimensions;
	json_write(&json, "{object:'list', data:[");
	if (json_scan_type(input) == JSON_TEXT)
		put_entry(&json, json_as_slice(input, arena), index, dimensions, arena);
	else
		for (struct json_cursor item = json_cursor(input); json_next(&item);)
			put_entry(&json,
			    json_scan_type(item.value) == JSON_TEXT
				? json_as_slice(item.value, arena)
				: item.value,
			    index++, dimensions, arena);
	json_write(&json, "], model:%r, usage:{prompt_tokens:%, total_tokens:%}}",
	    json_member(request, "model"), tokens, tokens);
	return (struct slice){ arena_copy_slice(arena, text_slice(&json)), json.len };
}
