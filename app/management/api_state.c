/*
 * What stands beside the gateway, in LiteLLM's words: who is told of alerts and of requests
 * (/active/callbacks, /get/config/callbacks), and whether the cache answers (/cache/ping).
 */
#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "cache/redis_cache.h"
#include "management/api_operations.h"

#include "base/banned.h"

#define PING_HASH   "ping" /* no request's: those are of hexadecimal digits */
#define PING_TTL_MS 60000

static const char *const alert_kinds[] = { [ALERT_JSON] = "webhook",
	[ALERT_LITELLM] = "webhook",
	[ALERT_SLACK] = "slack",
	[ALERT_DISCORD] = "discord",
	[ALERT_TEAMS] = "ms_teams",
	[ALERT_MAIL] = "email" };

/* Each kind once. */
static json_t *alert_names(const struct settings *settings)
{
	json_t *list = json_array();
	unsigned seen = 0;

	for (size_t i = 0; i < settings->alerts.destination_count; i++) {
		enum alert_shape shape = settings->alerts.destinations[i].shape;
		const char *kind = alert_kinds[shape];

		for (unsigned s = 0; s < sizeof alert_kinds / sizeof alert_kinds[0]; s++)
			if (strcmp(alert_kinds[s], kind) == 0 && (seen & (1U << s)))
				kind = NULL;
		seen |= 1U << shape;
		if (kind)
			json_append(list, json_string(kind));
	}
	return list;
}

/* Who gets traces of successes, or of failures. */
static json_t *trace_names(const struct settings *settings, bool failures)
{
	json_t *list = json_array();

	for (size_t i = 0; i < settings->traces.count; i++)
		if (failures ? settings->traces.items[i].failures
			     : settings->traces.items[i].successes)
			json_append(list, json_string(settings->traces.items[i].name));
	return list;
}

/* LiteLLM writes Python's lists: "['slack']", or "None". */
static const char *as_python(struct api_call *call, const json_t *names)
{
	const char *text = NULL;
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name) text = arena_printf(
	    call->arena, "%s%s'%s'", text ? text : "[", text ? ", " : "", json_string_value(name));
	return text ? arena_printf(call->arena, "%s]", text) : "None";
}

json_t *api_callbacks(struct api_call *call, struct error *err)
{
	static const char *const none[] = { "litellm.callbacks", "litellm.input_callback",
		"litellm._async_success_callback", "litellm._async_failure_callback",
		"litellm._async_input_callback" };
	AUTO_JSON json_t *alerts = NULL;
	json_t *answer, *all;

	alerts = alert_names(call->settings);
	answer = json_object();
	all = json_array();
	json_set_text(answer, "alerting", as_python(call, alerts));
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		json_set(answer, none[i], json_array());
	for (int failures = 0; failures < 2; failures++) {
		json_t *names = trace_names(call->settings, failures);

		(void)json_array_extend(all, names); /* cannot fail: both are arrays */
		json_set(answer, failures ? "litellm.failure_callback" : "litellm.success_callback",
		    names);
	}
	json_set(answer, "all_litellm_callbacks", all);
	json_set_int(answer, "num_callbacks", (int64_t)json_array_size(all));
	json_set_int(answer, "num_alerting", (int64_t)json_array_size(alerts));
	json_set_int(answer, "litellm.request_timeout", call->settings->request_timeout_ms / 1000);
	return answer;
}

/* {"name", "variables", MORE}: secrets are never told. */
static void add_named(json_t *list, const char *name, const char *more, json_t *value)
{
	json_t *one = json_object();

	json_set_text(one, "name", name);
	json_set(one, "variables", json_object());
	json_set(one, more, value);
	json_append(list, one);
}

json_t *api_config_callbacks(struct api_call *call, struct error *err)
{
	const struct settings *settings = call->settings;
	json_t *answer, *callbacks, *alerts, *names, *name, *router;
	size_t i;

	answer = json_object();
	callbacks = json_array();
	alerts = json_array();
	router = json_object();
	for (i = 0; i < settings->traces.count; i++)
		add_named(callbacks, settings->traces.items[i].name, "type",
		    json_string(!settings->traces.items[i].failures    ? "success"
				: !settings->traces.items[i].successes ? "failure"
								       : "success_and_failure"));
	names = alert_names(settings);
	json_array_foreach(names, i, name)
	    add_named(alerts, json_string_value(name), "active_alerts", json_array());
	json_set_int(router, "num_retries", settings->num_retries);
	json_set_int(router, "allowed_fails", settings->allowed_fails);
	json_set_int(router, "cooldown_time", settings->cooldown_ms / 1000);
	json_set_int(router, "timeout", settings->request_timeout_ms / 1000);
	json_set_text(answer, "status", "success");
	json_set(answer, "callbacks", callbacks);
	json_set(answer, "alerts", alerts);
	json_set(answer, "active_alerting_destinations", names);
	json_set(answer, "router_settings", router);
	json_set(answer, "available_callbacks", json_object());
	return answer;
}

/* 503 in LiteLLM's words when there is no cache, or it does not answer.  SQLite's is the database,
 * which answered already. */
json_t *api_cache_ping(struct api_call *call, struct error *err)
{
	const struct cache_settings *cache = &call->settings->cache;
	const struct cached_answer ping = { .request_id = "",
		.stored_ms = call->now_ms,
		.content_type = "",
		.body = slice_of("") };
	bool is_redis = cache->type == CACHE_REDIS;
	json_t *answer;

	call->status = 503;
	call->param = "cache_ping";
	if (!cache->enabled)
		return json_none(error_set(err, ERROR_BAD_REQUEST,
		    "Cache not initialized: litellm_settings.cache is not true"));
	if (is_redis && redis_cache_keep(cache, PING_HASH, &ping, PING_TTL_MS) != REDIS_DONE)
		return json_none(error_set(err, ERROR_BAD_REQUEST,
		    "Service Unhealthy: Redis does not answer; requests go on without the cache"));
	call->status = 0;
	answer = json_object();
	json_set_text(answer, "status", "healthy");
	json_set_text(answer, "cache_type", is_redis ? "redis" : "local");
	json_set(answer, "ping_response", is_redis ? json_true() : json_null());
	json_set_text(answer, "set_cache_response", is_redis ? "success" : NULL);
	json_set_text(answer, "litellm_cache_params", "{}");
	json_set(answer, "health_check_cache_params", json_null());
	return answer;
}
