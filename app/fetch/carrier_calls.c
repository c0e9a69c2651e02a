/*
 * libcurl's socket interface on a carrier, and the sockets that it has made.  See the header.
 */
#include "fetch/carrier_calls.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "fetch/moderation.h"

#include "base/banned.h"

struct carrier_calls {
	struct carrier_part part;
	struct links links;
	struct moderation moderation;
	struct link **by_fd; /* those that libcurl has made */
	size_t fd_room;
};

/* ---- connections ---- */

static struct link **slot_of(struct carrier_calls *calls, int fd)
{
	size_t need = (size_t)fd + 1, room = calls->fd_room ? calls->fd_room : 256;

	if (need > calls->fd_room) {
		while (room < need)
			room *= 2;
		calls->by_fd = alloc_grow(calls->by_fd, room, sizeof(struct link *));
		memset(calls->by_fd + calls->fd_room, 0,
		    (room - calls->fd_room) * sizeof(struct link *));
		calls->fd_room = room;
	}
	return &calls->by_fd[fd];
}

static struct carrier_calls *calls_of(const struct link *link)
{
	return (struct carrier_calls *)((char *)link->home - offsetof(struct carrier_calls, links));
}

static void know(struct link *link, bool is_there)
{
	*slot_of(calls_of(link), link->fd) = is_there ? link : NULL;
}

static void disarm(struct carrier_calls *calls, struct link *link)
{
	if (link->is_moderated)
		moderation_unwatch(&calls->moderation, link->fd);
	else
		carrier_unwatch(&calls->part, link->fd);
	link->armed = 0;
	link->is_moderated = false;
}

static bool arm_link(struct link *link, uint32_t events)
{
	struct carrier_calls *calls = calls_of(link);
	bool moderated =
	    link->is_streaming && events == EPOLLIN && moderation_counts(&calls->moderation);
	int refused = 0;

	if (link->armed == events && link->is_moderated == moderated)
		return true;
	if (!events || link->is_moderated != moderated)
		disarm(calls, link);
	if (moderated)
		refused = moderation_watch(&calls->moderation, link->fd);
	else if (events)
		refused = carrier_watch(&calls->part, link->fd, events, (unsigned)link->fd);
	if (refused)
		return false;
	link->armed = events;
	link->is_moderated = moderated;
	return true;
}

/* Of one that nobody waits for: it is kept, and over, unless TLS has something to say; or its fiber
 * has no time. */
static void hear(struct link *link)
{
	if (link_hear(link))
		return;
	if (!link->is_kept)
		(void)arm_link(link, 0);
	else if (!link_is_clean(link))
		links_drop(link);
}

static void hear_moderated(struct moderation *moderation, int fd, bool is_ending)
{
	struct carrier_calls *calls =
	    (struct carrier_calls *)((char *)moderation -
				     offsetof(struct carrier_calls, moderation));
	struct link *link = *slot_of(calls, fd);

	if (link && is_ending)
		disarm(calls, link); /* its next wait asks anew, and hears of the end */
	if (link)
		hear(link);
}

/* ---- libcurl ---- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	const struct carrier_calls *calls = ctx;
	uint32_t events =
	    (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);

	if (what == CURL_POLL_REMOVE || !events)
		carrier_unwatch(&calls->part, fd);
	else
		(void)carrier_watch(&calls->part, fd, events,
		    (unsigned)fd); /* or the call ends at its time limit */
	return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	struct carrier_calls *calls = ctx;

	calls->part.due_us = timeout_ms < 0 ? 0 : clock_mono_us() + timeout_ms * 1000;
	return 0;
}

static void act(struct carrier_calls *calls, curl_socket_t fd, int what)
{
	CURLMsg *message;
	int count;

	(void)curl_multi_socket_action(
	    calls->links.home.multi, fd, what, &count); /* calls end at their limits */
	while ((message = curl_multi_info_read(calls->links.home.multi, &count))) {
		char *link = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &link);
		link_made((struct link *)(void *)link, message->data.result);
	}
}

static void on_event(struct carrier_part *part, uint64_t what, uint32_t events)
{
	struct carrier_calls *calls = (struct carrier_calls *)part; /* its first member */
	int fd = (int)what, bits = 0;
	struct link *link = *slot_of(calls, fd);

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
	act(calls, fd, bits);
}

static void on_due(struct carrier_part *part)
{
	act((struct carrier_calls *)part, CURL_SOCKET_TIMEOUT, 0);
}

static void on_release(struct carrier_part *part)
{
	struct carrier_calls *calls = (struct carrier_calls *)part;

	links_release(&calls->links);
	moderation_end(&calls->moderation);
	curl_multi_cleanup(calls->links.home.multi);
	free(calls->by_fd);
	free(calls);
}

struct links *carrier_calls_of(struct fetch_pool *pool, CURLSH *share)
{
	struct carrier *carrier = carrier_current();
	struct carrier_calls *calls = (struct carrier_calls *)carrier_find(carrier, pool);
	CURLM *multi;

	if (calls)
		return &calls->links;
	multi = curl_multi_init();
	if (!multi)
		return NULL;
	calls = alloc_zero(1, sizeof *calls);
	if (moderation_begin(&calls->moderation, carrier, hear_moderated) != 0) {
		curl_multi_cleanup(multi);
		free(calls);
		return NULL;
	}
	links_init(&calls->links, multi, share);
	calls->links.home.know = know;
	calls->links.home.arm = arm_link;
	calls->part = (struct carrier_part){
		.event = on_event, .due = on_due, .release = on_release, .owner = pool
	};
	/* Its connections are never libcurl's to close. */
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1L << 20);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, calls);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, calls);
	carrier_add(carrier, &calls->part);
	return &calls->links;
}
