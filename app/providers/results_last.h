#ifndef PROVIDERS_RESULTS_LAST_H
#define PROVIDERS_RESULTS_LAST_H

/*
 * An OpenAI chat's messages for a provider that takes no user's message after a tool's (Mistral:
 * 400, "Unexpected role 'user' after role 'tool'"): its words go into the last result; where they
 * are more than words, the assistant says something in between.
 */
#include "base/arena.h"
#include "base/slice.h"

/* The new list, in the arena; NULL: nothing in it has to change.  messages is proven to be JSON. */
const char *results_last(struct slice messages, struct arena *arena);

#endif
