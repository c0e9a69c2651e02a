#ifndef CHAT_GEMINI_NAMES_H
#define CHAT_GEMINI_NAMES_H

/*
 * Members of Gemini's JSON.  proto3 takes each name in two spellings, lowerCamelCase and the
 * snake_case of the .proto file (https://protobuf.dev/programming-guides/json/), at every level:
 * whoever looks at a client's member does it through this file, so that nothing that is billed
 * hides behind the other spelling.
 *
 * Names are given in lowerCamelCase, at most GEMINI_NAME_MAX bytes.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json_scan.h"
#include "base/slice.h"

#define GEMINI_NAME_MAX 47

bool gemini_key_is(const struct json_cursor *member, const char *name);

/* The value of a member, or {NULL, 0}; the last one of several.  For bodies that have been read. */
struct slice gemini_member(struct slice object, const char *name);

/* Those of several members in one walk: out[i] belongs to names[i].  -1: one stands twice, in one
 * spelling or in both: parsers differ in which one they take. */
int gemini_members(struct slice object, const char *const *names, size_t count, struct slice *out,
    struct error *err);

#endif
