/*
 * Names on one line.  See the header.
 */
#include "accounts/name_check.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

/* In UTF-8: C1 is C2 80 to C2 9F; U+2028 to U+202E are E2 80 A8 to AE, the marks U+200E and U+200F
 * are E2 80 8E and 8F, and the isolates U+2066 to U+2069 are E2 81 A6 to A9. */
static const struct {
	const char *prefix;
	unsigned char first, last;
} unseen[] = { { "\xc2", 0x80, 0x9f }, { "\xe2\x80", 0xa8, 0xae }, { "\xe2\x80", 0x8e, 0x8f },
	{ "\xe2\x81", 0xa6, 0xa9 } };

static bool is_unseen(const char *at)
{
	unsigned char c = (unsigned char)*at;

	for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++) {
		size_t len = strlen(unseen[i].prefix);

		if (strncmp(at, unseen[i].prefix, len) == 0 &&
		    (unsigned char)at[len] >= unseen[i].first &&
		    (unsigned char)at[len] <= unseen[i].last)
			return true;
	}
	return c < 0x20 || c == 0x7f;
}

int name_check(const char *field, const char *name, struct error *err)
{
	for (const char *c = name; c && *c; c++)
		if (is_unseen(c))
			return error_set(err, ERROR_BAD_REQUEST,
			    "%s: the name holds a control character (byte %zu)", field,
			    (size_t)(c - name) + 1);
	return 0;
}
