#ifndef PROVIDERS_FAILURE_TEXT_H
#define PROVIDERS_FAILURE_TEXT_H

/*
 * The words of a provider's failure, without secrets.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/json_read.h"
#include "base/slice.h"

/* The first finding of an error that is a list of them; false: it is none. */
bool failure_findings(const json_t *error, char *out, size_t size);

/* The body with stars in place of the key that the provider was called with, which it may repeat
 * and which need not look like one; in the arena, when the key is in it. */
struct slice failure_body_without(struct slice body, const char *key, struct arena *arena);

/* A message without what looks like a key, cut to size. */
void failure_scrub(char *out, size_t size, const char *message);

#endif
