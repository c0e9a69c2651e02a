/*
 * The pool of handles.  See the header.
 */
#include "fetch/handle_pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "fetch/carrier_calls.h"

#include "base/banned.h"

#define IDLE_MAX 256 /* handles kept; one holds about 20 KiB and a socket */

struct fetch_pool {
	pthread_mutex_t mutex; /* guards the idle list */
	struct handle *idle;
	int idle_count;
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

	pthread_mutex_init(&pool->mutex, NULL);
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
	while (pool->idle) {
		struct handle *handle = pool->idle;

		pool->idle = handle->next;
		handle_free(handle);
	}
	curl_share_cleanup(pool->share);
	for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
		pthread_mutex_destroy(&pool->share_mutex[i]);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

struct handle *handle_take(struct fetch_pool *pool, const char *url)
{
	struct carrier_calls *calls;
	struct handle *handle;

	if (fiber_self()) {
		calls = carrier_calls_of(pool, pool->share);
		return calls ? carrier_calls_take(calls, url) : NULL;
	}
	pthread_mutex_lock(&pool->mutex);
	handle = handle_pick(&pool->idle, url);
	pool->idle_count -= handle != NULL;
	pthread_mutex_unlock(&pool->mutex);
	return handle ? handle : handle_new(pool->share, NULL);
}

void handle_give_back(struct fetch_pool *pool, struct handle *handle, bool keep)
{
	if (handle->shared) { /* connections of an unknown state are libcurl's to close */
		carrier_calls_give_back(handle);
		return;
	}
	if (keep) {
		pthread_mutex_lock(&pool->mutex);
		keep = pool->idle_count < IDLE_MAX;
		if (keep) {
			handle->next = pool->idle;
			pool->idle = handle;
			pool->idle_count++;
		}
		pthread_mutex_unlock(&pool->mutex);
	}
	if (!keep)
		handle_free(handle);
}
