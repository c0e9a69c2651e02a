#ifndef VIEWS_VIEW_USAGE_H
#define VIEWS_VIEW_USAGE_H

/*
 * What was spent between two hours, by one thing at a time, from sums that the store keeps: the
 * length of the log does not matter.
 */
#include <stdbool.h>
#include <stdint.h>

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
/* Are its sums kept hour by hour together?  Else view_usage gives one row a thing for all hours,
 * and view_usage_hours those of one. */
bool view_usage_is_hourly(enum usage_by by);

struct usage_row {       /* texts live until the next row */
	int64_t hour_ms; /* 0: all hours */
	const char
	    *id; /* of a model "provider/model"; the master key's is "master"; no team is "" */
	const char *name; /* for people */
	const char *note; /* a model's provider and tier, a key's team; or NULL */
	int64_t attempts, failures, input_tokens, output_tokens, cost_nano;
};
typedef void usage_each(void *ctx, const struct usage_row *row);

/* From the beginning of from_ms's hour to that of to_ms's. */
int view_usage(struct store *store, enum usage_by by, int64_t from_ms, int64_t to_ms,
    usage_each *each, void *ctx, struct error *err);
int view_usage_hours(struct store *store, enum usage_by by, const char *id, int64_t from_ms,
    int64_t to_ms, usage_each *each, void *ctx, struct error *err);

#endif
