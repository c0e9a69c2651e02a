/*
 * Sums of spend.  See the header.
 */
#include "views/view_spend.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_build.h"
#include "views/view_rows.h"

#include "base/banned.h"

#define DAY_MS    INT64_C(86400000)
#define ROWS      100
#define MOST_ROWS 10000
#define LAST_DAY  INT64_C(106751991167) /* INT64_MAX milliseconds */

static const char *const by_names[] = {
	[SPEND_BY_KEY] = "key",
	[SPEND_BY_TEAM] = "team",
	[SPEND_BY_MODEL] = "model",
	[SPEND_BY_PROVIDER] = "provider",
	[SPEND_BY_DAY] = "day",
};

/* Each from the smallest sums that have what is asked. */
static enum sql_name statement_for(enum spend_by by, const struct spend_filter *filter)
{
	if (filter->key_id)
		return SQL_VIEW_SPEND_OF_KEY;
	if (by == SPEND_BY_DAY)
		return SQL_VIEW_SPEND_DAYS;
	return filter->team_id ? SQL_VIEW_SPEND_OF_TEAM : SQL_VIEW_SPEND_ALL;
}

static void bind_days(struct statement *s, int64_t from_ms, int64_t to_ms)
{
	statement_bind(
	    s, ":from", from_ms / DAY_MS, ":to", to_ms > 0 ? to_ms / DAY_MS + 1 : LAST_DAY);
}

static void view_spend_bind_filter(
    struct statement *s, enum spend_by by, enum sql_name name, const struct spend_filter *filter)
{
	if (name == SQL_VIEW_SPEND_OF_KEY)
		statement_bind(s, ":key_id", filter->key_id);
	if (name != SQL_VIEW_SPEND_ALL)
		statement_bind(s, ":team_id", filter->team_id);
	if (name != SQL_VIEW_SPEND_DAYS)
		statement_bind(s, ":by", by_names[by]);
}

static json_t *view_spend_row_json(const struct statement *s, enum spend_by by)
{
	json_t *row = view_object(s);

	if (by == SPEND_BY_DAY) {
		struct clock_text date = clock_iso(statement_int(s, 0) * DAY_MS);

		date.text[10] = '\0'; /* the date alone */
		json_set_all(
		    row, "id name day_ms", date.text, date.text, statement_int(s, 0) * DAY_MS);
	} else {
		const char *id = statement_text(s, 0), *name = statement_text(s, 1);

		json_set_all(row, "id name", id,
		    name                        ? name
		    : strcmp(id, "master") == 0 ? "master key"
		    : *id                       ? id
						: "no team");
	}
	json_set_all(row, "attempts failures input_tokens output_tokens cost$", statement_int(s, 2),
	    statement_int(s, 3), statement_int(s, 4), statement_int(s, 5), statement_int(s, 6));
	return row;
}

json_t *view_spend(
    struct store *store, enum spend_by by, const struct spend_filter *filter, struct error *err)
{
	enum sql_name name = statement_for(by, filter);
	AUTO_READ struct statement *s = store_read(store, name, err);
	json_t *list = json_array();
	int result;

	view_spend_bind_filter(s, by, name, filter);
	bind_days(s, filter->from_ms, filter->to_ms);
	statement_bind(
	    s, ":limit", filter->limit >= 1 && filter->limit <= MOST_ROWS ? filter->limit : ROWS);
	while ((result = statement_step(s, err)) == 1)
		json_append(list, view_spend_row_json(s, by));
	return json_if(result == 0, list);
}

int view_spend_total(
    struct store *store, int64_t from_ms, int64_t to_ms, int64_t *out_nano, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_VIEW_SPEND_TOTAL, err);
	int result;

	bind_days(s, from_ms, to_ms);
	result = statement_step(s, err);
	if (result == 1)
		*out_nano = statement_int(s, 0);
	return result == 1 ? 0 : -1;
}
