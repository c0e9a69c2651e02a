/*
 * GET /health: how each deployment does, from what its last calls showed.  Nothing is sent and
 * nothing is billed, unless ?live=true asks for it: then each deployment is called once, with a
 * prompt of a few tokens, as any other request: within the budgets, in the log, and at the expense
 * of the key that asks.
 */
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "chat/chat_request.h"
#include "management/api_operations.h"
#include "management/wire.h"
#include "relay/relay.h"
#include "views/view_models.h"

#include "base/banned.h"

static json_t *endpoint_json(const json_t *view)
{
	json_t *out = json_object();

	wire_copy(out, view,
	    "model_name=group model_id=deployment model custom_llm_provider=provider state "
	    "attempts failures latency_ms cooldown_seconds");
	if (!json_read_true(view, "usable")) {
		const char *reason = json_read_text(view, "reason_words");

		json_set_text(out, "error", reason ? reason : json_read_text(view, "state_words"));
	}
	return out;
}

/* ---- live ---- */

#define LIVE_TOGETHER_MS 25000 /* web servers cut silent answers after 30 or 60 s */
#define LIVE_ONE_S       10

static void set_answered(json_t *live, const struct relay_outcome *outcome)
{
	json_set_all(live, "answered? spend", true, wire_dollars(outcome->cost_nano));
}

static void set_failed(json_t *live, const char *why)
{
	json_set_all(live, "answered? error", false, why);
}

/* A deployment's id is a model's name, so this goes to that one and no other. */
static json_t *call_live(struct api_call *call, const char *deployment_id)
{
	AUTO_TEXT struct text body = text_empty(4096);
	struct relay_outcome outcome = { .first_token_ms = -1, .retry_after_ms = -1 };
	struct error err = { 0 };
	struct chat_request request;
	struct relay_call relay = { .gateway = call->gateway,
		.catalog = call->catalog,
		.store = call->store,
		.arena = call->arena,
		.request = &request,
		.key = &call->key,
		.request_id = arena_copy(call->arena, digest_new_id().text),
		.started_us = clock_mono_us(),
		.client_fd = -1 };
	json_t *live = json_object();

	text_puts(&body, "{\"model\":");
	text_json_string(&body, deployment_id, strlen(deployment_id));
	text_printf(&body,
	    ",\"messages\":[{\"role\":\"user\",\"content\":\"ping\"}],\"max_tokens\":16,\"num_"
	    "retries\":0,\"disable_fallbacks\":true,\"timeout\":%d}",
	    LIVE_ONE_S);
	json_set_text(live, "request_id", relay.request_id);
	if (chat_request_read(text_slice(&body), NULL, call->arena, &request, &err) == 0 &&
	    relay_run(&relay, &outcome, &err) == 0)
		set_answered(live, &outcome);
	else
		set_failed(live, err.text);
	return live;
}

static bool is_chat(const struct settings *settings, const char *deployment_id)
{
	for (size_t i = 0; i < settings->deployment_count; i++) {
		const struct deployment *d = &settings->deployments[i];

		if (strcmp(d->id, deployment_id) == 0)
			return (!d->mode || text_is_one_of(d->mode, "chat responses")) &&
			       !strchr(d->model, '*');
	}
	return false;
}

/* Whether it answered decides; what cannot be asked keeps what its last calls showed. */
static bool check_live(struct api_call *call, json_t *endpoint, int64_t until_ms, bool usable)
{
	const char *id = json_read_text(endpoint, "model_id");
	json_t *live = NULL;

	if (!is_chat(call->settings, id))
		api_notice(
		    call, "%s was not called: it is not a chat model, or it is a wildcard", id);
	else if (clock_mono_ms() + LIVE_ONE_S * 1000 > until_ms)
		api_notice(call, "%s was not called: the time of %d s for all was over", id,
		    LIVE_TOGETHER_MS / 1000);
	else
		live = call_live(call, id);
	if (!live)
		return usable;
	usable = json_read_true(live, "answered");
	if (!usable)
		json_set(endpoint, "error", wire_same(live, "error"));
	json_set(endpoint, "live", live);
	return usable;
}

/* ---- the answer ---- */

struct health {
	json_t *healthy, *unhealthy;
};

static void sort_endpoints(
    struct api_call *call, const json_t *models, bool live, struct health *out)
{
	int64_t until_ms = clock_mono_ms() + LIVE_TOGETHER_MS;
	json_t *view;
	size_t i;

	json_array_foreach(json_object_get(models, "deployments"), i, view)
	{
		bool usable = json_read_true(view, "usable");
		json_t *endpoint = endpoint_json(view);

		if (live)
			usable = check_live(call, endpoint, until_ms, usable);
		json_append(usable ? out->healthy : out->unhealthy, endpoint);
	}
}

json_t *api_health(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *models = NULL;
	struct health health;
	json_t *answer;
	bool live;

	if (api_query_bool(call, "live", false, &live, err) != 0)
		return NULL;
	if (live && !api_may_change(call))
		return json_none(error_set(err, ERROR_FORBIDDEN,
		    "live=true costs money; it needs the master key or a key of key_type "
		    "management"));
	models = view_models(call->store, call->catalog, call->now_ms, err);
	if (!models)
		return NULL;
	health = (struct health){ json_array(), json_array() };
	sort_endpoints(call, models, live, &health);
	answer = json_object();
	json_set_all(answer, "healthy_count unhealthy_count healthy_endpoints unhealthy_endpoints",
	    (int64_t)json_array_size(health.healthy), (int64_t)json_array_size(health.unhealthy),
	    health.healthy, health.unhealthy);
	return answer;
}
