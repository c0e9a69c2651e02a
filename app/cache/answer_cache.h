#ifndef CACHE_ANSWER_CACHE_H
#define CACHE_ANSWER_CACHE_H

/*
 * Answers kept for requests that are asked again word for word, in the store or in Redis.
 *
 *	wish   may this request be answered from the cache, may its answer be kept   cache_wish.c
 *	key    the hash that stands for the request                                  cache_key.c
 *	find   and keep                                                              answer_cache.c
 *
 * Only whole successful answers are kept, as the bytes that the client got.  The cache is never
 * needed: what goes wrong with it is a miss.  When Redis is away requests go on without it, it is
 * asked again after some seconds, and the alert rule cache_away tells.
 *
 * Texts and bodies that are found are in the arena.  All functions may be called from any thread.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "settings/settings.h"
#include "store/store.h"

struct cached_answer {
	const char *request_id; /* that was answered */
	int64_t stored_ms;
	const char *content_type;
	bool streamed;
	int64_t cost_nano;                                /* what that request cost */
	const char *group, *model, *deployment_id, *tier; /* that answered; may be NULL */
	struct slice body;                                /* NUL-terminated */
};

/* Is there one that was stored at or after not_before_ms? */
bool answer_cache_find(struct store *store, const struct cache_settings *settings, const char *hash,
    int64_t now_ms, int64_t not_before_ms, struct arena *arena, struct cached_answer *out);

/* Written soon; an answer above the size limit is not kept. */
void answer_cache_keep(struct store *store, const struct cache_settings *settings, const char *hash,
    const struct cached_answer *answer, int64_t ttl_ms);

/* Counts a hit or a miss of a group, for /metrics. */
void answer_cache_count_into(
    struct change *change, const char *group, bool hit, int64_t saved_nano);

/* Housekeeping: adds the deletion of what is over, at most so many. */
void answer_cache_trim_into(struct change *change, int64_t now_ms, int most);

#endif
