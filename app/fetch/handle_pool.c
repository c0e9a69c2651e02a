/*
 * The pool of handles.  See the header.  Options that never change are set here, once a handle.
 */
#include "fetch/handle_pool.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"

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

static void free_handle(struct handle *handle)
{
	if (handle->multi && handle->easy)
		curl_multi_remove_handle(handle->multi, handle->easy);
	curl_easy_cleanup(handle->easy);
	curl_multi_cleanup(handle->multi);
	free(handle);
}

void fetch_pool_free(struct fetch_pool *pool)
{
	if (!pool)
		return;
	while (pool->idle) {
		struct handle *handle = pool->idle;

		pool->idle = handle->next;
		free_handle(handle);
	}
	curl_share_cleanup(pool->share);
	for (int i = 0; i < CURL_LOCK_DATA_LAST; i++)
		pthread_mutex_destroy(&pool->share_mutex[i]);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

/* Addresses at which clouds keep their machines' credentials are never a provider, whatever a name
 * resolves to. */
static bool is_metadata_address(const struct sockaddr *address)
{
	static const unsigned char ec2_v6[16] = { 0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0x02, 0x54 };

	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof in);
		return ntohl(in.sin_addr.s_addr) >> 16 == 0xA9FE; /* 169.254.0.0/16 */
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof in6);
		if (IN6_IS_ADDR_V4MAPPED(&in6.sin6_addr))
			return in6.sin6_addr.s6_addr[12] == 0xA9 &&
			       in6.sin6_addr.s6_addr[13] == 0xFE;
		return IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr) ||
		       memcmp(&in6.sin6_addr, ec2_v6, sizeof ec2_v6) == 0;
	}
	return false;
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct handle *handle = ctx;
	int fd;

	if (is_metadata_address(&address->addr)) {
		handle->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		handle->socket_errno = errno;
	return fd;
}

static void set_constants(const struct fetch_pool *pool, struct handle *handle)
{
	CURL *easy = handle->easy;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, handle);
	curl_easy_setopt(easy, CURLOPT_SHARE, pool->share);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
}

static struct handle *new_handle(struct fetch_pool *pool)
{
	struct handle *handle = alloc_zero(1, sizeof *handle);

	handle->easy = curl_easy_init();
	handle->multi = curl_multi_init();
	if (!handle->easy || !handle->multi) {
		free_handle(handle);
		return NULL;
	}
	curl_multi_setopt(
	    handle->multi, CURLMOPT_MAXCONNECTS, 2L); /* one in use, one of the provider before */
	set_constants(pool, handle);
	return handle;
}

struct handle *handle_take(struct fetch_pool *pool)
{
	struct handle *handle;

	pthread_mutex_lock(&pool->mutex);
	handle = pool->idle;
	if (handle) {
		pool->idle = handle->next;
		pool->idle_count--;
	}
	pthread_mutex_unlock(&pool->mutex);
	return handle ? handle : new_handle(pool);
}

void handle_give_back(struct fetch_pool *pool, struct handle *handle, bool keep)
{
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
		free_handle(handle);
}
