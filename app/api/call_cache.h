#ifndef API_CALL_CACHE_H
#define API_CALL_CACHE_H

/*
 * The response cache around one call of a model.
 *
 *	call_cache_answer    sends a kept answer, if there is one          1 sent, 0 none, -1 err
 *	call_cache_keep      after a call that was answered: keeps it
 *
 * A hit needs a key that may use the model, and room in the requests a minute of key and team.  It
 * holds no money, makes no attempt, takes no tokens a minute, and is recorded as a request with
 * what it would have cost.  Hits tell x-sideways-cache: hit, LiteLLM's x-litellm-cache-key, and
 * Age; other requests that could have been one tell x-sideways-cache: miss.
 */
#include "accounts/keys.h"
#include "base/text.h"
#include "cache/answer_cache.h"
#include "cache/cache_wish.h"
#include "relay/relay.h"
#include "web/reply.h"
#include "web/request.h"

struct call_cache {
	const struct cache_settings *settings;
	struct store *store;
	struct cache_wish wish;
	const char *hash; /* NULL: this request has nothing to do with the cache */
	const char *group;
	struct text copy; /* of the answer, while it is sent */
};

/* form: what of the URL changes the answer ("array" or "").  *cache is filled in any case. */
int call_cache_answer(struct call_cache *cache, const struct relay_call *call,
    const struct web_request *request, const char *form, struct web_reply *reply,
    struct error *err);

/* outcome: NULL when the call failed, then nothing is kept.  Ends the copy. */
void call_cache_keep(
    struct call_cache *cache, const struct relay_outcome *outcome, struct web_reply *reply);

#endif
