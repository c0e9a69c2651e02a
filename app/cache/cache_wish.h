#ifndef CACHE_CACHE_WISH_H
#define CACHE_CACHE_WISH_H

/*
 * Whether a request may be answered from the cache, and whether its answer may be kept: by the
 * settings, by what kind of call it is, and by what the client says.
 *
 * The client says it as LiteLLM's do, in the body's member `cache`: {"no-cache": true} asks anew,
 * {"no-store": true} keeps nothing, ttl (seconds) keeps it that long, s-maxage (seconds) takes none
 * that is older, namespace separates, {"use-cache": true} asks for the cache where it is not given
 * by itself.  SDKs that cannot write such a member send the header Cache-Control: no-cache or
 * no-store (RFC 9111).
 */
#include "base/arena.h"
#include "chat/chat_request.h"
#include "settings/settings.h"

struct cache_wish {
	bool look;
	bool keep;
	int64_t ttl_ms;
	int64_t max_age_ms;     /* -1: any */
	const char *name_space; /* the client's; "" for none */
};

/* A member of the wrong type or range is ERROR_BAD_REQUEST.  cache_control: the header, or NULL. */
int cache_wish_read(const struct cache_settings *settings, const struct chat_request *request,
    const char *cache_control, struct arena *arena, struct cache_wish *out, struct error *err);

#endif
