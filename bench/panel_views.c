/*
 * Calls each view of the panel as its page does and prints how long it took: the slowest of the
 * calls, the median, and the median of the processor's time, which other programs do not lengthen.
 * The first line is the opening of the database, with the schema steps that it lacked.  See
 * bench/panel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "doctor/doctor.h"
#include "panel/usage.h"
#include "views/ladder.h"
#include "views/view_budgets.h"
#include "views/view_configuration.h"
#include "views/view_dry_run.h"
#include "views/view_fallbacks.h"
#include "views/view_keys.h"
#include "views/view_models.h"
#include "views/view_requests.h"
#include "views/view_spend.h"
#include "views/view_teams.h"
#include "views/view_traffic.h"

#define CALLS  9
#define DAY_MS INT64_C(86400000)

static struct gateway gateway;
static struct catalog *catalog;
static struct store *store;
static int64_t now_ms;
static double slowest_ms;

static json_t *requests(const struct request_filter *filter)
{
	return view_requests(store, filter, NULL);
}

static const struct request_case {
	const char *name;
	struct request_filter filter;
} request_cases[] = {
	{ "requests, newest", { .limit = 50 } },
	{ "requests of a key", { .key_id = "key-17" } },
	{ "requests of a team", { .team_id = "team-3" } },
	{ "requests for a model", { .model = "group-2" } },
	{ "requests for a model that nobody asked for", { .model = "nowhere" } },
	{ "requests that failed", { .failed = true } },
	{ "requests that failed, of a key", { .failed = true, .key_id = "key-17" } },
	{ "requests at a deployment", { .deployment_id = "deployment-2-1" } },
	{ "requests at a deployment that is not there", { .deployment_id = "nowhere" } },
	{ "requests with an outcome that there is not", { .outcome = "nowhere" } },
	{ "requests of a key that moved", { .moved = true, .key_id = "key-17" } },
	{ "requests blocked upward, of a key, for a model",
	    { .blocked = true, .key_id = "key-17", .model = "group-2" } },
	{ "requests of a team for a model that failed with an outcome",
	    { .failed = true, .team_id = "team-3", .model = "group-5", .outcome = "nowhere" } },
	{ "requests of a key and another's team", { .key_id = "key-17", .team_id = "team-4" } },
};

static const struct fallback_case {
	const char *name;
	struct fallback_filter filter;
} fallback_cases[] = {
	{ "fallbacks, newest", { .limit = 50 } },
	{ "fallbacks blocked upward", { .direction = "blocked" } },
	{ "fallbacks downward (there are none)", { .direction = "downward" } },
	{ "fallbacks that nobody answered", { .direction = "nobody" } },
	{ "fallbacks of a key for a model", { .key_id = "key-17", .model = "group-2" } },
};

/* 2,000 keys */
static const struct key_case {
	const char *name;
	struct key_filter filter;
} key_cases[] = {
	{ "keys, newest", { .descending = true } },
	{ "keys, a page in the middle", { .sort = "alias", .after = "key-1500:client-1500" } },
	{ "keys by spend", { .sort = "spend", .descending = true } },
	{ "keys by last use", { .sort = "used", .descending = true } },
	{ "keys by expiry, searched for", { .sort = "expires", .search = "client-19" } },
};

static const struct spend_case {
	const char *name;
	enum spend_by by;
	struct spend_filter filter;
} spend_cases[] = {
	{ "spend by key, 30 days", SPEND_BY_KEY, { .limit = 6 } },
	{ "spend by team, 30 days", SPEND_BY_TEAM, { .limit = 100 } },
	{ "spend by model, 30 days", SPEND_BY_MODEL, { .limit = 100 } },
	{ "spend by day, 30 days", SPEND_BY_DAY, { .limit = 100 } },
	{ "spend of a team by day, 30 days", SPEND_BY_DAY, { .team_id = "team-3" } },
	{ "spend of a key by model, 30 days", SPEND_BY_MODEL, { .key_id = "key-17" } },
};

static const struct usage_case {
	const char *name;
	struct usage_wish wish;
} usage_cases[] = {
	{ "usage by model, 30 days beside those before, with its chart", { .by = USAGE_BY_MODEL } },
	{ "usage by key, the same", { .by = USAGE_BY_KEY } },
	{ "usage by team, the same", { .by = USAGE_BY_TEAM } },
	{ "usage by tier, the same", { .by = USAGE_BY_TIER } },
	{ "usage by user, the same", { .by = USAGE_BY_USER } },
	{ "usage by tag, the same", { .by = USAGE_BY_TAG } },
	{ "usage of a tier by model",
	    { .by = USAGE_BY_MODEL, .filter.of[USAGE_BY_TIER] = "cheap" } },
	{ "usage of a key by model",
	    { .by = USAGE_BY_MODEL, .filter.of[USAGE_BY_KEY] = "key-17" } },
	{ "usage of a team by key", { .by = USAGE_BY_KEY, .filter.of[USAGE_BY_TEAM] = "team-3" } },
	{ "usage of a team by user",
	    { .by = USAGE_BY_USER, .filter.of[USAGE_BY_TEAM] = "team-3" } },
	{ "usage of a user by model",
	    { .by = USAGE_BY_MODEL, .filter.of[USAGE_BY_USER] = "user-7" } },
	{ "usage of a tag by key", { .by = USAGE_BY_KEY, .filter.of[USAGE_BY_TAG] = "job-7" } },
	{ "usage of a model by key",
	    { .by = USAGE_BY_KEY, .filter.of[USAGE_BY_MODEL] = "openai/model-2" } },
	{ "usage of a model by user",
	    { .by = USAGE_BY_USER, .filter.of[USAGE_BY_MODEL] = "openai/model-2" } },
	{ "usage of a provider by key",
	    { .by = USAGE_BY_KEY, .filter.of[USAGE_BY_PROVIDER] = "openai" } },
	{ "usage of a tier by team", { .by = USAGE_BY_TEAM, .filter.of[USAGE_BY_TIER] = "cheap" } },
};

static int compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double processor_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

static void report(const char *name, double *times, double *busy, size_t rows)
{
	qsort(times, CALLS, sizeof *times, compare);
	qsort(busy, CALLS, sizeof *busy, compare);
	printf("%-62s %8.1f %8.1f %9.1f %6zu\n", name, times[CALLS / 2], times[CALLS - 1],
	    busy[CALLS / 2], rows);
	if (busy[CALLS / 2] > slowest_ms)
		slowest_ms = busy[CALLS / 2];
}

static void measure(
    const char *name, json_t *(*call)(const void *with), const void *with, const char *member)
{
	double times[CALLS], busy[CALLS];
	size_t rows = 0;

	for (int i = 0; i < CALLS; i++) {
		int64_t began_us = clock_mono_us();
		double began_ms = processor_ms();
		json_t *result = call(with);

		busy[i] = processor_ms() - began_ms;
		times[i] = (double)(clock_mono_us() - began_us) / 1000;
		if (!result) {
			fprintf(stderr, "%s: failed\n", name);
			exit(1);
		}
		rows = json_array_size(member ? json_object_get(result, member) : result);
		json_decref(result);
	}
	report(name, times, busy, rows);
}

static json_t *call_requests(const void *with)
{
	return requests(with);
}

static json_t *call_fallbacks(const void *with)
{
	return view_fallbacks(store, catalog, with, NULL);
}

static json_t *call_story(const void *with)
{
	return view_request(store, with, NULL);
}

static json_t *call_hours(const void *with)
{
	return view_traffic_hours(store, now_ms - 2 * DAY_MS, now_ms, NULL);
}

static json_t *call_total(const void *with)
{
	return view_traffic_total(store, now_ms - 31 * DAY_MS, now_ms, NULL);
}

static json_t *call_models(const void *with)
{
	json_t *models = view_models(store, catalog, now_ms, NULL);

	json_object_set_new(models, "drawing", ladder_drawing(models));
	return models;
}

static json_t *call_dry_run(const void *with)
{
	struct dry_wish wish = { .failure = "rate", .input_tokens = 1000, .output_tokens = 500 };
	AUTO_ARENA struct arena arena = { 0 };
	struct dry_states states;

	if (dry_run_read(&gateway, catalog, store, now_ms, &arena, &states, NULL) != 0)
		return NULL;
	return view_dry_run_all(&states, &wish, NULL);
}

static json_t *call_configuration(const void *with)
{
	return view_configuration(&gateway, catalog);
}

static json_t *call_doctor(const void *with)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct doctor doctor = { .arena = &arena };

	doctor_running(&doctor, &gateway, catalog, store, now_ms);
	return doctor_json(&doctor);
}

static json_t *call_spend(const void *with)
{
	const struct spend_case *one = with;
	struct spend_filter filter = one->filter;

	filter.from_ms = now_ms - 30 * DAY_MS;
	filter.to_ms = now_ms;
	return view_spend(store, one->by, &filter, NULL);
}

/* A page's table and chart in a zone whose days are not UTC's, beside the time before. */
static json_t *call_usage(const void *with)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct page_call call = { .arena = &arena,
		.store = store,
		.catalog = catalog,
		.timezone = "Europe/Berlin",
		.now_ms = now_ms };
	struct usage_table table;
	struct range range;
	json_t *rows;

	if (range_read(&call, "30d", &range, NULL) != 0 ||
	    usage_read(&call, &range, with, &table, NULL) != 0)
		return NULL;
	rows = usage_rows(&call, &range, &table, 100, 0);
	json_object_set_new(rows, "chart", usage_chart(&call, &range, &table, "Spend", NULL));
	return rows;
}

static json_t *call_fallback_sums(const void *with)
{
	return view_fallback_sums(store, catalog, now_ms - 30 * DAY_MS, 0, NULL);
}

static json_t *call_month_of_hours(const void *with)
{
	return view_traffic_hours(store, now_ms - 30 * DAY_MS, now_ms, NULL);
}

static json_t *call_keys(const void *with)
{
	return view_keys(store, with, "UTC", now_ms, NULL);
}

static json_t *call_key(const void *with)
{
	return view_key(store, with, "UTC", now_ms, NULL);
}

static json_t *call_teams(const void *with)
{
	return view_teams(store, NULL, false, "UTC", now_ms, NULL);
}

static json_t *call_budgets(const void *with)
{
	return view_budgets(store, NULL, "UTC", now_ms, NULL);
}

/* A page in the middle of the log: paging must not get slower on the way. */
static void measure_deep(void)
{
	struct digest_id middle = digest_first_id(now_ms - 45 * DAY_MS);
	struct request_filter filter = { .before = middle.text };
	struct fallback_filter moved = { .before = middle.text };
	struct request_filter export = { .before = middle.text, .limit = 10000 };

	measure("requests, 45 days back", call_requests, &filter, "requests");
	measure("fallbacks, 45 days back", call_fallbacks, &moved, "fallbacks");
	measure("(export of 10,000 requests)", call_requests, &export, "requests");
}

static void measure_pages(void)
{
	json_t *newest = requests(&(struct request_filter){ .limit = 1 });
	const char *id = json_string_value(
	    json_object_get(json_array_get(json_object_get(newest, "requests"), 0), "id"));

	for (size_t i = 0; i < sizeof request_cases / sizeof request_cases[0]; i++)
		measure(request_cases[i].name, call_requests, &request_cases[i].filter, "requests");
	measure("one request's story", call_story, id, "candidates");
	for (size_t i = 0; i < sizeof fallback_cases / sizeof fallback_cases[0]; i++)
		measure(
		    fallback_cases[i].name, call_fallbacks, &fallback_cases[i].filter, "fallbacks");
	for (size_t i = 0; i < sizeof usage_cases / sizeof usage_cases[0]; i++)
		measure(usage_cases[i].name, call_usage, &usage_cases[i].wish, "rows");
	measure("fallbacks, added up, 30 days", call_fallback_sums, NULL, NULL);
	measure("traffic by hour, 30 days", call_month_of_hours, NULL, "points");
	measure("traffic by hour, 2 days", call_hours, NULL, "points");
	measure("traffic in all, 31 days", call_total, NULL, NULL);
	measure("models with the picture", call_models, NULL, "deployments");
	measure("dry run of all models", call_dry_run, NULL, NULL);
	measure("configuration with findings", call_configuration, NULL, "deployments");
	measure("is the installation in order", call_doctor, NULL, "findings");
	for (size_t i = 0; i < sizeof key_cases / sizeof key_cases[0]; i++)
		measure(key_cases[i].name, call_keys, &key_cases[i].filter, "keys");
	for (size_t i = 0; i < sizeof spend_cases / sizeof spend_cases[0]; i++)
		measure(spend_cases[i].name, call_spend, &spend_cases[i], NULL);
	measure("a key", call_key, "key-17", "budgets");
	measure("teams", call_teams, NULL, NULL);
	measure("budgets", call_budgets, NULL, NULL);
	printf("slowest page: %.1f ms of the processor\n", slowest_ms);
	measure_deep();
	json_decref(newest);
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	int64_t began_us = clock_mono_us();

	if (argc != 2)
		return 2;
	log_set_level(LOG_ERROR);
	gateway_init(&gateway, argv[1], STORE_INLINE);
	catalog = gateway_catalog(&gateway, &err);
	store = catalog ? gateway_store(&gateway, &err) : NULL;
	if (!store) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	now_ms = clock_wall_ms();
	printf("opened in %.1f s\n", (double)(clock_mono_us() - began_us) / 1e6);
	printf("%-62s %8s %8s %9s %6s\n", "view", "median", "slowest", "processor", "rows");
	measure_pages();
	catalog_release(catalog);
	gateway_release(&gateway);
	return 0;
}
