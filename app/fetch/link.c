/*
 * A connection to a provider.  See the header.
 */
#include "fetch/link.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "fetch/authorities.h"

#include "base/banned.h"

/* Most answers are there before anybody asks whether their client still is. */
#define WATCH_AFTER_US 20000

/*
 * Of one write under TLS: a record.  When writing fails, then before the whole record has left, and
 * what is not whole cannot be read.
 */
#define RECORD_BYTES ((size_t)16384)

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
static void note_socket(struct link_home *home, int fd)
{
	struct rlimit descriptors;
	bool is_tight = fd < 0 || (getrlimit(RLIMIT_NOFILE, &descriptors) == 0 &&
				      (rlim_t)fd >= descriptors.rlim_cur / 2);

	atomic_store_explicit(&home->is_tight, is_tight, memory_order_relaxed);
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct link *link = ctx;
	int fd;

	if (!link->allow_metadata && is_metadata_address(&address->addr)) {
		link->address_refused = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd < 0)
		link->socket_errno = errno;
	note_socket(link->home, fd);
	return fd;
}

/* ---- making ---- */

static void set_constants(CURL *easy, CURLSH *share)
{
	struct authorities_path authorities;

	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 1024L); /* is not used, and lasts */
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(
	    easy, CURLOPT_NOPROXY, "*"); /* unset, it is looked for in the environment */
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	if (authorities_find("", &authorities))
		curl_easy_setopt(easy, CURLOPT_CAINFO, authorities.text);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_SHARE, share);
}

static void aim(struct link *link, const struct destination *to, const struct fetch_call *call)
{
	CURL *easy = link->easy;

	set_constants(easy, link->home->share);
	/* Whoever gives up while a name is looked up does not wait for the name server's answer,
	 * and all of a carrier with it: libcurl's thread ends by itself. */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, link->home->multi ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_URL, to->origin);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, call->allow_http ? "http,https" : "https");
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->connect_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, link);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, link);
}

struct link *link_new(
    struct link_home *home, const struct destination *to, const struct fetch_call *call)
{
	struct link *link = alloc_zero(1, sizeof *link);

	link->home = home;
	link->fd = link->watched_fd = -1;
	link->is_plain = to->is_plain;
	link->allow_metadata = call->allow_metadata;
	link->easy = curl_easy_init();
	link->multi = home->multi ? home->multi : curl_multi_init();
	link->begun_us = clock_mono_us();
	if (link->easy && link->multi) {
		aim(link, to, call);
		if (curl_multi_add_handle(link->multi, link->easy) == CURLM_OK)
			return link;
	}
	link_close(link);
	return NULL;
}

void link_close(struct link *link)
{
	link_unwatch(link);
	if (link->home->know && link->fd >= 0)
		link->home->know(link, false);
	if (link->multi && link->easy)
		curl_multi_remove_handle(link->multi, link->easy);
	curl_easy_cleanup(link->easy);
	if (!link->home->multi)
		curl_multi_cleanup(link->multi);
	destination_free(link->to);
	free(link);
}

/*
 * Nothing is there yet, for who is called does not speak first.  Reading also makes the connection
 * the handle's for good: libcurl looks after those that are nobody's, and closes one that has
 * something to read.
 */
static CURLcode take_over(struct link *link)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	size_t len;
	char byte;

	if (curl_easy_getinfo(link->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK ||
	    fd == CURL_SOCKET_BAD)
		return CURLE_FAILED_INIT;
	if (curl_easy_recv(link->easy, &byte, 1, &len) != CURLE_AGAIN)
		return CURLE_RECV_ERROR;
	/* the most that is read at a time */
	curl_easy_setopt(link->easy, CURLOPT_BUFFERSIZE, (long)RECORD_BYTES);
	link->fd = (int)fd;
	link->is_drained = true;
	return CURLE_OK;
}

void link_made(struct link *link, CURLcode code)
{
	link->code = code == CURLE_OK ? take_over(link) : code;
	link->is_ended = true;
	if (link->home->know && link->fd >= 0)
		link->home->know(link, true);
	if (link->fiber)
		fiber_wake(link->fiber);
}

/* ---- waiting ---- */

void link_unwatch(struct link *link)
{
	if (link->watched_fd >= 0)
		fiber_unwatch(link->watched_fd);
	link->watched_fd = -1;
	link->fiber = NULL;
}

bool link_hear(struct link *link)
{
	link->is_drained = false;
	if (!link->fiber)
		return false;
	fiber_wake(link->fiber);
	return true;
}

static void wait_in_fiber(
    struct link *link, int client_fd, int64_t until_us, bool *out_client_ready)
{
	int64_t watch_us = link->begun_us + WATCH_AFTER_US;
	bool watch = client_fd >= 0 && link->watched_fd < 0;

	link->fiber = fiber_self();
	if (client_fd < 0 && link->watched_fd >= 0) {
		fiber_unwatch(link->watched_fd);
		link->watched_fd = -1;
	} else if (watch && clock_mono_us() >= watch_us) {
		fiber_watch(client_fd, EPOLLIN | EPOLLRDHUP);
		link->watched_fd = client_fd;
	} else if (watch && until_us > watch_us) {
		until_us = watch_us;
	}
	if (link->watched_fd < 0 || !fiber_watched(link->watched_fd))
		fiber_wait(until_us);
	*out_client_ready = link->watched_fd >= 0 && fiber_watched(link->watched_fd);
	link->fiber = NULL;
}

static int wait_ms(int64_t until_us)
{
	int64_t left_us = until_us - clock_mono_us();

	return left_us <= 0 ? 0 : left_us > 60000000 ? 60000 : (int)(left_us / 1000 + 1);
}

static bool make_on(struct link *link, int client_fd, int64_t until_us, bool *out_client_ready)
{
	struct curl_waitfd client = { .fd = client_fd, .events = CURL_WAIT_POLLIN };
	unsigned extra = client_fd >= 0 ? 1 : 0;
	CURLMsg *message;
	int count;

	if (curl_multi_perform(link->multi, &count) != CURLM_OK)
		return false;
	message = curl_multi_info_read(link->multi, &count);
	if (message && message->msg == CURLMSG_DONE) {
		link_made(link, message->data.result);
		return true;
	}
	if (curl_multi_poll(link->multi, extra ? &client : NULL, extra, wait_ms(until_us), NULL) !=
	    CURLM_OK)
		return false;
	*out_client_ready = client.revents != 0;
	return true;
}

bool link_wait(
    struct link *link, uint32_t events, int client_fd, int64_t until_us, bool *out_client_ready)
{
	struct pollfd both[2] = { { link->fd, (short)events, 0 },
		{ client_fd, POLLIN, 0 } }; /* the bits are epoll's */

	*out_client_ready = false;
	if (link->is_ended && !events) /* it was made while its caller waited for something else */
		return true;
	if (link->home->multi) {
		if (link->is_ended && !link->home->arm(link, events))
			return false;
		wait_in_fiber(link, client_fd, until_us, out_client_ready);
		return true;
	}
	if (!link->is_ended)
		return make_on(link, client_fd, until_us, out_client_ready);
	if (poll(both, 2, wait_ms(until_us)) < 0 && errno != EINTR)
		return false;
	if (both[0].revents)
		link->is_drained = false;
	*out_client_ready = both[1].revents != 0;
	return true;
}

/* ---- bytes ---- */

static enum link_io result_of(ssize_t got, size_t *out_len)
{
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? LINK_LATER : LINK_BROKEN;
	*out_len = (size_t)got;
	return LINK_DONE;
}

static enum link_io result_of_curl(CURLcode code)
{
	return code == CURLE_OK ? LINK_DONE : code == CURLE_AGAIN ? LINK_LATER : LINK_BROKEN;
}

enum link_io link_read(struct link *link, char *bytes, size_t room, size_t *out_len)
{
	enum link_io result;

	*out_len = 0;
	if (link->is_drained)
		return LINK_LATER;
	if (link->is_plain)
		result = result_of(recv(link->fd, bytes, room, 0), out_len);
	else
		result = result_of_curl(curl_easy_recv(link->easy, bytes, room, out_len));
	/* After fewer bytes than asked for there are none, unless TLS has some. */
	link->is_drained =
	    result == LINK_LATER || (link->is_plain && *out_len<room && * out_len> 0);
	return result == LINK_DONE && *out_len == 0 ? LINK_ENDED : result;
}

enum link_io link_write(struct link *link, const char *bytes, size_t len, size_t *out_len)
{
	*out_len = 0;
	if (link->is_plain)
		return result_of(send(link->fd, bytes, len, MSG_NOSIGNAL), out_len);
	return result_of_curl(
	    curl_easy_send(link->easy, bytes, len < RECORD_BYTES ? len : RECORD_BYTES, out_len));
}

bool link_is_clean(struct link *link)
{
	char byte;
	size_t len;

	link->is_drained = false;
	return link_read(link, &byte, 1, &len) == LINK_LATER;
}
