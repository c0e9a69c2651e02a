/*
 * Validity of UTF-8 sequences.  See the header.
 */
#include "base/utf8.h"

#include <string.h>

#include "base/banned.h"

/* The lead byte decides the length and the range of the second byte (RFC 3629, section 4). */
static const struct lead {
	unsigned char from, to, length, second_from, second_to;
} leads[] = {
	/* clang-format off */
	{ 0x00, 0x7F, 1, 0,    0 },
	{ 0xC2, 0xDF, 2, 0x80, 0xBF },
	{ 0xE0, 0xE0, 3, 0xA0, 0xBF },
	{ 0xE1, 0xEC, 3, 0x80, 0xBF },
	{ 0xED, 0xED, 3, 0x80, 0x9F },
	{ 0xEE, 0xEF, 3, 0x80, 0xBF },
	{ 0xF0, 0xF0, 4, 0x90, 0xBF },
	{ 0xF1, 0xF3, 4, 0x80, 0xBF },
	{ 0xF4, 0xF4, 4, 0x80, 0x8F },
	/* clang-format on */
};

static const struct lead *find_lead(unsigned char byte)
{
	for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++)
		if (byte >= leads[i].from && byte <= leads[i].to)
			return &leads[i];
	return NULL;
}

size_t utf8_length(const char *bytes, size_t len)
{
	const unsigned char *at = (const unsigned char *)bytes;
	const struct lead *lead = find_lead(at[0]);

	if (!lead || lead->length > len)
		return 0;
	if (lead->length > 1 && (at[1] < lead->second_from || at[1] > lead->second_to))
		return 0;
	for (size_t i = 2; i < lead->length; i++)
		if ((at[i] & 0xC0) != 0x80)
			return 0;
	return lead->length;
}

/* The first byte that is not valid, or the end. */
static const char *first_invalid(const char *text)
{
	size_t left = strlen(text), len;

	for (; left && (len = utf8_length(text, left)) > 0; text += len)
		left -= len;
	return text;
}

bool utf8_is_valid(const char *text)
{
	return *first_invalid(text) == '\0';
}

void utf8_mend(char *text)
{
	while (*(text += first_invalid(text) - text))
		*text++ = '?';
}
