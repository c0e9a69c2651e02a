/*
 * One libcurl handle.  See the header.
 */
#include "fetch/handle.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "fetch/authorities.h"

#include "base/banned.h"

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

	if (!handle->allow_metadata && is_metadata_address(&address->addr)) {
		handle->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		handle->socket_errno = errno;
	return fd;
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

bool handle_is_for(const struct handle *handle, const char *url)
{
	return handle->url && strcmp(handle->url, url) == 0;
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
}

/* ---- the transfer ---- */

bool handle_start(struct handle *handle)
{
	handle->socket_errno = 0;
	handle->address_refused = false;
	return curl_multi_add_handle(handle->multi, handle->easy) == CURLM_OK;
}

bool handle_act(struct handle *handle, bool *out_running)
{
	int running = 0;
	CURLMcode code = curl_multi_perform(handle->multi, &running);

	*out_running = running > 0;
	return code == CURLM_OK;
}

bool handle_wait(struct handle *handle, int client_fd, int wait_ms, bool *out_client_ready)
{
	struct curl_waitfd client = { .fd = client_fd, .events = CURL_WAIT_POLLIN };
	unsigned extra = client_fd >= 0 ? 1 : 0;
	int ready;

	if (curl_multi_poll(handle->multi, extra ? &client : NULL, extra, wait_ms, &ready) !=
	    CURLM_OK)
		return false;
	*out_client_ready = client.revents != 0;
	return true;
}

CURLcode handle_finish(struct handle *handle)
{
	int left;
	CURLMsg *message = curl_multi_info_read(handle->multi, &left);
	CURLcode code = message && message->msg == CURLMSG_DONE ? message->data.result : CURLE_OK;

	curl_multi_remove_handle(handle->multi, handle->easy);
	return code;
}

/* ---- making and freeing ---- */

struct handle *handle_new(CURLSH *share)
{
	struct handle *handle = alloc_zero(1, sizeof *handle);

	handle->easy = curl_easy_init();
	handle->multi = curl_multi_init();
	if (!handle->easy || !handle->multi) {
		handle_free(handle);
		return NULL;
	}
	curl_multi_setopt(
	    handle->multi, CURLMOPT_MAXCONNECTS, 2L); /* one in use, one of the provider before */
	set_constants(handle, share);
	return handle;
}

void handle_free(struct handle *handle)
{
	if (handle->multi && handle->easy)
		curl_multi_remove_handle(handle->multi, handle->easy);
	curl_easy_cleanup(handle->easy);
	curl_multi_cleanup(handle->multi);
	curl_url_cleanup(handle->parts);
	free(handle->url);
	free(handle);
}
