/*
 * What calls have in common.  See the header.
 */
#include "fetch/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "fetch/carrier_calls.h"

#include "base/banned.h"

struct fetch_pool {
	struct links threads; /* of those that are no carriers */
	CURLSH *share;
	pthread_mutex_t share_mutex[CURL_LOCK_DATA_LAST];
};

static void lock_share(CURL *easy, curl_lock_data data, curl_lock_access access, void *ctx)
{
	struct fetch_pool *pool = ctx;

	pthread_mutex_lock(&pool->share_mutex[data]);
}

static void unlock_share(CURL *easy, curl_lock_data data, void *ctx)
{
	struct fetch_pool *pool = ctx;

	pthread_mutex_unlock(&pool->share_mutex[data]);
}

struct fetch_pool *fetch_pool_new(void)
{
	struct fetch_pool *pool = alloc_zero(1, sizeof *pool);

	for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
		pthread_mutex_init(&pool->share_mutex[i], NULL);
	pool->share = curl_share_init();
	if (pool->share) {
		curl_share_setopt(pool->share, CURLSHOPT_LOCKFUNC, lock_share);
		curl_share_setopt(pool->share, CURLSHOPT_UNLOCKFUNC, unlock_share);
		curl_share_setopt(pool->share, CURLSHOPT_USERDATA, pool);
		curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
		curl_share_setopt(pool->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	}
	links_init(&pool->threads, NULL, pool->share);
	return pool;
}

void fetch_pool_free(struct fetch_pool *pool)
{
	struct carrier_part *part;

	if (!pool)
		return;
	part = carrier_current() ? carrier_find(carrier_current(), pool) : NULL;
	if (part)
		carrier_remove(part);
	links_release(&pool->threads);
	curl_share_cleanup(pool->share);
	for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
		pthread_mutex_destroy(&pool->share_mutex[i]);
	free(pool);
}

struct links *pool_links(struct fetch_pool *pool)
{
	return fiber_self() ? carrier_calls_of(pool, pool->share) : &pool->threads;
}
