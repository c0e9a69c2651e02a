#ifndef ACCOUNTS_KEY_ROUTES_H
#define ACCOUNTS_KEY_ROUTES_H

/*
 * LiteLLM's allowed_routes of a key: addresses ("/v1/embeddings", whatever stands below it, or with
 * a star at its end) and names of groups of them.  Of the groups, those count that hold addresses
 * at which a model is called; the others are known and hold none of those.
 */
#include <stdbool.h>

#include "accounts/keys.h"
#include "base/arena.h"
#include "base/slice.h"

/* routes: a JSON array; NULL and an empty one allow all. */
bool key_routes_allow(const char *routes, const char *path, struct arena *arena);

/* -1: ERROR_FORBIDDEN. */
int key_routes_check(
    const struct virtual_key *key, const char *path, struct arena *arena, struct error *err);

/* An address, or the name of a group? */
bool key_routes_known(struct slice name);

#endif
