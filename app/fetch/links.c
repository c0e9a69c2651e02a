/*
 * Connections that are kept.  See the header.
 */
#include "fetch/links.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/clock.h"

#include "base/banned.h"

#define KEPT_A_CALL 4
#define KEPT_LEAST  64
#define KEPT_US     INT64_C(118000000) /* as libcurl's own; most servers close earlier */

void links_init(struct links *all, CURLM *multi, CURLSH *share)
{
	all->home.multi = multi;
	all->home.share = share;
	pthread_mutex_init(&all->mutex, NULL);
}

void links_count_call(struct links *all, int change)
{
	pthread_mutex_lock(&all->mutex);
	all->calls += change;
	pthread_mutex_unlock(&all->mutex);
}

/* ---- the list ---- */

static struct link *unlink_locked(struct links *all, struct link **at)
{
	struct link *link = *at;

	*at = link->next;
	link->next = NULL;
	link->is_kept = false;
	all->kept_count--;
	return link;
}

static struct link *oldest_locked(struct links *all)
{
	struct link **at = &all->kept;

	while (*at && (*at)->next)
		at = &(*at)->next;
	return *at ? unlink_locked(all, at) : NULL;
}

typedef bool is_wanted(const struct link *link, const char *text);

static bool has_url(const struct link *link, const char *url)
{
	return strcmp(link->to->url, url) == 0;
}

static bool has_origin(const struct link *link, const char *origin)
{
	return strcmp(link->to->origin, origin) == 0;
}

static struct link *pick(struct links *all, is_wanted *wanted, const char *text)
{
	struct link **at, *picked;

	pthread_mutex_lock(&all->mutex);
	at = &all->kept;
	while (*at && !wanted(*at, text))
		at = &(*at)->next;
	picked = *at ? unlink_locked(all, at) : NULL;
	pthread_mutex_unlock(&all->mutex);
	return picked;
}

/* What is too old or not in order is closed on the way. */
static struct link *pick_open(struct links *all, is_wanted *wanted, const char *text)
{
	struct link *link;

	while ((link = pick(all, wanted, text)) != NULL) {
		if (clock_mono_us() - link->kept_us < KEPT_US && link_is_clean(link))
			break;
		link_close(link);
	}
	return link;
}

struct link *links_take(struct links *all, const char *url, struct destination **to)
{
	struct link *link = pick_open(all, has_url, url);

	if (link) {
		destination_free(*to);
		*to = link->to;
		link->to = NULL;
		return link;
	}
	if (!*to)
		*to = destination_new(url);
	if ((*to)->wrong)
		return NULL;
	link = pick_open(all, has_origin, (*to)->origin);
	if (link) {
		destination_free(link->to);
		link->to = NULL;
	}
	return link;
}

void links_keep(struct link *link, struct destination *to)
{
	struct links *all = (struct links *)link->home; /* its first member */
	struct link *oldest = NULL;
	int most;

	link_unwatch(link);
	link->is_streaming = false;
	if (all->home.arm && !all->home.arm(link, EPOLLIN)) {
		link_close(link);
		destination_free(to);
		return;
	}
	link->to = to;
	link->kept_us = clock_mono_us();
	link->is_kept = true;
	pthread_mutex_lock(&all->mutex);
	link->next = all->kept;
	all->kept = link;
	all->kept_count++;
	most = all->calls * KEPT_A_CALL > KEPT_LEAST ? all->calls * KEPT_A_CALL : KEPT_LEAST;
	if (all->kept_count + all->calls > most)
		oldest = oldest_locked(all);
	pthread_mutex_unlock(&all->mutex);
	if (oldest)
		link_close(oldest);
}

void links_drop(struct link *link)
{
	struct links *all = (struct links *)link->home; /* its first member */
	struct link **at = &all->kept;

	pthread_mutex_lock(&all->mutex);
	while (*at != link)
		at = &(*at)->next;
	(void)unlink_locked(all, at);
	pthread_mutex_unlock(&all->mutex);
	link_close(link);
}

bool links_shed(struct links *all)
{
	struct link *oldest;

	pthread_mutex_lock(&all->mutex);
	oldest = oldest_locked(all);
	pthread_mutex_unlock(&all->mutex);
	if (oldest)
		link_close(oldest);
	return oldest != NULL;
}

void links_make_room(struct links *all)
{
	if (atomic_load_explicit(&all->home.is_tight, memory_order_relaxed))
		(void)links_shed(all);
}

void links_release(struct links *all)
{
	struct link *link;

	while ((link = all->kept) != NULL) {
		all->kept = link->next;
		link_close(link);
	}
	pthread_mutex_destroy(&all->mutex);
}
