/*
 * libcurl's socket interface on a carrier.  See the header.
 */
#include "fetch/carrier_calls.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

#include "base/banned.h"

#define HANDLES_KEPT 64 /* idle easy handles, of some 5 KB */

struct carrier_calls {
	struct carrier_part part;
	struct shared_multi shared;
	struct handle *idle;
	int idle_count;
	struct socket_state {
		uint32_t armed; /* events in the epoll set; 0: it is not there */
		bool ours;      /* made by handle.c, which tells of its end */
		bool unused;    /* no call waits for it */
	} * sockets;            /* by descriptor */
	size_t socket_room;
};

/* ---- sockets ---- */

static struct socket_state *socket_of(struct carrier_calls *calls, int fd)
{
	size_t need = (size_t)fd + 1, room = calls->socket_room ? calls->socket_room : 256;

	if (need > calls->socket_room) {
		while (room < need)
			room *= 2;
		calls->sockets = alloc_grow(calls->sockets, room, sizeof(struct socket_state));
		memset(calls->sockets + calls->socket_room, 0,
		    (room - calls->socket_room) * sizeof(struct socket_state));
		calls->socket_room = room;
	}
	return &calls->sockets[fd];
}

static struct carrier_calls *calls_of(struct shared_multi *shared)
{
	return (struct carrier_calls *)((char *)shared - offsetof(struct carrier_calls, shared));
}

static void forget(struct shared_multi *shared, int fd, bool made)
{
	*socket_of(calls_of(shared), fd) = (struct socket_state){ 0, made, false };
}

static void carrier_calls_arm(struct carrier_calls *calls, int fd, uint32_t events)
{
	struct socket_state *state = socket_of(calls, fd);

	if (state->armed == events)
		return;
	if (!events)
		carrier_unwatch(&calls->part, fd);
	else if (carrier_watch(&calls->part, fd, events, (unsigned)fd) != 0)
		return; /* the call ends at its time limit */
	state->armed = events;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	struct carrier_calls *calls = ctx;
	struct socket_state *state = socket_of(calls, fd);

	state->unused = what == CURL_POLL_REMOVE;
	if (state->unused && state->ours && state->armed == EPOLLIN)
		return 0;
	carrier_calls_arm(calls, fd,
	    (what & CURL_POLL_IN && !state->unused ? EPOLLIN : 0u) |
		(what & CURL_POLL_OUT && !state->unused ? EPOLLOUT : 0u));
	return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	struct carrier_calls *calls = ctx;

	calls->part.due_us = timeout_ms < 0 ? 0 : clock_mono_us() + timeout_ms * 1000;
	return 0;
}

/* ---- the carrier's loop ---- */

static void act(struct carrier_calls *calls, curl_socket_t fd, int what)
{
	CURLMsg *message;
	int count;

	(void)curl_multi_socket_action(
	    calls->shared.multi, fd, what, &count); /* calls end at their limits */
	while ((message = curl_multi_info_read(calls->shared.multi, &count))) {
		char *handle = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &handle);
		handle_ended((struct handle *)(void *)handle, message->data.result);
	}
}

static void on_event(struct carrier_part *part, uint64_t what, uint32_t events)
{
	struct carrier_calls *calls = (struct carrier_calls *)part; /* its first member */
	int fd = (int)what, bits = 0;

	if (socket_of(calls, fd)->unused) { /* the provider has closed it; libcurl will see */
		carrier_calls_arm(calls, fd, 0);
		return;
	}
	if (events & (EPOLLHUP | EPOLLERR))
		events |= socket_of(calls, fd)->armed;
	if (events & EPOLLIN)
		bits |= CURL_CSELECT_IN;
	if (events & EPOLLOUT)
		bits |= CURL_CSELECT_OUT;
	act(calls, fd, bits);
}

static void on_due(struct carrier_part *part)
{
	act((struct carrier_calls *)part, CURL_SOCKET_TIMEOUT, 0);
}

static void on_release(struct carrier_part *part)
{
	struct carrier_calls *calls = (struct carrier_calls *)part;

	while (calls->idle) {
		struct handle *handle = calls->idle;

		calls->idle = handle->next;
		handle_free(handle);
	}
	curl_multi_cleanup(calls->shared.multi);
	free(calls->sockets);
	free(calls);
}

struct carrier_calls *carrier_calls_of(struct fetch_pool *pool, CURLSH *share)
{
	struct carrier *carrier = carrier_current();
	struct carrier_calls *calls = (struct carrier_calls *)carrier_find(carrier, pool);

	if (calls)
		return calls;
	calls = alloc_zero(1, sizeof *calls);
	calls->shared.multi = curl_multi_init();
	if (!calls->shared.multi) {
		free(calls);
		return NULL;
	}
	calls->shared.share = share;
	calls->shared.forget = forget;
	calls->part = (struct carrier_part){
		.event = on_event, .due = on_due, .release = on_release, .owner = pool
	};
	curl_multi_setopt(calls->shared.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(calls->shared.multi, CURLMOPT_SOCKETDATA, calls);
	curl_multi_setopt(calls->shared.multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(calls->shared.multi, CURLMOPT_TIMERDATA, calls);
	carrier_add(carrier, &calls->part);
	return calls;
}

/* ---- handles ---- */

struct handle *carrier_calls_take(struct carrier_calls *calls, const char *url)
{
	struct handle *handle = handle_pick(&calls->idle, url);

	if (!handle)
		return handle_new(calls->shared.share, &calls->shared);
	calls->idle_count--;
	return handle;
}

void carrier_calls_give_back(struct handle *handle)
{
	struct carrier_calls *calls = calls_of(handle->shared);

	if (calls->idle_count >= HANDLES_KEPT) {
		handle_free(handle);
		return;
	}
	handle->next = calls->idle;
	calls->idle = handle;
	calls->idle_count++;
}
