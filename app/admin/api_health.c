/*
 * GET /health: how each deployment does, from what its last calls showed.  Nothing is sent and
 * nothing is billed.
 */
#include <string.h>

#include "admin/api_operations.h"
#include "admin/wire.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "views/view_models.h"

#include "base/banned.h"

static json_t *endpoint_json(const json_t *view)
{
	static const char *const same[] = { "state", "attempts", "failures", "latency_ms",
		"cooldown_seconds" };
	json_t *out = json_object();

	json_set(out, "model_name", wire_same(view, "group"));
	json_set(out, "model_id", wire_same(view, "deployment"));
	json_set(out, "model", wire_same(view, "model"));
	json_set(out, "custom_llm_provider", wire_same(view, "provider"));
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
		json_set(out, same[i], wire_same(view, same[i]));
	if (!json_is_true(json_object_get(view, "usable"))) {
		const char *reason = json_read_text(view, "reason_words");

		json_set_text(out, "error", reason ? reason : json_read_text(view, "state_words"));
	}
	return out;
}

json_t *api_health(struct api_call *call, struct error *err)
{
	json_t *answer, *healthy, *unhealthy, *view;
	AUTO_JSON json_t *models = NULL;
	size_t i;

	if (api_query_only(call, "", err) != 0)
		return NULL;
	models = view_models(call->store, call->catalog, call->now_ms, err);
	if (!models)
		return NULL;
	healthy = json_array();
	unhealthy = json_array();
	json_array_foreach(json_object_get(models, "deployments"), i, view)
	    json_append(json_is_true(json_object_get(view, "usable")) ? healthy : unhealthy,
		endpoint_json(view));
	answer = json_object();
	json_set_int(answer, "healthy_count", (int64_t)json_array_size(healthy));
	json_set_int(answer, "unhealthy_count", (int64_t)json_array_size(unhealthy));
	json_set(answer, "healthy_endpoints", healthy);
	json_set(answer, "unhealthy_endpoints", unhealthy);
	return answer;
}
