/*
 * Episodes and deliveries of alerts.  See the header.
 */
#include "telemetry/alerts.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "telemetry/alert_rules.h"
#include "telemetry/alert_sender.h"

#include "base/banned.h"

#define OLD_MS       INT64_C(21600000) /* of an older begin or end nobody is told any more */
#define TRY_PAUSE_MS 60000             /* a try that is not marked by then may be made again */
#define SEND_MOST    8                 /* messages in one go, each at most some seconds */
#define HISTORY_MS   (INT64_C(90) * 86400000)
#define DUE_ROWS     20

/* ---- looking ---- */

static void keep_into(struct change *change, const struct alert_findings *findings, int64_t now_ms)
{
	for (size_t i = 0; i < findings->count; i++) {
		change_add(change, SQL_ALERT_SEEN);
		change_bind(change, ":rule", findings->items[i].rule, ":subject",
		    findings->items[i].subject, ":severity", findings->items[i].severity, ":words",
		    findings->items[i].words, ":now_ms", now_ms);
	}
	change_add(change, SQL_ALERT_END_UNSEEN);
	change_bind(change, ":now_ms", now_ms, ":calm_ms", ALERT_CALM_MS);
}

static void trim_into(struct change *change, int64_t now_ms)
{
	change_add(change, SQL_ALERT_TRIM_MUTES);
	change_bind(change, ":now_ms", now_ms);
	change_add(change, SQL_ALERT_TRIM);
	change_bind(change, ":before_ms", now_ms - HISTORY_MS);
	change_add(change, SQL_ALERT_TRIM_DELIVERIES);
	change_add(change, SQL_ALERT_SAMPLE_TAKE);
	change_bind(change, ":now_ms", now_ms);
	change_add(change, SQL_ALERT_SAMPLE_TRIM);
	change_bind(change, ":now_ms", now_ms, ":span_ms", ALERT_SPAN_MS);
}

int alerts_look(struct store *store, const struct settings *settings, const char *prices_date,
    int64_t now_ms, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct alert_findings findings;

	if (alert_rules_run(store, settings, prices_date, now_ms, &arena, &findings, err) != 0)
		return -1;
	AUTO_CHANGE struct change *change = change_new();
	keep_into(change, &findings, now_ms);
	trim_into(change, now_ms);
	return store_apply(store, change, err);
}

int alerts_mute(struct store *store, int64_t alert_id, int64_t until_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, until_ms == ALERT_UNMUTED ? SQL_ALERT_UNMUTE : SQL_ALERT_MUTE);
	change_bind(change, ":id", alert_id);
	if (until_ms != ALERT_UNMUTED)
		change_bind(change, ":until_ms", until_ms);
	return store_apply(store, change, err);
}

/* ---- telling ---- */

/* From the ninth column on; NULL: it is about no budget. */
static const struct alert_budget *alerts_read_budget(const struct statement *s, struct arena *arena)
{
	struct alert_budget *budget;

	if (statement_is_null(s, 8))
		return NULL;
	budget = arena_alloc(arena, sizeof *budget);
	*budget = (struct alert_budget){
		.scope = arena_copy(arena, statement_text(s, 8)),
		.scope_id = arena_copy(arena, statement_text(s, 9)),
		.key_hash = arena_copy(arena, statement_text(s, 10)),
		.key_alias = arena_copy(arena, statement_text(s, 11)),
		.team_id = arena_copy(arena, statement_text(s, 12)),
		.team_alias = arena_copy(arena, statement_text(s, 13)),
		.spent_nano = statement_int(s, 14),
		.limit_nano = statement_int(s, 15),
		.exceeded_ms = statement_int(s, 16),
	};
	return budget;
}

static int read_due(struct store *store, const char *destination, int64_t now_ms,
    struct arena *arena, struct alert_message *out, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_ALERT_DUE, err);
	int count = 0, result = -1;

	statement_bind(s, ":destination", destination, ":now_ms", now_ms, ":old_ms", OLD_MS);
	while (count < DUE_ROWS && (result = statement_step(s, err)) == 1)
		out[count++] = (struct alert_message){
			.alert_id = statement_int(s, 0),
			.phase = arena_copy(arena, statement_text(s, 1)),
			.rule = arena_copy(arena, statement_text(s, 2)),
			.subject = arena_copy(arena, statement_text(s, 3)),
			.severity = arena_copy(arena, statement_text(s, 4)),
			.words = arena_copy(arena, statement_text(s, 5)),
			.began_ms = statement_int(s, 6),
			.ended_ms = statement_int(s, 7),
			.budget = alerts_read_budget(s, arena),
		};
	return result < 0 ? -1 : count;
}

static void bind_delivery(
    struct change *change, const struct alert_message *message, const char *destination)
{
	change_bind(change, ":alert_id", message->alert_id, ":phase", message->phase,
	    ":destination", destination);
}

/* 1: it is ours to send; 0: another's, or sent. */
static int claim(struct store *store, const struct alert_message *message, const char *destination,
    int64_t now_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_ALERT_CLAIM);
	bind_delivery(change, message, destination);
	change_bind(change, ":now_ms", now_ms, ":pause_ms", TRY_PAUSE_MS);
	return store_apply(store, change, err) == 0 ? change_rows(change, 0) : -1;
}

static int alerts_note(struct store *store, const struct alert_message *message,
    const char *destination, const char *failure, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, failure ? SQL_ALERT_NOT_SENT : SQL_ALERT_SENT);
	bind_delivery(change, message, destination);
	if (failure) {
		change_bind(change, ":error", failure, ":most", ALERT_TRIES_MAX);
	}
	return store_apply(store, change, err);
}

/* Returns how many were tried, or -1. */
static int alerts_tell(struct store *store, const struct alert_destination *destination,
    struct fetch_pool *pool, alert_deliver *deliver, int64_t now_ms, int most, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct alert_message due[DUE_ROWS];
	int count, tried = 0, failed = 0;

	count = read_due(store, destination->name, now_ms, &arena, due, err);
	for (int i = 0; i < count && tried < most && !failed; i++) {
		struct error why = { 0 };
		int ours = claim(store, &due[i], destination->name, now_ms, err);

		if (ours < 0)
			return -1;
		if (!ours)
			continue;
		tried++;
		failed = deliver(pool, destination, &due[i], &why) != 0;
		if (failed)
			log_event(LOG_WARNING, "alerts", "%s could not be sent: %s",
			    destination->name, why.text);
		if (alerts_note(store, &due[i], destination->name, failed ? why.text : NULL, err) !=
		    0)
			return -1;
	}
	return count < 0 ? -1 : tried;
}

int alerts_send(struct store *store, const struct settings *settings, struct fetch_pool *pool,
    alert_deliver *deliver, int64_t now_ms, struct error *err)
{
	const struct alert_settings *alerts = &settings->alerts;
	int left = SEND_MOST;

	for (size_t i = 0; i < alerts->destination_count && left > 0; i++) {
		int tried =
		    alerts_tell(store, &alerts->destinations[i], pool, deliver, now_ms, left, err);

		if (tried < 0)
			return -1;
		left -= tried;
	}
	return 0;
}
