/*
 * Alerts as JSON.  See the header.
 */
#include "views/view_alerts.h"

#include <string.h>

#include "base/json_build.h"
#include "views/view_rows.h"

#include "base/banned.h"

static const struct {
	const char *rule, *title;
} titles[] = {
	{ "fallback_rate", "Fallback rate" },
	{ "error_rate", "Error rate" },
	{ "blocked_upward", "Blocked upward" },
	{ "overrun", "Overrun" },
	{ "unbelieved", "Usage that cannot be" },
	{ "unknown_holds", "Unknown holds" },
	{ "key_refused", "Provider key refused" },
	{ "cooldown", "Cooldown" },
	{ "budget", "Budget" },
	{ "spend_rate", "Spend rate" },
	{ "stale_prices", "Stale prices" },
	{ "disk", "Disk" },
};

static const char *title_of(const char *rule)
{
	for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
		if (strcmp(titles[i].rule, rule) == 0)
			return titles[i].title;
	return rule;
}

static json_t *alert_json(const struct statement *s, int64_t now_ms)
{
	int64_t began = statement_int(s, 2), ended = statement_int(s, 3);
	json_t *alert = view_object(s);

	json_set_all(alert, "title lasted_ms", title_of(statement_text(s, 1)),
	    (ended ? ended : now_ms) - began);
	return alert;
}

json_t *view_alerts(
    struct store *store, const struct alerts_filter *filter, int64_t now_ms, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_ALERT_LIST, err);
	json_t *view = json_object(), *alerts = json_array();
	int64_t open = 0, last = 0, rows = 0;
	int result;

	json_set(view, "alerts", alerts);
	statement_bind(s, ":now_ms", now_ms, ":with_ended", filter->with_ended, ":with_muted",
	    filter->with_muted, ":before_id", filter->before_id > 0 ? filter->before_id : INT64_MAX,
	    ":most", filter->limit);
	while ((result = statement_step(s, err)) == 1) {
		open += statement_int(s, 3) == 0;
		last = statement_int(s, 0);
		rows++;
		json_append(alerts, alert_json(s, now_ms));
	}
	if (result < 0) {
		json_decref(view);
		return NULL;
	}
	json_set_int(view, "open", open);
	if (filter->with_ended && rows == filter->limit)
		json_set_int(view, "older", last);
	else
		json_set_null(view, "older");
	return view;
}
