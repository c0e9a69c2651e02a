#ifndef PROVIDERS_FAILURE_TEXT_H
#define PROVIDERS_FAILURE_TEXT_H

/*
 * The words of a provider's failure.  For failure.c.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/json_read.h"

/* The first finding of an error that is a list of them; false: it is none. */
bool failure_findings(const json_t *error, char *out, size_t size);

/* A message without what looks like a key, cut to size. */
void failure_scrub(char *out, size_t size, const char *message);

#endif
