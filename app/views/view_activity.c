/*
 * Spend by day.  See the header.
 */
#include "views/view_activity.h"

#include "base/banned.h"

#define DAY_MS   INT64_C(86400000)
#define LAST_DAY INT64_C(106751991167) /* INT64_MAX milliseconds */

static struct activity activity_row(const struct statement *s)
{
	return (struct activity){ .day_ms = statement_int(s, 0) * DAY_MS,
		.key_id = statement_text(s, 1),
		.key_hash = statement_text(s, 2),
		.key_alias = statement_text(s, 3),
		.user_id = statement_text(s, 4),
		.team_id = statement_text(s, 5),
		.team_alias = statement_text(s, 6),
		.model = statement_text(s, 7),
		.provider = statement_text(s, 8),
		.label = statement_text(s, 9),
		.attempts = statement_int(s, 10),
		.failures = statement_int(s, 11),
		.input_tokens = statement_int(s, 12),
		.output_tokens = statement_int(s, 13),
		.cost_nano = statement_int(s, 14) };
}

static void view_activity_bind(struct statement *s, const struct activity_filter *filter)
{
	statement_bind(s, ":kind", filter->kind ? filter->kind : "", ":label", filter->label,
	    ":key_id", filter->key_id, ":team_ids", filter->team_ids, ":model", filter->model,
	    ":user_id", filter->user_id, ":from", filter->from_ms / DAY_MS, ":to",
	    filter->to_ms > 0 ? filter->to_ms / DAY_MS + 1 : LAST_DAY, ":limit",
	    ACTIVITY_ROWS_MOST + 1);
}

int view_activity(struct store *store, const struct activity_filter *filter, activity_each *each,
    void *ctx, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_ACTIVITY, err);
	int result, count = 0;

	view_activity_bind(s, filter);
	while ((result = statement_step(s, err)) == 1 && count++ < ACTIVITY_ROWS_MOST) {
		struct activity row = activity_row(s);

		each(ctx, &row);
	}
	if (result == 1)
		return error_set(err, ERROR_BAD_REQUEST,
		    "more than %d sums by day: ask for fewer days", ACTIVITY_ROWS_MOST);
	return result;
}
