#ifndef CACHE_REDIS_CACHE_H
#define CACHE_REDIS_CACHE_H

/*
 * The cache in Redis, by hiredis; without that library (configure --without-redis) it is always
 * empty, and the settings say so.
 *
 * A value is one line of JSON about the answer, then its bytes; Redis ends it by itself when its
 * time is over.  Connections are kept for the next request.  Whatever fails closes the connection
 * and lets this process ask no more for AWAY_MS, so that a dead Redis costs one short wait now and
 * then, not one for each request.
 */
#include "cache/answer_cache.h"

enum redis_result {
	REDIS_DONE, /* found, or kept */
	REDIS_NONE, /* not found, or not asked because it was away a moment ago */
	REDIS_AWAY, /* it has just failed */
};

enum redis_result redis_cache_find(const struct cache_settings *settings, const char *hash,
    struct arena *arena, struct cached_answer *out);
enum redis_result redis_cache_keep(const struct cache_settings *settings, const char *hash,
    const struct cached_answer *answer, int64_t ttl_ms);

#endif
