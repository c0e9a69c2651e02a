#ifndef SIMULATE_WORLD_H
#define SIMULATE_WORLD_H

/*
 * The providers of a simulation: a transport that answers each call in its provider's own format,
 * or fails as the outages say.  Nothing leaves the process.
 *
 * world_prepare changes the settings so that each deployment's address holds its number; by that
 * the transport knows who is called.  There is one world at a time, because a transport is a plain
 * function; simulations run on one thread.
 */
#include "base/arena.h"
#include "fetch/fetch.h"
#include "settings/settings.h"
#include "simulate/outage.h"

struct world {
	const struct settings *settings;
	const struct outage *outages;
	size_t outage_count;
	int64_t latency_ms; /* of an answer */
	/* of the request that is being played */
	int64_t input_tokens, output_tokens;
};

/* Addresses, and keys where they are missing; they live in the arena. */
void world_prepare(struct settings *settings, struct arena *arena);

/* The world that world_transport plays; the caller's, and to stay as long as calls are made. */
void world_enter(struct world *world);
fetch_transport world_transport;

#endif
