/*
 * Alerts: what is wrong now, what was, who was told, and of which nobody wants to hear.
 */
#include <stdlib.h>
#include <string.h>

#include "accounts/audit_event.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "panel/pages.h"
#include "relay/catalog.h"
#include "telemetry/alerts.h"
#include "views/view_alerts.h"

#include "base/banned.h"

#define ROWS 100

static const char *lasted(int64_t ms, struct arena *arena)
{
	int64_t minutes = (ms + 30000) / 60000;

	if (minutes < 1)
		return "less than a minute";
	if (minutes < 120)
		return arena_printf(
		    arena, "%lld minute%s", (long long)minutes, minutes == 1 ? "" : "s");
	if (minutes >= 48 * 60)
		return arena_printf(arena, "%lld days %lld h", (long long)(minutes / 1440),
		    (long long)(minutes / 60 % 24));
	return arena_printf(
	    arena, "%lld h %lld min", (long long)(minutes / 60), (long long)(minutes % 60));
}

/* The two lists of the page, in words. */
static void split(struct page_call *call, json_t *data)
{
	json_t *lasting = json_array(), *over = json_array(), *alert;
	size_t i;

	json_array_foreach(json_object_get(data, "alerts"), i, alert)
	{
		bool open = json_read_true(alert, "open");

		json_set_text(
		    alert, "lasted", lasted(json_read_int(alert, "lasted_ms", 0), call->arena));
		(void)json_array_append(open ? lasting : over, alert);
	}
	json_set_all(data, "lasting over", lasting, over);
}

static json_t *destinations(const struct settings *settings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < settings->alerts.destination_count; i++) {
		json_t *one = json_object();

		json_set_text(one, "name", settings->alerts.destinations[i].name);
		json_append(list, one);
	}
	return list;
}

json_t *page_alerts(struct page_call *call, struct error *err)
{
	const char *before = page_query(call, "before");
	struct alerts_filter filter = { .with_ended = true,
		.with_muted = true,
		.before_id = before ? strtoll(before, NULL, 10) : 0,
		.limit = ROWS };
	json_t *data = view_alerts(call->store, &filter, call->now_ms, err);
	json_int_t older;

	if (!data)
		return NULL;
	split(call, data);
	older = json_read_int(data, "older", 0);
	json_set_all(data, "older_link destinations",
	    older ? arena_printf(call->arena, "/alerts?before=%lld", (long long)older) : NULL,
	    destinations(catalog_settings(call->catalog)));
	return data;
}

static const struct {
	const char *name;
	int64_t lasts_ms; /* 0: until it ends */
} mutes[] = {
	{ "hour", INT64_C(3600000) },
	{ "day", INT64_C(86400000) },
	{ "cause", 0 },
	{ "off", ALERT_UNMUTED },
};

json_t *page_alerts_post(struct page_call *call, struct error *err)
{
	const char *id = page_form(call, "id"), *wish = page_form(call, "mute");
	struct audit_record record = { "alert.mute", "alert", id };
	struct actor actor = page_actor(call);
	const size_t count = sizeof mutes / sizeof mutes[0];
	size_t i = 0;

	if (page_fields(call, "id mute", err) < 0)
		return NULL;
	while (i < count && !(wish && strcmp(mutes[i].name, wish) == 0))
		i++;
	if (!id || i == count)
		return json_none(
		    error_set(err, ERROR_BAD_REQUEST, "mute: write hour, day, cause or off"));
	if (alerts_mute(call->store, strtoll(id, NULL, 10),
		(mutes[i].lasts_ms > 0 ? call->now_ms : 0) + mutes[i].lasts_ms, err) != 0 ||
	    audit_note(call->store, &actor, &record, id,
		arena_printf(call->arena, "{\"mute\":\"%s\"}", mutes[i].name), call->now_ms,
		err) != 0)
		return NULL;
	return page_redirect(call, "/alerts");
}
