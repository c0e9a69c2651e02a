#ifndef VIEWS_VIEW_SPEND_H
#define VIEWS_VIEW_SPEND_H

/*
 * Who spent what, from the sums by day (UTC), so that the length of the log does not matter.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

enum spend_by { SPEND_BY_KEY, SPEND_BY_TEAM, SPEND_BY_MODEL, SPEND_BY_PROVIDER, SPEND_BY_DAY };

struct spend_filter { /* NULL and 0: all */
	const char *key_id, *team_id;
	int64_t from_ms, to_ms; /* whole days: the day of to_ms is the last one */
	int limit;              /* 1 to 10000, else 100 */
};

/*
 * [{id (key, team, model or provider; of a day its date, and day_ms), name (for people), attempts,
 * failures, input_tokens, output_tokens, cost_nano/_usd}], the most spent first; days from the
 * oldest. The key id "master" is the master key's; team '' is no team.
 */
json_t *view_spend(
    struct store *store, enum spend_by by, const struct spend_filter *filter, struct error *err);

/* Of all in those days; -1 and err. */
int view_spend_total(
    struct store *store, int64_t from_ms, int64_t to_ms, int64_t *out_nano, struct error *err);

#endif
