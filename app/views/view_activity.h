#ifndef VIEWS_VIEW_ACTIVITY_H
#define VIEWS_VIEW_ACTIVITY_H

/*
 * What was spent on each day, by key, team, model and provider together: rows to be summed by
 * whoever asks.  From the sums by day (UTC), so that the length of the log does not matter.
 */
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

#define ACTIVITY_ROWS_MOST 100000

struct activity_filter { /* NULL and 0: all */
	const char *key_id, *model;
	const char *team_ids; /* with commas between them */
	const char *user_id;  /* whose keys */
	const char *kind;  /* "user" or "tag": by what clients call so; NULL: all that was spent */
	const char *label; /* that one */
	int64_t from_ms, to_ms; /* whole days */
};

struct activity { /* texts live until the next row */
	int64_t day_ms;
	const char *key_id, *team_id, *model, *provider;         /* '' for none */
	const char *key_hash, *key_alias, *user_id, *team_alias; /* may be NULL */
	const char *label;                                       /* of the user or tag */
	int64_t attempts, failures, input_tokens, output_tokens, cost_nano;
};

typedef void activity_each(void *ctx, const struct activity *row);

/* Days from the oldest.  ERROR_BAD_REQUEST: there are more rows than ACTIVITY_ROWS_MOST. */
int view_activity(struct store *store, const struct activity_filter *filter, activity_each *each,
    void *ctx, struct error *err);

#endif
