/*
 * Reports of spend by day: /user/daily/activity, /team/daily/activity, /global/spend/report,
 * /spend/tags, /global/spend/....  All are sums of the same rows (views/view_activity.h), put
 * together as LiteLLM's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "management/api_operations.h"
#include "management/wire.h"
#include "views/view_activity.h"

#include "base/banned.h"

#define NANO "spend_nano" /* while it is added up: whole; then "spend", in dollars */

static void activity_add(json_t *object, const char *name, int64_t more)
{
	json_set_int(object, name, json_read_int(object, name, 0) + more);
}

static json_t *member(json_t *object, const char *name, json_t *(*make)(void))
{
	json_t *there = json_object_get(object, name);

	if (!there) {
		there = make();
		json_set(object, name, there);
	}
	return there;
}

static const char *date_of(int64_t day_ms, struct clock_text *room)
{
	*room = clock_iso(day_ms);
	room->text[10] = '\0'; /* the date alone */
	return room->text;
}

/* In dollars, wherever a sum stands. */
static void in_dollars(json_t *value)
{
	const char *name;
	json_t *inner;
	size_t i;

	json_array_foreach(value, i, inner) in_dollars(inner);
	json_object_foreach(value, name, inner) in_dollars(inner);
	for (const char *const *sum =
		 (const char *const[]){ "spend", "total_spend", "total_cost", NULL };
	     json_is_object(value) && *sum; sum++) {
		char nano[32];

		(void)snprintf(nano, sizeof nano, "%s_nano", *sum);
		if (!json_object_get(value, nano))
			continue;
		json_set(value, *sum, wire_dollars(json_read_int(value, nano, 0)));
		(void)json_object_del(value, nano); /* it is there */
	}
}

/* ---- LiteLLM's SpendAnalyticsPaginatedResponse ---- */

struct figure {
	const char *name;
	int64_t value;
};

/* Prefix "total_" for the whole. */
static void add_figures(json_t *to, const char *prefix, const struct activity *row)
{
	const struct figure figures[] = { { NANO, row->cost_nano },
		{ "prompt_tokens", row->input_tokens }, { "completion_tokens", row->output_tokens },
		{ "cache_read_input_tokens", 0 }, { "cache_creation_input_tokens", 0 },
		{ "total_tokens", row->input_tokens + row->output_tokens },
		{ "successful_requests", row->attempts - row->failures },
		{ "failed_requests", row->failures }, { "api_requests", row->attempts },
		{ "total_response_time_ms", 0 }, { "timed_requests", 0 } };
	char name[64];

	for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
		bool named = strncmp(figures[i].name, prefix, strlen(prefix)) == 0;

		(void)snprintf(name, sizeof name, "%s%s", named ? "" : prefix, figures[i].name);
		activity_add(to, name, figures[i].value);
	}
}

static json_t *key_about(const struct activity *row)
{
	json_t *about = json_object();

	json_set_all(about, "key_alias team_id", row->key_alias,
	    row->team_id && *row->team_id ? row->team_id : NULL);
	return about;
}

static const char *key_name(const struct activity *row)
{
	return row->key_hash ? row->key_hash : row->key_id; /* of the master key its word */
}

/* breakdown[what][name]: {metrics, metadata, api_key_breakdown}. */
static void add_to_breakdown(
    json_t *breakdown, const char *what, const char *name, const struct activity *row)
{
	bool is_key = strcmp(what, "api_keys") == 0;
	json_t *one = member(member(breakdown, what, json_object), name, json_object);

	add_figures(member(one, "metrics", json_object), "", row);
	if (is_key) {
		json_set(one, "metadata", key_about(row));
		return;
	}
	(void)member(one, "metadata", json_object);
	one = member(member(one, "api_key_breakdown", json_object), key_name(row), json_object);
	add_figures(member(one, "metrics", json_object), "", row);
	json_set(one, "metadata", key_about(row));
}

struct daily {
	json_t *results, *totals;
	int64_t day_ms;
	bool by_team; /* whose activity: entities */
};

static void add_daily(void *ctx, const struct activity *row)
{
	static const char *const empty[] = { "mcp_servers", "models", "model_groups", "providers",
		"endpoints", "api_keys", "entities" };
	struct daily *daily = ctx;
	struct clock_text room;
	const char *entity = daily->by_team ? row->team_id : row->user_id;
	json_t *day, *breakdown;

	if (json_array_size(daily->results) == 0 || daily->day_ms != row->day_ms) {
		day = json_object();
		json_set_text(day, "date", date_of(row->day_ms, &room));
		json_append(daily->results, day);
		daily->day_ms = row->day_ms;
	}
	day = json_array_get(daily->results, json_array_size(daily->results) - 1);
	add_figures(member(day, "metrics", json_object), "", row);
	add_figures(daily->totals, "total_", row);
	breakdown = member(day, "breakdown", json_object);
	for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
		(void)member(breakdown, empty[i], json_object);
	add_to_breakdown(breakdown, "models", row->model, row);
	add_to_breakdown(breakdown, "providers", row->provider, row);
	add_to_breakdown(breakdown, "api_keys", key_name(row), row);
	if (entity && *entity)
		add_to_breakdown(breakdown, "entities", entity, row);
}

/* start_date and end_date are needed. */
static int read_days(struct api_call *call, struct activity_filter *out, struct error *err)
{
	if (api_query_time(call, "start_date", false, &out->from_ms, err) != 0 ||
	    api_query_time(call, "end_date", true, &out->to_ms, err) != 0)
		return -1;
	if (!out->from_ms || !out->to_ms)
		return api_wrong(call, "start_date", err, "Please provide start_date and end_date");
	return 0;
}

static int activity_key(
    struct api_call *call, const char *parameter, const char **out_id, struct error *err)
{
	const char *which = api_query(call, parameter);
	struct virtual_key key;

	if (!which || strcmp(which, "master") == 0 || strncmp(which, "key-", 4) == 0) {
		*out_id = which; /* also of one that is deleted */
		return 0;
	}
	if (api_find_key(call, which, &key, err) != 0)
		return -1;
	*out_id = key.id;
	return 0;
}

static json_t *daily_activity(
    struct api_call *call, struct activity_filter *filter, bool by_team, struct error *err)
{
	struct daily daily = { .by_team = by_team };
	struct api_page page;
	int64_t zone;
	json_t *answer = NULL;

	filter->model = api_query(call, "model");
	if (read_days(call, filter, err) != 0 ||
	    activity_key(call, "api_key", &filter->key_id, err) != 0 ||
	    api_page_read(call, "page_size", 50, 1000, &page, err) != 0 ||
	    api_query_int(call, "timezone", -1000, 1000, 0, &zone, err) != 0)
		return NULL;
	if (zone)
		api_notice(call, "timezone: days are those of UTC");
	daily.results = json_array();
	daily.totals = json_object();
	add_figures(daily.totals, "total_", &(struct activity){ 0 });
	if (view_activity(call->store, filter, add_daily, &daily, err) == 0) {
		answer = json_object();
		if (page.page > 1) /* all days are on the first */
			json_array_clear(daily.results);
		json_set(answer, "results", json_incref(daily.results));
		json_set_all(daily.totals, "page total_pages has_more?", page.page, 1, false);
		json_set(answer, "metadata", json_incref(daily.totals));
		in_dollars(answer);
	}
	json_decref(daily.results);
	json_decref(daily.totals);
	return answer;
}

json_t *api_user_daily(struct api_call *call, struct error *err)
{
	struct activity_filter filter = { .user_id = api_query(call, "user_id") };

	return daily_activity(call, &filter, false, err);
}

json_t *api_team_daily(struct api_call *call, struct error *err)
{
	struct activity_filter filter = { .team_ids = api_query(call, "team_ids") };

	return daily_activity(call, &filter, true, err);
}

/* ---- /global/spend/report ---- */

struct report {
	json_t *rows;      /* the answer */
	const char *group; /* "teams" or "customers"; NULL: by key */
	int64_t day_ms;
};

static json_t *last(const json_t *list)
{
	return json_array_get(list, json_array_size(list) - 1);
}

/* The list's last object, or a new one when its name is another; rows come in order. */
static json_t *one_named(json_t *list, const char *member_name, const char *name)
{
	const char *there = json_read_text(last(list), member_name);

	if (!there || strcmp(there, name) != 0) {
		json_t *one = json_object();

		json_set_text(one, member_name, name);
		json_append(list, one);
	}
	return last(list);
}

static void add_by_day(void *ctx, const struct activity *row)
{
	struct report *report = ctx;
	bool is_team = strcmp(report->group, "teams") == 0;
	struct clock_text room;
	json_t *day = one_named(report->rows, "group_by_day", date_of(row->day_ms, &room));
	json_t *list = member(day, report->group, json_array), *one, *use;
	const char *name = row->team_alias                 ? row->team_alias
			   : row->team_id && *row->team_id ? row->team_id
							   : "Unassigned Team"; /* LiteLLM's */

	one = one_named(list, is_team ? "team_name" : "customer", is_team ? name : row->label);
	activity_add(one, "total_spend_nano", row->cost_nano);
	use = json_object();
	json_set_all(use, "model api_key", row->model, key_name(row));
	activity_add(use, NANO, row->cost_nano);
	activity_add(use, "total_tokens", row->input_tokens + row->output_tokens);
	json_append(member(one, "metadata", json_array), use);
}

static void add_use(json_t *to, const struct activity *row)
{
	activity_add(to, "total_cost_nano", row->cost_nano);
	activity_add(to, "total_input_tokens", row->input_tokens);
	activity_add(to, "total_output_tokens", row->output_tokens);
}

/* Gathered in objects by key and by model, which then become lists. */
static void add_by_key(void *ctx, const struct activity *row)
{
	struct report *report = ctx;
	json_t *key = member(report->rows, key_name(row), json_object);
	json_t *model = member(member(key, "model_details", json_object), row->model, json_object);

	json_set_text(key, "api_key", key_name(row));
	json_set_text(model, "model", row->model);
	add_use(key, row);
	add_use(model, row);
}

static json_t *values_of(const json_t *object)
{
	json_t *list = json_array(), *value;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	    json_append(list, json_incref(value));
	return list;
}

/* A customer is what clients call their user. */
static int read_report(
    struct api_call *call, struct activity_filter *filter, bool *out_by_key, struct error *err)
{
	const char *group;
	bool is_narrowed;

	if (read_days(call, filter, err) != 0 ||
	    activity_key(call, "api_key", &filter->key_id, err) != 0 ||
	    api_query_word(call, "group_by", "team customer api_key", &group, err) != 0)
		return -1;
	group = group ? group : "team";
	is_narrowed = filter->key_id || filter->user_id;
	if (filter->label || strcmp(group, "customer") == 0)
		filter->kind = "user";
	*out_by_key = !filter->kind && (is_narrowed || strcmp(group, "api_key") == 0);
	return 0;
}

/* Keys, each with its models, as lists. */
static json_t *in_lists(json_t *by_key)
{
	json_t *list = values_of(by_key), *key;
	size_t i;

	json_array_foreach(list, i, key)
	    json_set(key, "model_details", values_of(json_object_get(key, "model_details")));
	json_decref(by_key);
	return list;
}

json_t *api_spend_report(struct api_call *call, struct error *err)
{
	struct activity_filter filter = { .team_ids = api_query(call, "team_id"),
		.user_id = api_query(call, "internal_user_id"),
		.label = api_query(call, "customer_id") };
	struct report report;
	bool by_key;
	int result;

	if (read_report(call, &filter, &by_key, err) != 0)
		return NULL;
	report = (struct report){ .rows = by_key ? json_object() : json_array(),
		.group = filter.kind ? "customers" : "teams" };
	result =
	    view_activity(call->store, &filter, by_key ? add_by_key : add_by_day, &report, err);
	if (by_key)
		report.rows = in_lists(report.rows);
	in_dollars(report.rows);
	return json_if(result == 0, report.rows);
}

/* ---- /spend/tags and /global/spend/...: one sum for each key, model, provider, day or tag ---- */

#define DAYS_30_MS INT64_C(2592000000)

static const char *model_name(const struct activity *row)
{
	return row->model;
}

static const char *provider_name(const struct activity *row)
{
	return row->provider;
}

static const char *tag_name(const struct activity *row)
{
	return row->label;
}

static const struct sums {
	const char *path, *name, *spend;
	const char *(*name_of)(const struct activity *row); /* NULL: the day */
	const char *query;
} sums[] = {
	{ "/spend/tags", "individual_request_tag", "total_spend", tag_name, "start_date end_date" },
	{ "/global/spend/keys", "api_key", "total_spend", key_name, "limit" },
	{ "/global/spend/models", "model", "total_spend", model_name, "limit" },
	{ "/global/spend/provider", "provider", "spend", provider_name, "start_date end_date" },
	{ "/global/spend/logs", "date", "spend", NULL, "api_key" },
};

struct summing {
	const struct sums *what;
	json_t *by_name;
};

static void add_sum(void *ctx, const struct activity *row)
{
	const struct summing *summing = ctx;
	struct clock_text room;
	const char *name =
	    summing->what->name_of ? summing->what->name_of(row) : date_of(row->day_ms, &room);
	json_t *one = member(summing->by_name, name, json_object);
	char nano[32];

	json_set_text(one, summing->what->name, name);
	(void)snprintf(nano, sizeof nano, "%s_nano", summing->what->spend);
	activity_add(one, nano, row->cost_nano);
	if (summing->what->name_of == tag_name)
		activity_add(one, "log_count", row->attempts);
	if (summing->what->name_of != key_name)
		return;
	json_set_text(one, "key_alias", row->key_alias);
	json_set_text(one, "key_name", row->key_alias ? row->key_alias : row->key_id);
}

static int dearer_first(const void *a, const void *b)
{
	double x = json_number_value(json_object_get(*(json_t *const *)a, "total_spend")),
	       y = json_number_value(json_object_get(*(json_t *const *)b, "total_spend"));

	return (x < y) - (x > y);
}

/* The limit's first ones by total_spend; takes list. */
static json_t *most_spent(struct api_call *call, json_t *list, int64_t limit)
{
	size_t count = json_array_size(list);
	json_t **rows = arena_alloc(call->arena, (count + 1) * sizeof(json_t *)), *first;

	for (size_t i = 0; i < count; i++)
		rows[i] = json_array_get(list, i);
	qsort(rows, count, sizeof(json_t *), dearer_first);
	first = json_array();
	for (size_t i = 0; i < count && i < (size_t)limit; i++)
		json_append(first, json_incref(rows[i]));
	json_decref(list);
	return first;
}

json_t *api_sums(struct api_call *call, struct error *err)
{
	struct summing summing = { .what = sums };
	struct activity_filter filter = { 0 };
	json_t *answer = NULL;
	int64_t limit;

	while (strcmp(summing.what->path, call->request->path) != 0)
		summing.what++;
	if (api_query_only(call, summing.what->query, err) != 0 ||
	    api_query_int(call, "limit", 1, 1000000, 1000000, &limit, err) != 0 ||
	    api_query_time(call, "start_date", false, &filter.from_ms, err) != 0 ||
	    api_query_time(call, "end_date", true, &filter.to_ms, err) != 0 ||
	    activity_key(call, "api_key", &filter.key_id, err) != 0)
		return NULL;
	if (!strstr(summing.what->query, "start_date"))
		filter.from_ms = call->now_ms - DAYS_30_MS;
	filter.kind = summing.what->name_of == tag_name ? "tag" : NULL;
	summing.by_name = json_object();
	if (view_activity(call->store, &filter, add_sum, &summing, err) == 0) {
		answer = values_of(summing.by_name);
		in_dollars(answer);
		if (strcmp(summing.what->query, "limit") == 0)
			answer = most_spent(call, answer, limit);
	}
	json_decref(summing.by_name);
	return answer;
}
