#ifndef SIMULATE_TRAFFIC_H
#define SIMULATE_TRAFFIC_H

/*
 * The requests of a simulation, in the order of their times: made up (so many an hour, evenly), or
 * those of a log: a JSON array of requests as this gateway's /logs and LiteLLM's /spend/logs give
 * them (startTime, model_group or model, prompt_tokens, completion_tokens).
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define TRAFFIC_MOST 200000 /* requests */

struct traffic_request {
	int64_t at_ms;
	const char *model;
	int64_t input_tokens, output_tokens;
};

struct traffic { /* in the arena */
	struct traffic_request *items;
	size_t count;
	int64_t from_ms, until_ms; /* whole hours around the requests */
};

struct traffic_plan {
	int64_t from_ms, until_ms;
	int64_t per_hour;
	const char *const *models; /* in turn */
	size_t model_count;
	int64_t input_tokens, output_tokens;
};

int traffic_make(
    const struct traffic_plan *plan, struct arena *arena, struct traffic *out, struct error *err);

/* ERROR_USAGE names the file, and the entry that is wrong. */
int traffic_read(const char *path, struct arena *arena, struct traffic *out, struct error *err);

#endif
