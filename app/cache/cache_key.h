#ifndef CACHE_CACHE_KEY_H
#define CACHE_CACHE_KEY_H

/*
 * The hash that stands for a request: SHA-256 over whose it is, the format and form of the answer,
 * the group that was asked for, and the body, normalised.
 *
 * Normalised: members in order of their names, without white space, escapes and numbers written one
 * way; without the gateway's own members (fallbacks, cache, timeout, ...) and those that only label
 * a request (user, metadata, ...).  Everything else, also what no table here knows, makes another
 * request.
 */
#include "base/arena.h"
#include "chat/chat_request.h"

struct cache_owner {
	const char *key_id;       /* "" when the cache is shared by all keys */
	const char *name_space;   /* of the settings */
	const char *client_space; /* of the request */
	const char *form;         /* what of the URL changes the answer: "array"; "" */
	const char *group;        /* after aliases */
};

/* In the arena; NULL for a body that has a member twice or cannot be normalised: it is not cached.
 */
const char *cache_key(
    const struct chat_request *request, const struct cache_owner *owner, struct arena *arena);

#endif
