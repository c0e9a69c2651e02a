/*
 * The requests' rows, and what is counted from them.  See the header.
 */
#include "telemetry/request_log.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "store/histogram.h"
#include "telemetry/prompt_log.h"
#include "telemetry/trace_export.h"

#include "base/banned.h"
#include "base/json_read.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

static void bind_count(struct change *change, const char *parameter, bool known, int64_t value)
{
	if (known)
		change_bind_int(change, parameter, value);
	else
		change_bind_null(change, parameter);
}

static void bind_usage(struct change *change, const struct usage *usage)
{
	bool counted = usage->known || usage->estimated;

	bind_count(change, ":input_tokens", counted, usage->input_tokens);
	bind_count(change, ":cached_tokens", counted, usage->cached_tokens);
	bind_count(change, ":output_tokens", counted, usage->output_tokens);
	bind_count(change, ":reasoning_tokens", counted, usage->reasoning_tokens);
}

/* Whose fault a failure was: "client", "limit" (a budget or rate of the gateway's), "provider";
 * NULL when there was none. */
static const char *fault_of(const struct request_record *record)
{
	const char *outcome = record->outcome;

	if (text_is_one_of(outcome, "ok replayed"))
		return NULL;
	if (text_is_one_of(outcome, "budget budget_busy") ||
	    (strcmp(outcome, "rate") == 0 && record->attempts == 0 && !record->cooling))
		return "limit";
	return text_is_one_of(outcome,
		   "bad_request kept_state unsupported too_large slow_body encoding "
		   "unauthenticated "
		   "forbidden not_found model_not_found method context policy in_progress "
		   "key_reused not_repeated usage client_gone")
		   ? "client"
		   : "provider";
}

static void bind_caller(struct change *change, const struct request_caller *caller)
{
	AUTO_JSON json_t *tags = json_array();
	char *list = NULL;

	for (size_t i = 0; i < caller->tag_count; i++)
		json_array_append_new(tags, json_string(caller->tags[i]));
	if (caller->tag_count > 0)
		list = json_dumps(tags, JSON_COMPACT);
	change_bind(change, ":route", caller->route, ":end_user", caller->user, ":tags", list,
	    ":agent", caller->agent, ":address", caller->address);
	free(list);
}

static void request_log_add_row(struct change *change, const struct request_record *record)
{
	change_add(change, SQL_REQUEST_LOG_ADD);
	change_bind(change, ":id", record->id, ":started_ms", record->started_ms, ":key_id",
	    record->key_id, ":team_id", record->team_id, ":asked_model", record->asked_model,
	    ":model_group", record->model_group, ":answered_group", record->answered_group,
	    ":answered_model", record->answered_model, ":deployment_id", record->deployment_id,
	    ":tier", record->tier, ":outcome", record->outcome, ":status", record->status,
	    ":streamed", record->streamed, ":attempts", record->attempts, ":fallbacks",
	    record->fallbacks, ":blocked_upward", record->blocked_upward, ":not_spent_nano",
	    record->not_spent.nano);
	bind_usage(change, &record->usage);
	change_bind(change, ":cost_nano", record->cost_nano, ":bound_nano", record->bound_nano,
	    ":latency_ms", record->latency_ms);
	bind_count(change, ":first_token_ms", record->first_token_ms >= 0, record->first_token_ms);
	change_bind(change, ":overhead_us", record->overhead_us, ":error", record->error);
	bind_count(change, ":cache_saved_nano", record->from_cache, record->cache_saved_nano);
	change_bind(change, ":fault", fault_of(record));
	bind_caller(change, &record->caller);
	change_bind(change, ":not_spent_most_nano", record->not_spent.most_nano);
}

static void add_label(
    struct change *change, const struct request_record *record, const char *kind, const char *label)
{
	const struct usage *usage = &record->usage;
	bool counted = usage->known || usage->estimated;

	change_add_sum(change, SQL_SUMS_LABELS);
	change_bind(change, ":kind", kind, ":id", label, ":hour", record->started_ms / HOUR_MS,
	    ":key_id", record->key_id, ":team_id", record->team_id ? record->team_id : "",
	    ":provider", record->provider ? record->provider : "", ":model",
	    record->provider ? record->answered_model : "", ":tier",
	    record->provider ? record->tier : "");
	change_bind_addend(change, ":attempts", record->attempts);
	change_bind_addend(change, ":failures", fault_of(record) != NULL);
	change_bind_addend(change, ":input_tokens", counted ? usage->input_tokens : 0);
	change_bind_addend(change, ":output_tokens", counted ? usage->output_tokens : 0);
	change_bind_addend(change, ":cost_nano", record->cost_nano);
}

static void add_sums(struct change *change, const struct request_record *record)
{
	const char *fault = fault_of(record);

	change_add_sum(change, SQL_SUMS_REQUESTS);
	change_bind(change, ":hour", record->started_ms / HOUR_MS, ":key_id", record->key_id,
	    ":team_id", record->team_id ? record->team_id : "", ":model_group", record->model_group,
	    ":answered_group", record->answered_group, ":outcome", record->outcome, ":status",
	    record->status);
	change_bind_addend(change, ":requests", 1);
	change_bind_addend(change, ":fell_back", record->fallbacks > 0);
	change_bind_addend(change, ":blocked_upward", record->blocked_upward > 0);
	change_bind_addend(change, ":not_spent_nano", record->not_spent.nano);
	change_bind_addend(change, ":not_spent_most_nano", record->not_spent.most_nano);
	change_bind_addend(change, ":cost_nano", record->cost_nano);
	change_bind_addend(change, ":cache_hits", record->from_cache);
	change_bind_addend(
	    change, ":cache_saved_nano", record->from_cache ? record->cache_saved_nano : 0);
	change_bind_addend(change, ":mistakes", fault && strcmp(fault, "client") == 0);
	change_bind_addend(change, ":limited", fault && strcmp(fault, "limit") == 0);
}

void request_log_into(struct change *change, const struct request_record *record)
{
	const char *group = record->model_group ? record->model_group : "unknown";

	request_log_add_row(change, record);
	if (record->trace)
		trace_into(change, record->id, 0, record->trace);
	add_sums(change, record);
	if (record->caller.user)
		add_label(change, record, "user", record->caller.user);
	for (size_t i = 0; i < record->caller.tag_count; i++)
		add_label(change, record, "tag", record->caller.tags[i]);
	prompt_log_into(change, record->caller.prompts, record->id, record->key_id,
	    record->key_alias, record->caller.body, record->started_ms);
	histogram_into(change, "request", "model", group, record->latency_ms * 1000);
	histogram_into(change, "overhead", "model", group, record->overhead_us);
	change_add_sum(change, SQL_REQUEST_LOG_COUNT);
	change_bind(change, ":second", record->started_ms / 1000);
	change_bind_addend(change, ":requests", 1);
}

void request_log_add_cost_into(struct change *change, const char *request_id, int64_t cost_nano)
{
	static const enum sql_name places[] = { SQL_REQUEST_LOG_ADD_COST,
		SQL_REQUEST_LOG_ADD_COST_TO_HOUR, SQL_REQUEST_LOG_ADD_COST_TO_LABELS };

	for (size_t i = 0; cost_nano > 0 && i < sizeof places / sizeof places[0]; i++) {
		change_add(change, places[i]);
		change_bind(change, ":id", request_id, ":cost_nano", cost_nano);
	}
}

/* The time by a clock that has stood a day: one that jumped ahead counts from before its jump. */
static int read_steady_time(
    struct store *store, int64_t now_ms, int64_t *out_steady_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();
	int result;

	change_add(change, SQL_REQUEST_LOG_LOOK_AT_CLOCK);
	change_bind(change, ":now_ms", now_ms);
	result = store_apply(store, change, err);
	if (result != 0)
		return -1;
	AUTO_READ struct statement *s = store_read(store, SQL_REQUEST_LOG_STEADY_TIME, err);
	statement_bind(s, ":now_ms", now_ms);
	result = statement_step(s, err);
	if (result == 1)
		*out_steady_ms = statement_int(s, 0);
	return result == 1 ? 0 : -1;
}

int request_log_trim(
    struct store *store, int64_t retention_ms, int64_t now_ms, int most, struct error *err)
{
	static const enum sql_name tables[] = { SQL_REQUEST_LOG_TRIM_REQUESTS,
		SQL_REQUEST_LOG_TRIM_ATTEMPTS };
	int64_t steady_ms;
	int deleted = 0, result;

	if (read_steady_time(store, now_ms, &steady_ms, err) != 0)
		return -1;
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_REQUEST_LOG_TRIM_TRAFFIC);
	change_bind(change, ":second", now_ms / 1000);
	for (size_t i = 0; retention_ms > 0 && i < sizeof tables / sizeof tables[0]; i++) {
		change_add(change, tables[i]);
		change_bind(change, ":before_id", digest_first_id(steady_ms - retention_ms).text,
		    ":most", most);
	}
	if (retention_ms > 0) {
		change_add(change, SQL_REQUEST_LOG_TRIM_WINDOWS);
		change_bind(change, ":before_ms", steady_ms - retention_ms - DAY_MS, ":most", most);
	}
	result = store_apply(store, change, err);
	for (int i = 1; result == 0 && i < change_count(change); i++)
		deleted += change_rows(change, i);
	return result == 0 ? deleted : -1;
}

int request_log_take_retry(
    struct store *store, int64_t percent, int64_t floor, int64_t now_ms, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_REQUEST_LOG_TAKE_RETRY);
	change_bind(change, ":second", now_ms / 1000, ":percent", percent, ":floor", floor);
	return store_apply(store, change, err) == 0 ? change_rows(change, 0) > 0 : -1;
}

static const struct {
	const char *by;
	enum sql_name name;
} groupings[] = {
	{ "key", SQL_REQUEST_LOG_SPEND_KEY },
	{ "team", SQL_REQUEST_LOG_SPEND_TEAM },
	{ "model", SQL_REQUEST_LOG_SPEND_MODEL },
	{ "provider", SQL_REQUEST_LOG_SPEND_PROVIDER },
	{ "deployment", SQL_REQUEST_LOG_SPEND_DEPLOYMENT },
	{ "day", SQL_REQUEST_LOG_SPEND_DAY },
	{ "user", SQL_REQUEST_LOG_SPEND_USER },
	{ "tag", SQL_REQUEST_LOG_SPEND_TAG },
};

static int each_row(struct statement *s, int (*each)(void *ctx, const struct spend_row *row),
    void *ctx, struct arena *arena, struct error *err)
{
	int result;

	while ((result = statement_step(s, err)) == 1) {
		struct spend_row row = { arena_copy(arena, statement_text(s, 0)),
			statement_int(s, 1), statement_int(s, 2), statement_int(s, 3),
			statement_int(s, 4), statement_int(s, 5), statement_int(s, 6) };

		if (each(ctx, &row) != 0)
			return 0;
	}
	return result;
}

int request_log_spend(struct store *store, const char *by, int64_t from_ms, int64_t to_ms,
    struct arena *arena, int (*each)(void *ctx, const struct spend_row *row), void *ctx,
    struct error *err)
{
	const char *from_id = arena_copy(arena, digest_first_id(from_ms).text);
	const char *to_id = arena_copy(arena, digest_first_id(to_ms).text);
	int result = -1;
	size_t i = 0;

	while (i < sizeof groupings / sizeof groupings[0] && strcmp(groupings[i].by, by) != 0)
		i++;
	if (i == sizeof groupings / sizeof groupings[0])
		return error_set(err, ERROR_USAGE,
		    "spend by '%.30s' is not kept; choose key, team, model, provider, deployment "
		    "or day",
		    by);
	AUTO_READ struct statement *s = store_read(store, groupings[i].name, err);
	statement_bind(s, ":from_id", from_id, ":to_id", to_id);
	result = each_row(s, each, ctx, arena, err);
	return result;
}
