/*
 * libcurl's socket interface on a carrier, and the sockets that it has made.  See the header.
 */
#include "fetch/carrier_calls.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "fetch/link.h"

#include "base/banned.h"

/* ---- connections ---- */

static struct link **place_of(struct links *all, int fd)
{
	size_t need = (size_t)fd + 1, room = all->fd_room ? all->fd_room : 256;

	if (need > all->fd_room) {
		while (room < need)
			room *= 2;
		all->by_fd = alloc_grow(all->by_fd, room, sizeof(struct link *));
		memset(all->by_fd + all->fd_room, 0, (room - all->fd_room) * sizeof(struct link *));
		all->fd_room = room;
	}
	return &all->by_fd[fd];
}

void carrier_calls_know(struct link *link)
{
	if (link->home->multi && link->fd >= 0)
		*place_of(link->home, link->fd) = link;
}

void carrier_calls_forget(struct links *all, int fd)
{
	if (all->multi && fd >= 0)
		*place_of(all, fd) = NULL;
}

bool carrier_calls_arm(struct link *link, uint32_t events)
{
	const struct carrier_part *part = &link->home->part;

	if (link->armed == events)
		return true;
	if (!events)
		carrier_unwatch(part, link->fd);
	else if (carrier_watch(part, link->fd, events, (unsigned)link->fd) != 0)
		return false;
	link->armed = events;
	return true;
}

/* Of one that nobody waits for: it is kept, and over, unless TLS has something to say; or its fiber
 * has no time. */
static void hear(struct link *link)
{
	if (link_hear(link))
		return;
	if (!link->is_kept)
		(void)carrier_calls_arm(link, 0);
	else if (!link_is_clean(link))
		links_drop(link);
}

/* ---- libcurl ---- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	const struct links *all = ctx;
	uint32_t events =
	    (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);

	if (what == CURL_POLL_REMOVE || !events)
		carrier_unwatch(&all->part, fd);
	else
		(void)carrier_watch(
		    &all->part, fd, events, (unsigned)fd); /* or the call ends at its time limit */
	return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	struct links *all = ctx;

	all->part.due_us = timeout_ms < 0 ? 0 : clock_mono_us() + timeout_ms * 1000;
	return 0;
}

static void act(struct links *all, curl_socket_t fd, int what)
{
	CURLMsg *message;
	int count;

	(void)curl_multi_socket_action(
	    all->multi, fd, what, &count); /* calls end at their limits */
	while ((message = curl_multi_info_read(all->multi, &count))) {
		char *link = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &link);
		link_made((struct link *)(void *)link, message->data.result);
	}
}

static void on_event(struct carrier_part *part, uint64_t what, uint32_t events)
{
	struct links *all = (struct links *)part; /* its first member */
	int fd = (int)what, bits = 0;
	struct link *link = *place_of(all, fd);

	if (link) {
		hear(link);
		return;
	}
	if (events & EPOLLIN)
		bits |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		bits |= CURL_CSELECT_OUT;
	if (events & (EPOLLHUP | EPOLLERR))
		bits |= CURL_CSELECT_ERR;
	act(all, fd, bits);
}

static void on_due(struct carrier_part *part)
{
	act((struct links *)part, CURL_SOCKET_TIMEOUT, 0);
}

static void on_release(struct carrier_part *part)
{
	struct links *all = (struct links *)part;

	links_release(all);
	curl_multi_cleanup(all->multi);
	free(all->by_fd);
	free(all);
}

struct links *carrier_calls_of(struct fetch_pool *pool, CURLSH *share)
{
	struct carrier *carrier = carrier_current();
	struct links *all = (struct links *)carrier_find(carrier, pool);
	CURLM *multi;

	if (all)
		return all;
	multi = curl_multi_init();
	if (!multi)
		return NULL;
	all = alloc_zero(1, sizeof *all);
	links_init(all, multi, share);
	all->part = (struct carrier_part){
		.event = on_event, .due = on_due, .release = on_release, .owner = pool
	};
	/* Its connections are never libcurl's to close. */
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1L << 20);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, all);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, all);
	carrier_add(carrier, &all->part);
	return all;
}
