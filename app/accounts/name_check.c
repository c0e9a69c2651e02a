/*
 * Names on one line.  See the header.
 */
#include "accounts/name_check.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

/* In UTF-8: C1 is C2 80 to C2 9F; U+2028 to U+202E are E2 80 A8 to AE, the marks U+200E and U+200F
 * are E2 80 8E and 8F, and the isolates U+2066 to U+2069 are E2 81 A6 to A9. */
static bool is_unseen(const unsigned char *at)
{
	if (at[0] < 0x20 || at[0] == 0x7f)
		return true;
	if (at[0] == 0xc2)
		return at[1] >= 0x80 && at[1] <= 0x9f;
	if (at[0] != 0xe2 || !at[1])
		return false;
	if (at[1] == 0x80)
		return (at[2] >= 0xa8 && at[2] <= 0xae) || at[2] == 0x8e || at[2] == 0x8f;
	return at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9;
}

int name_check(const char *field, const char *name, struct error *err)
{
	for (const char *c = name; c && *c; c++)
		if (is_unseen((const unsigned char *)c))
			return error_set(err, ERROR_BAD_REQUEST,
			    "%s: the name holds a control character (byte %zu)", field,
			    (size_t)(c - name) + 1);
	return 0;
}
