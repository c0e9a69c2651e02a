#ifndef BASE_JSON_TWICE_H
#define BASE_JSON_TWICE_H

/*
 * Members of one object that have the same name.
 *
 * JSON does not say which of them counts, and readers differ: what is weighed here may not be what
 * a provider reads.  Where names are anybody's (arguments of calls, schemas, labels) they may stand
 * twice: models write such objects, and they price nothing.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct arena;

/* Is the value of this member such an object?  depth: of the object that it is in, from 1. */
bool json_twice_is_free(struct slice name, size_t depth);

/* The first name that stands twice in an object of this proven text, outside of free objects and of
 * the text's own members, which its reader knows; {NULL, 0}: none. */
struct slice json_twice(struct slice text, struct arena *arena);

#endif
