/*
 * The periodic work, under a claim.  See the header.
 */
#include "relay/housekeeping.h"

#include "accounts/idempotency.h"
#include "accounts/ledger.h"
#include "base/clock.h"
#include "base/log.h"
#include "cache/answer_cache.h"
#include "telemetry/alert_sender.h"
#include "telemetry/prompt_log.h"
#include "telemetry/request_log.h"
#include "telemetry/trace_export.h"

#include "base/banned.h"

#define PERIOD_MS        30000
#define TRACES_PERIOD_MS 5000 /* as OpenTelemetry's own batches leave */
#define TRIM_MOST                                                                                  \
	2000 /* rows of each table in one change: a few milliseconds of the writer's time */

static bool is_due(struct store *store, const char *name, int64_t now_ms)
{
	AUTO_READ struct statement *s = store_read(store, SQL_HOUSEKEEPING_DUE, NULL);

	statement_bind(s, ":name", name, ":now_ms", now_ms, ":until_ms", now_ms + PERIOD_MS);
	return statement_step(s, NULL) == 1;
}

static bool take_claim(struct store *store, const char *name, int64_t now_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_HOUSEKEEPING_TAKE);
	change_bind(change, ":name", name, ":now_ms", now_ms, ":until_ms", now_ms + PERIOD_MS);
	return store_apply(store, change, err) == 0 && change_rows(change, 0) == 1;
}

static int trim_short_lived(struct store *store, int64_t now_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	rate_trim_into(change, now_ms);
	idempotency_trim_into(change, now_ms, TRIM_MOST / 20); /* they are long */
	answer_cache_trim_into(change, now_ms, TRIM_MOST / 20);
	prompt_log_trim_into(change, now_ms, TRIM_MOST / 20);
	return store_apply(store, change, err);
}

static void run_alerts(
    struct store *store, const struct catalog *catalog, struct fetch_pool *pool, int64_t now_ms)
{
	const struct settings *settings = catalog_settings(catalog);
	struct error err = { 0 };

	if (alerts_look(store, settings, price_table_date(catalog_prices(catalog)), now_ms, &err) !=
		0 ||
	    alerts_send(store, settings, pool, alert_send, now_ms, &err) != 0)
		log_event(LOG_ERROR, "alerts", "%s", err.text);
}

void housekeeping_run(
    struct store *store, const struct catalog *catalog, struct fetch_pool *pool, int64_t now_ms)
{
	struct error err = { 0 };
	int ended;

	if (!is_due(store, "housekeeping", now_ms) ||
	    !take_claim(store, "housekeeping", now_ms, &err))
		return;
	ended = ledger_recover(store, now_ms, &err);
	if (ended > 0)
		log_event(LOG_WARNING, "ledger",
		    "%d holds of dead workers were charged in full, marked unknown", ended);
	if (ended >= 0)
		ended = trim_short_lived(store, now_ms, &err);
	if (ended < 0 || request_log_trim(store, catalog_settings(catalog)->log_retention_ms,
			     now_ms, TRIM_MOST, &err) < 0)
		log_event(LOG_ERROR, "housekeeping", "%s", err.text);
	run_alerts(store, catalog, pool, now_ms);
}

static int give_claim_back(
    struct store *store, const char *name, int64_t until_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_HOUSEKEEPING_GIVE_BACK);
	change_bind(change, ":name", name, ":until_ms", until_ms);
	return store_apply(store, change, err);
}

void housekeeping_traces(
    struct store *store, const struct settings *settings, struct fetch_pool *pool, int64_t now_ms)
{
	struct error err = { 0 };
	int more;

	if (settings->traces.count == 0 || !is_due(store, "traces", now_ms) ||
	    !take_claim(store, "traces", now_ms, &err))
		return;
	more = traces_send(store, &settings->traces, &settings->prompts, pool, fetch_http, &err);
	if (more < 0 || give_claim_back(store, "traces",
			    clock_wall_ms() + (more ? 0 : TRACES_PERIOD_MS), &err) != 0)
		log_event(LOG_ERROR, "traces", "%s", err.text);
}
