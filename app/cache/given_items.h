#ifndef CACHE_GIVEN_ITEMS_H
#define CACHE_GIVEN_ITEMS_H

/*
 * Items of Responses answers that a client names again by their ids (`item_reference`).
 *
 * A client that does not say `store: false` may expect its answers to be stored; Vercel's AI SDK
 * does, by default, and sends an id instead of a text in every second turn.  So what such a client
 * was given is kept for a while (sideways_settings.keep_items_seconds; 0: not at all), and put back
 * where it is named: the provider and the bound see the whole input.
 *
 * An item is kept beside the response cache, in the store or in Redis, under a hash of the virtual
 * key's id and the item's, and sealed with a key that is made of the client's secret: nobody reads
 * it without that.  What cannot be kept is as if it were over.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "settings/settings.h"
#include "store/store.h"

struct given_items {
	struct store *store;
	const struct cache_settings *settings;
	struct arena *arena;
	const char *key_id;
	unsigned char seal[32];
	int64_t keep_ms;
	bool wanted; /* this answer's items are to be kept */
};

void given_items_init(struct given_items *items, struct store *store,
    const struct settings *settings, const char *key_id, const char *secret, struct arena *arena);

/* The body with the items in the place of their references; *out is body when there are none.
 * ERROR_UNSUPPORTED names an id that is not known, or not any more.  Sets wanted. */
int given_items_resolve(
    struct given_items *items, struct slice body, struct slice *out, struct error *err);

/* An event on its way to the client, and a whole answer. */
void given_items_event(struct given_items *items, const char *name, struct slice data);
void given_items_answer(struct given_items *items, struct slice body);

#endif
