/*
 * Sums of spend.  See the header.
 */
#include "views/view_spend.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_build.h"
#include "telemetry/sums.h"

#include "base/banned.h"

#define DAY_MS    INT64_C(86400000)
#define ROWS      100
#define MOST_ROWS 10000
#define LAST_DAY  INT64_C(106751991167) /* INT64_MAX milliseconds */

static const struct {
	enum sql_name all, of_key; /* of_key: with the index of a key, where that differs */
} queries[] = {
	[SPEND_BY_KEY] = { SQL_VIEW_SPEND_BY_KEY, SQL_VIEW_SPEND_BY_KEY },
	[SPEND_BY_TEAM] = { SQL_VIEW_SPEND_BY_TEAM, SQL_VIEW_SPEND_BY_TEAM },
	[SPEND_BY_MODEL] = { SQL_VIEW_SPEND_BY_MODEL, SQL_VIEW_SPEND_OF_KEY_BY_MODEL },
	[SPEND_BY_PROVIDER] = { SQL_VIEW_SPEND_BY_PROVIDER, SQL_VIEW_SPEND_BY_PROVIDER },
	[SPEND_BY_DAY] = { SQL_VIEW_SPEND_BY_DAY, SQL_VIEW_SPEND_OF_KEY_BY_DAY },
};

static void bind_days(struct statement *s, int64_t from_ms, int64_t to_ms)
{
	statement_bind_int(s, ":from", from_ms / DAY_MS);
	statement_bind_int(s, ":to", to_ms > 0 ? to_ms / DAY_MS + 1 : LAST_DAY);
}

static json_t *row_json(const struct statement *s, enum spend_by by)
{
	json_t *row = json_object();

	if (by == SPEND_BY_DAY) {
		struct clock_text date = clock_iso(statement_int(s, 0) * DAY_MS);

		date.text[10] = '\0'; /* the date alone */
		json_set_text(row, "id", date.text);
		json_set_text(row, "name", date.text);
		json_set_int(row, "day_ms", statement_int(s, 0) * DAY_MS);
	} else {
		const char *id = statement_text(s, 0), *name = statement_text(s, 1);

		json_set_text(row, "id", id);
		json_set_text(row, "name",
		    name                        ? name
		    : strcmp(id, "master") == 0 ? "master key"
		    : *id                       ? id
						: "no team");
	}
	json_set_int(row, "attempts", statement_int(s, 2));
	json_set_int(row, "failures", statement_int(s, 3));
	json_set_int(row, "input_tokens", statement_int(s, 4));
	json_set_int(row, "output_tokens", statement_int(s, 5));
	json_set_money(row, "cost", statement_int(s, 6));
	return row;
}

json_t *view_spend(
    struct store *store, enum spend_by by, const struct spend_filter *filter, struct error *err)
{
	enum sql_name name = filter->key_id ? queries[by].of_key : queries[by].all;
	struct store_reader *reader = sums_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, name, err) : NULL;
	json_t *list = json_array();
	int result = -1;

	if (s) {
		statement_bind_text(s, ":key_id", filter->key_id);
		statement_bind_text(s, ":team_id", filter->team_id);
		bind_days(s, filter->from_ms, filter->to_ms);
		statement_bind_int(s, ":limit",
		    filter->limit >= 1 && filter->limit <= MOST_ROWS ? filter->limit : ROWS);
	}
	while (s && (result = statement_step(s, err)) == 1)
		json_append(list, row_json(s, by));
	store_reader_return(store, reader);
	if (result == 0)
		return list;
	json_decref(list);
	return NULL;
}

int view_spend_total(
    struct store *store, int64_t from_ms, int64_t to_ms, int64_t *out_nano, struct error *err)
{
	struct store_reader *reader = sums_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_VIEW_SPEND_TOTAL, err) : NULL;
	int result = -1;

	if (s) {
		bind_days(s, from_ms, to_ms);
		result = statement_step(s, err);
	}
	if (result == 1)
		*out_nano = statement_int(s, 0);
	store_reader_return(store, reader);
	return result == 1 ? 0 : -1;
}
