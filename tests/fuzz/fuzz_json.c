/*
 * The JSON scanner: what it takes jansson takes too, and cursors find all of its values, within the
 * text.
 */
#include <assert.h>
#include <stdint.h>

#include <jansson.h>

#include "base/arena.h"
#include "base/json_scan.h"
#include "base/json_twice.h"

/* How many values there are. */
static size_t walk(struct slice value, struct arena *arena)
{
	size_t count = 1;
	int64_t number;

	(void)json_as_int(value, &number);
	(void)json_as_slice(value, arena);
	if (json_scan_type(value) != JSON_MAP && json_scan_type(value) != JSON_LIST)
		return count;
	for (struct json_cursor item = json_cursor(value); json_next(&item);) {
		assert(item.value.ptr >= value.ptr);
		assert(item.value.ptr + item.value.len <= value.ptr + value.len);
		count += walk(item.value, arena);
	}
	return count;
}

static bool has_surrogate(struct slice text)
{
	for (size_t i = 0; i + 3 < text.len; i++)
		if (text.ptr[i] == '\\' && text.ptr[i + 1] == 'u' &&
		    (text.ptr[i + 2] | 0x20) == 'd')
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct slice text = { (const char *)bytes, size };
	struct json_tally tally;
	struct arena arena;
	json_t *tree;

	if (json_scan_tally(text, &tally, NULL) != 0) {
		assert(json_scan_check(text, NULL) != 0);
		return 0;
	}
	tree = json_loadb(
	    text.ptr, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
	/* jansson refuses numbers beyond a double, and halves of surrogate pairs, which RFC 8259
	 * leaves open (they become U+FFFD here); nothing else may differ. */
	if (!tree && !has_surrogate(text)) {
		json_error_t why;

		(void)json_loadb(text.ptr, text.len,
		    JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &why);
		assert(json_error_code(&why) == json_error_numeric_overflow);
	}
	json_decref(tree);
	arena_init(&arena);
	assert(walk(text, &arena) == tally.values);
	assert(tally.maybe_twice || !json_twice(text, &arena).ptr);
	arena_release(&arena);
	return 0;
}
