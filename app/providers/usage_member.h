#ifndef PROVIDERS_USAGE_MEMBER_H
#define PROVIDERS_USAGE_MEMBER_H

/*
 * The usage of an answer, where members of it may stand twice.
 *
 * JSON lets a name stand twice and does not say which one counts; most readers, also those of the
 * vendors' SDKs, take the last.  Nobody knows which one the vendor bills.  Here the dearer counts:
 * of numbers the larger, of input that was cached the smaller, and none where one of them has none.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

/* A count of tokens or the like; some write numbers as texts ("12").  A part of a token is one, and
 * what is larger than any count can be is USAGE_COUNT_MAX: nobody believes it.  False: it is none,
 * or negative. */
#define USAGE_COUNT_MAX (INT64_C(1) << 40) /* so that sums stay counts */
bool usage_count(struct slice value, int64_t *out);
int64_t usage_count_in(struct slice object, const char *name); /* of a member; 0: none */
struct slice usage_unquoted(struct slice value);

/* What object has under this name: its own text, or a new one in the arena where something stood
 * twice.  {NULL, 0}: it has none. */
struct slice usage_member(struct slice object, const char *name, struct arena *arena);

/* The same for who has found the last one already, in a large body.  once: it is the only one
 * (json_members_once). */
struct slice usage_dearest(
    struct slice object, const char *name, struct slice last, bool once, struct arena *arena);

#endif
