#ifndef VIEWS_STORY_H
#define VIEWS_STORY_H

/*
 * One candidate of a request in words, from its JSON (see view_request in view_requests.h): what
 * was done with it and why.  Adds called, skipped, blocked, ok and "sentence".
 */
#include <jansson.h>

void story_tell(json_t *candidate);

/* What an outcome of an attempt means, in words: "rate" is "rate limited".  The name itself when it
 * is not known here. */
const char *story_outcome(const char *outcome);

#endif
