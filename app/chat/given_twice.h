#ifndef CHAT_GIVEN_TWICE_H
#define CHAT_GIVEN_TWICE_H

/*
 * A name that stands twice in one of a body's inner objects is refused: a provider may read the
 * other one than what was weighed.
 */
#include "base/arena.h"
#include "base/error.h"
#include "base/json_scan.h"

int given_twice_check(
    struct slice body, const struct json_tally *tally, struct arena *arena, struct error *err);

#endif
