#ifndef VIEWS_VIEW_USAGE_H
#define VIEWS_VIEW_USAGE_H

/*
 * What was spent between two hours, by one thing at a time, from sums that the store keeps: the
 * length of the log does not matter.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

enum usage_by {
	USAGE_BY_MODEL,
	USAGE_BY_PROVIDER,
	USAGE_BY_TIER,
	USAGE_BY_KEY,
	USAGE_BY_TEAM,
	USAGE_BY_USER,
	USAGE_BY_TAG
};
#define USAGE_BY_COUNT 7

const char *view_usage_name(enum usage_by by); /* "model" */

/* What all rows must be of: of a thing by its id, "provider/model" for a model; NULL: whatever.  A
 * user and a tag cannot be asked for together, nor one of them by the other. */
struct usage_filter {
	const char *of[USAGE_BY_COUNT];
};

bool view_usage_is_filtered(const struct usage_filter *filter);

/* Are there rows for each hour, or may whole days stand at their first hour?  With a filter hours
 * are kept only of models, providers and tiers, by those. */
bool view_usage_is_hourly(enum usage_by by, const struct usage_filter *filter);

struct usage_row {       /* texts live until the next row */
	int64_t hour_ms; /* a day's first, where hours are not kept */
	const char
	    *id; /* of a model "provider/model"; the master key's is "master"; no team is "" */
	const char *tier; /* of a model */
	int64_t attempts, failures, input_tokens, output_tokens, cost_nano;
};
typedef void usage_each(void *ctx, const struct usage_row *row);

/* From the beginning of from_ms's hour to that of to_ms's; where hours are not kept for a filter,
 * of whole days (UTC) that begin in between.  Rows of one thing may be many, in any order. */
int view_usage(struct store *store, enum usage_by by, const struct usage_filter *filter,
    int64_t from_ms, int64_t to_ms, usage_each *each, void *ctx, struct error *err);

/* Of one key, team, user or tag, hour by hour. */
int view_usage_hours(struct store *store, enum usage_by by, const char *id, int64_t from_ms,
    int64_t to_ms, usage_each *each, void *ctx, struct error *err);

/* A thing's name for people, and a key's team (NULL: none). */
int view_usage_names(struct store *store, enum usage_by by, const char *id, struct arena *arena,
    const char **out_name, const char **out_team, struct error *err);

#endif
