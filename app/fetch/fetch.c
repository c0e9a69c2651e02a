/*
 * One call to a provider, from top to bottom: a connection to it, the request out and the answer in
 * (fetch/talk.c), and what becomes of the connection.  See the header.
 */
#include "fetch/fetch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "fetch/pool.h"
#include "fetch/talk.h"
#include "fetch/unreached.h"

#include "base/banned.h"

#define ARENA_BYTES ((size_t)1 << 10) /* the answer's headers */

struct fetch_left { /* any call may be one */
	struct talk talk;
	struct links *home;
	struct destination *to;
};

/* ---- a connection ---- */

/* A new link, once it is made.  One for which our own machine has nothing left is made again in the
 * place of an idle one. */
static bool fetch_connect(struct fetch_left *f)
{
	struct talk *x = &f->talk;
	enum fetch_end end;

	links_make_room(f->home);
	for (;;) {
		x->link = link_new(&f->home->home, f->to, x->call);
		while (x->link && !x->link->is_ended)
			if (!talk_wait(x, 0))
				return false;
		if (x->link && x->link->code == CURLE_OK)
			return true;
		end = x->link ? unreached_end(x->link) : FETCH_LOCAL;
		if (end != FETCH_LOCAL || !links_shed(f->home))
			return talk_end(x, end,
			    x->link ? unreached_why(x->link) : "no handle for a connection");
		if (x->link)
			link_close(x->link);
	}
}

static bool is_allowed(struct fetch_left *f)
{
	CURLcode wrong = f->to->wrong;

	if (!wrong && f->to->is_plain && !f->talk.call->allow_http)
		wrong = CURLE_UNSUPPORTED_PROTOCOL;
	if (!wrong)
		return true;
	return talk_end(&f->talk, wrong == CURLE_OUT_OF_MEMORY ? FETCH_LOCAL : FETCH_NOT_SENT,
	    curl_easy_strerror(wrong));
}

static bool compose(struct fetch_left *f)
{
	struct talk *x = &f->talk;

	if (x->outgoing.call || outgoing_begin(&x->outgoing, x->call, f->to))
		return true;
	return talk_end(x, FETCH_LOCAL, "a header holds a byte that is not printable ASCII");
}

/*
 * A connection that has taken the first bytes of the request.  A kept one may have been closed by
 * the provider since somebody looked: when it takes no byte, another one is tried.  Once it has
 * taken one the provider may have read and billed the request, and it is never sent again.
 */
static bool begin_on_one(struct fetch_left *f)
{
	struct talk *x = &f->talk;

	for (;;) {
		bool is_kept;

		/* addresses that no other call may meet are not met on a kept one either */
		if (x->call->allow_metadata)
			f->to = f->to ? f->to : destination_new(x->call->url);
		else
			x->link = links_take(f->home, x->call->url, &f->to);
		is_kept = x->link != NULL;
		if (is_kept)
			x->link->begun_us = x->started_us;
		if (!is_allowed(f) || !compose(f) || (!is_kept && !fetch_connect(f)))
			return false;
		if (talk_send(x) != LINK_BROKEN || x->out->sent || !is_kept)
			return true;
		link_close(x->link);
		x->link = NULL;
		x->is_cut = false;
	}
}

/* ---- the end ---- */

/* May it go on without who made it?  The provider has all of it, and bills what it makes of it. */
static bool is_left(const struct talk *x)
{
	return x->is_limit && x->call->may_be_left && x->out->sent && !x->is_sending && !x->is_cut;
}

/* Who made the call takes its terms and its result with him. */
static void leave(struct fetch_left *f)
{
	struct talk *x = &f->talk;

	link_unwatch(x->link);
	x->out->end = x->end;
	x->out->left = f;
	x->call = NULL;
	x->out = NULL;
}

/* Before anything was sent a time limit is the connection's, and after it our own trouble does not
 * mean that nothing was billed. */
static enum fetch_end end_of(const struct talk *x)
{
	bool sent = x->out->sent;

	switch (x->end) {
	case FETCH_TIMEOUT_FIRST_BYTE:
	case FETCH_TIMEOUT_TOTAL:
		return sent ? x->end : FETCH_TIMEOUT_CONNECT;
	case FETCH_LOCAL:
		if (x->is_head_done)
			return FETCH_BROKEN;
		return sent ? FETCH_NO_ANSWER : FETCH_LOCAL;
	default:
		return x->end;
	}
}

static void fetch_over(struct fetch_left *f)
{
	struct talk *x = &f->talk;

	if (x->link && talk_may_keep(x)) {
		links_keep(x->link, f->to);
		f->to = NULL;
	} else if (x->link) {
		link_close(x->link);
	}
	links_count_call(f->home, -1);
	destination_free(f->to);
	outgoing_release(&x->outgoing);
	arena_release(&x->arena);
	free(x->bytes);
	free(f);
}

static void conclude(struct fetch_left *f, bool is_done)
{
	struct talk *x = &f->talk;

	x->out->end = is_done ? FETCH_DONE : end_of(x);
	if (!is_done && *x->why)
		snprintf(x->out->detail, sizeof x->out->detail, "%s", x->why);
	fetch_over(f);
}

void fetch_http(struct fetch_pool *pool, const struct fetch_call *call, struct fetch_result *out)
{
	struct links *home = pool_links(pool);
	struct fetch_left *f;
	struct talk *x;
	bool is_done;

	*out = (struct fetch_result){ .end = FETCH_LOCAL };
	if (!home) {
		snprintf(out->detail, sizeof out->detail, "no handle for a connection");
		return;
	}
	f = alloc_zero(1, sizeof *f);
	f->home = home;
	x = &f->talk;
	x->call = call;
	x->out = out;
	x->watch_client = call->client_fd >= 0 && call->client_gone;
	arena_init_small(&x->arena, ARENA_BYTES);
	x->started_us = x->last_byte_us = x->woken_us = clock_mono_us();
	links_count_call(home, 1);
	is_done = begin_on_one(f) && talk_finish(x);
	if (!is_done && is_left(x))
		leave(f);
	else
		conclude(f, is_done);
}

void fetch_go_on(struct fetch_left *left, const struct fetch_call *how, struct fetch_result *out)
{
	struct talk *x = &left->talk;

	*out = (struct fetch_result){ .end = FETCH_LOCAL, .status = x->head.status, .sent = true };
	x->call = how;
	x->out = out;
	x->has_ended = x->is_limit = x->watch_client = false;
	conclude(left, talk_finish(x));
}

void fetch_give_up(struct fetch_left *left)
{
	fetch_over(left);
}
