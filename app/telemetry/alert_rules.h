#ifndef TELEMETRY_ALERT_RULES_H
#define TELEMETRY_ALERT_RULES_H

/*
 * What is worth an alert: one table of rules, each a query of the store (sql/alerts.sql) whose rows
 * are what is wrong now.  Rates are growths of the counters over the last five minutes
 * (ALERT_SPAN_MS), taken from samples, so a rule costs the same at any traffic.
 *
 * The names are those of settings/alert_sections.h (`off`).
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "settings/settings.h"
#include "store/store.h"

#define ALERT_SPAN_MS 300000

struct alert_finding { /* in the arena */
	const char *rule;
	const char *subject;  /* deployment id, window id; "" for the whole gateway */
	const char *severity; /* "warning", "critical" */
	const char *words;    /* one sentence, without secrets */
};

struct alert_findings {
	struct alert_finding *items;
	size_t count;
};

#define ALERT_FINDINGS_MAX 200 /* more say no more than these */

/* What is wrong now, by all rules that are not off.  prices_date: price_table_date. */
int alert_rules_run(struct store *store, const struct settings *settings, const char *prices_date,
    int64_t now_ms, struct arena *arena, struct alert_findings *out, struct error *err);

/* Do the settings name it under alerts.off? */
bool alert_rule_is_off(const struct settings *settings, const char *rule);

#endif
