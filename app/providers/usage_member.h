#ifndef PROVIDERS_USAGE_MEMBER_H
#define PROVIDERS_USAGE_MEMBER_H

/*
 * The usage of an answer, where members of it may stand twice.
 *
 * JSON lets a name stand twice and does not say which one counts; most readers, also those of the
 * vendors' SDKs, take the last.  Nobody knows which one the vendor bills.  Here the dearer counts:
 * of numbers the larger, of input that was cached the smaller, and none where one of them has none.
 */
#include "base/arena.h"
#include "base/slice.h"

/* What object has under this name: its own text, or a new one in the arena where something stood
 * twice.  {NULL, 0}: it has none. */
struct slice usage_member(struct slice object, const char *name, struct arena *arena);

/* The same for who has found the last one already, in a large body. */
struct slice usage_dearest(
    struct slice object, const char *name, struct slice last, struct arena *arena);

#endif
