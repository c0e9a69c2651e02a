/*
 * See the header.
 */
#include "base/base64.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct slice base64_encode(struct slice bytes, struct arena *arena)
{
	char *out = arena_alloc(arena, (bytes.len + 2) / 3 * 4 + 1), *at = out;

	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		uint32_t group = (uint32_t)(uint8_t)bytes.ptr[i] << 16;

		group |= left > 1 ? (uint32_t)(uint8_t)bytes.ptr[i + 1] << 8 : 0;
		group |= left > 2 ? (uint32_t)(uint8_t)bytes.ptr[i + 2] : 0;
		*at++ = alphabet[group >> 18];
		*at++ = alphabet[group >> 12 & 63];
		*at++ = (char)(left > 1 ? alphabet[group >> 6 & 63] : '=');
		*at++ = (char)(left > 2 ? alphabet[group & 63] : '=');
	}
	return (struct slice){ out, (size_t)(at - out) };
}

struct slice base64_decode(struct slice text, struct arena *arena)
{
	char *out = arena_alloc(arena, text.len / 4 * 3 + 4), *at = out;
	uint32_t group = 0;
	int bits = 0;

	if (text.len % 4 == 0) /* padding fills up a group of four */
		for (int i = 0; i < 2 && text.len > 0 && text.ptr[text.len - 1] == '='; i++)
			text.len--;
	if (text.len % 4 == 1) /* one letter alone holds no byte */
		return (struct slice){ NULL, 0 };
	for (size_t i = 0; i < text.len; i++) {
		const char *digit = text.ptr[i] ? strchr(alphabet, text.ptr[i]) : NULL;

		if (!digit)
			return (struct slice){ NULL, 0 };
		group = group << 6 | (uint32_t)(digit - alphabet);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*at++ = (char)(group >> bits & 0xff);
		}
	}
	return (struct slice){ out, (size_t)(at - out) };
}
