#ifndef CHAT_GEMINI_SCHEMA_H
#define CHAT_GEMINI_SCHEMA_H

/* Gemini's Schema ({"type":"OBJECT","nullable":true}) as JSON Schema.  For chat/ only. */
#include "base/arena.h"
#include "base/slice.h"

/* {NULL, 0} when it is no object, or larger than 8 MiB.  The result is in the arena. */
struct slice gemini_plain_schema(struct slice schema, struct arena *arena);

#endif
