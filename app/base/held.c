/*
 * What is held whole.  See the header.
 */
#include "base/held.h"

#include <stdatomic.h>

#include "base/banned.h"

static atomic_llong held[HELD_KINDS]; /* of the process, as memory is */

void held_add(enum held kind, int64_t bytes)
{
	atomic_fetch_add(&held[kind], bytes);
}

int64_t held_bytes(enum held kind)
{
	return atomic_load(&held[kind]);
}

int64_t held_left(void)
{
	return HELD_BYTES_MAX - held_bytes(HELD_REQUESTS) - held_bytes(HELD_ANSWERS);
}
