/*
 * One libcurl handle.  See the header.
 */
#include "fetch/handle.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "fetch/authorities.h"

#include "base/banned.h"

/* It lasts as long as the transfer, and an event is smaller. */
#define STREAM_BYTES 4096L

/* Most answers are there before anybody asks whether their client still is. */
#define WATCH_AFTER_US 20000

#define CONNECTIONS_A_CALL 4L
#define CONNECTIONS_LEAST  64L

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

/* The kernel gives the lowest number that is free. */
static bool is_in_upper_half(int fd)
{
	struct rlimit descriptors;

	return getrlimit(RLIMIT_NOFILE, &descriptors) == 0 &&
	       (rlim_t)fd >= descriptors.rlim_cur / 2;
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct handle *handle = ctx;
	int fd;

	if (!handle->allow_metadata && is_metadata_address(&address->addr)) {
		handle->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		handle->socket_errno = errno;
	else if (handle->shared)
		handle->shared->forget(handle->shared, fd, true);
	if (handle->shared)
		handle->shared->is_tight = fd < 0 || is_in_upper_half(fd);
	return fd;
}

/* ctx lives as long as the connection, which the handle may not. */
static int close_socket(void *ctx, curl_socket_t fd)
{
	struct shared_multi *shared = ctx;

	/* its number may be one of libcurl's own next, of whose end nobody tells */
	shared->forget(shared, fd, false);
	return close(fd);
}

/* ---- what is set ---- */

static void set_constants(struct handle *handle, CURLSH *share)
{
	struct authorities_path authorities;
	CURL *easy = handle->easy;

	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(
	    easy, CURLOPT_NOPROXY, "*"); /* unset, it is looked for in the environment */
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	if (authorities_find("", &authorities))
		curl_easy_setopt(easy, CURLOPT_CAINFO, authorities.text);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, handle);
	if (handle->shared) {
		/* Whoever gives up while a name is looked up does not wait for the name server's
		 * answer, and all of the carrier with it: libcurl's thread ends by itself. */
		curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
		curl_easy_setopt(easy, CURLOPT_PRIVATE, handle);
		curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
		curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, handle->shared);
	}
	curl_easy_setopt(easy, CURLOPT_SHARE, share);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
}

/*
 * libcurl takes a URL apart and puts it together again for each transfer, unless it is given the
 * parts.  The text is set too: it is what a request that goes out again on a fresh connection uses.
 */
static void set_url(struct handle *handle, const char *url)
{
	free(handle->url);
	handle->url = alloc_copy(url);
	curl_url_cleanup(handle->parts);
	handle->parts = curl_url();
	if (handle->parts && curl_url_set(handle->parts, CURLUPART_URL, url,
				 CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
		curl_url_cleanup(handle->parts);
		handle->parts = NULL;
	}
	curl_easy_setopt(handle->easy, CURLOPT_URL, url);
	curl_easy_setopt(handle->easy, CURLOPT_CURLU, handle->parts);
}

static bool handle_is_for(const struct handle *handle, const char *url)
{
	return handle->url && strcmp(handle->url, url) == 0;
}

struct handle *handle_pick(struct handle **list, const char *url)
{
	struct handle **at = list, *picked;

	while (*at && !handle_is_for(*at, url))
		at = &(*at)->next;
	if (!*at)
		at = list;
	picked = *at;
	if (picked)
		*at = picked->next;
	return picked;
}

/* What only calls for credentials have: other methods, and addresses that no other call may meet,
 * not even on a connection that was kept. */
static void aim_aside(struct handle *handle, const struct fetch_call *call)
{
	bool other = call->method && strcmp(call->method, "POST") != 0;

	if (other || handle->other_method) {
		curl_easy_setopt(handle->easy, CURLOPT_CUSTOMREQUEST, other ? call->method : NULL);
		curl_easy_setopt(handle->easy,
		    other && strcmp(call->method, "GET") == 0 ? CURLOPT_HTTPGET : CURLOPT_POST, 1L);
	}
	if (handle->allow_metadata != call->allow_metadata)
		curl_easy_setopt(
		    handle->easy, CURLOPT_FORBID_REUSE, call->allow_metadata ? 1L : 0L);
	handle->other_method = other;
	handle->allow_metadata = call->allow_metadata;
}

void handle_aim(struct handle *handle, const struct fetch_call *call, long upload_bytes)
{
	CURL *easy = handle->easy;
	long receive_bytes = call->comes_slowly ? STREAM_BYTES : CURL_MAX_WRITE_SIZE;

	if (!handle_is_for(handle, call->url))
		set_url(handle, call->url);
	if (handle->allow_http != call->allow_http)
		curl_easy_setopt(
		    easy, CURLOPT_PROTOCOLS_STR, call->allow_http ? "http,https" : "https");
	handle->allow_http = call->allow_http;
	aim_aside(handle, call);
	if (handle->connect_timeout_ms != call->connect_timeout_ms)
		curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->connect_timeout_ms);
	handle->connect_timeout_ms = call->connect_timeout_ms;
	if (handle->upload_bytes != upload_bytes)
		curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, upload_bytes);
	handle->upload_bytes = upload_bytes;
	if (handle->receive_bytes != receive_bytes)
		curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, receive_bytes);
	handle->receive_bytes = receive_bytes;
}

/* ---- the transfer ---- */

void handle_wake(struct handle *handle)
{
	if (handle->fiber)
		fiber_wake(handle->fiber);
}

void handle_ended(struct handle *handle, CURLcode code)
{
	handle->ended = true;
	handle->code = code;
	handle_wake(handle);
}

/* Up to four connections are kept for each call that runs, of whatever provider, and some of the
 * last ones: libcurl's own rule forgets those where calls come in bursts, and a new connection
 * costs as much as a call.  Where descriptors run short there are no more connections than calls:
 * an idle one is closed before a new one is made.  No call waits for that, because each has one at
 * most. */
static void count_call(struct shared_multi *shared, int change)
{
	long most;

	shared->running += change;
	most = shared->running * CONNECTIONS_A_CALL;
	curl_multi_setopt(shared->multi, CURLMOPT_MAXCONNECTS,
	    most < CONNECTIONS_LEAST ? CONNECTIONS_LEAST : most);
	curl_multi_setopt(shared->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
	    shared->is_tight ? (long)shared->running : 0L);
}

bool handle_start(struct handle *handle)
{
	handle->socket_errno = 0;
	handle->address_refused = false;
	handle->ended = false;
	handle->started_us = clock_mono_us();
	if (curl_multi_add_handle(handle->multi, handle->easy) != CURLM_OK)
		return false;
	if (handle->shared)
		count_call(handle->shared, 1);
	return true;
}

bool handle_act(struct handle *handle, bool *out_running)
{
	int running = !handle->ended;
	CURLMcode code = handle->shared ? CURLM_OK : curl_multi_perform(handle->multi, &running);

	*out_running = running > 0;
	return code == CURLM_OK;
}

void handle_unwatch(struct handle *handle)
{
	if (handle->watched_fd >= 0)
		fiber_unwatch(handle->watched_fd);
	handle->watched_fd = -1;
}

static void handle_fiber_wait(
    struct handle *handle, int client_fd, int wait_ms, bool *out_client_ready)
{
	int64_t now_us = clock_mono_us(), until_us = now_us + (int64_t)wait_ms * 1000,
		watch_us = handle->started_us + WATCH_AFTER_US;

	if (client_fd < 0) {
		handle_unwatch(handle);
	} else if (handle->watched_fd < 0 && now_us >= watch_us) {
		fiber_watch(client_fd, EPOLLIN | EPOLLRDHUP);
		handle->watched_fd = client_fd;
	} else if (handle->watched_fd < 0 && until_us > watch_us) {
		until_us = watch_us;
	}
	if (handle->watched_fd < 0 || !fiber_watched(handle->watched_fd))
		fiber_wait(until_us);
	*out_client_ready = handle->watched_fd >= 0 && fiber_watched(handle->watched_fd);
}

bool handle_wait(struct handle *handle, int client_fd, int wait_ms, bool *out_client_ready)
{
	struct curl_waitfd client = { .fd = client_fd, .events = CURL_WAIT_POLLIN };
	unsigned extra = client_fd >= 0 ? 1 : 0;
	int ready;

	if (handle->shared) {
		handle_fiber_wait(handle, client_fd, wait_ms, out_client_ready);
		return true;
	}
	if (curl_multi_poll(handle->multi, extra ? &client : NULL, extra, wait_ms, &ready) !=
	    CURLM_OK)
		return false;
	*out_client_ready = client.revents != 0;
	return true;
}

static CURLcode result_of(struct handle *handle)
{
	CURLMsg *message;
	int left;

	if (handle->shared)
		return handle->ended ? handle->code : CURLE_OK;
	message = curl_multi_info_read(handle->multi, &left);
	return message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_OK;
}

CURLcode handle_finish(struct handle *handle)
{
	CURLcode code = result_of(handle);

	if (handle->shared)
		handle_unwatch(handle);
	handle->fiber = NULL;
	curl_multi_remove_handle(handle->multi, handle->easy);
	if (handle->shared)
		count_call(handle->shared, -1);
	return code;
}

/* ---- making and freeing ---- */

struct handle *handle_new(CURLSH *share, struct shared_multi *shared)
{
	struct handle *handle = alloc_zero(1, sizeof *handle);

	handle->shared = shared;
	handle->watched_fd = -1;
	handle->easy = curl_easy_init();
	handle->multi = shared ? shared->multi : curl_multi_init();
	if (!handle->easy || !handle->multi) {
		handle_free(handle);
		return NULL;
	}
	if (!shared)
		curl_multi_setopt(handle->multi, CURLMOPT_MAXCONNECTS,
		    2L); /* one in use, one of the provider before */
	set_constants(handle, share);
	return handle;
}

void handle_free(struct handle *handle)
{
	if (handle->multi && handle->easy && !handle->shared)
		curl_multi_remove_handle(handle->multi, handle->easy);
	curl_easy_cleanup(handle->easy);
	if (!handle->shared)
		curl_multi_cleanup(handle->multi);
	curl_url_cleanup(handle->parts);
	free(handle->url);
	free(handle);
}
