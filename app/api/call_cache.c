/*
 * The response cache around a call.  See the header.
 */
#include "api/call_cache.h"

#include <string.h>

#include "accounts/rate_limit.h"
#include "api/idempotent.h"
#include "api/replay.h"
#include "base/clock.h"
#include "base/number.h"
#include "cache/cache_key.h"
#include "relay/trace_note.h"
#include "telemetry/request_line.h"

#include "base/banned.h"

/* Who asks for one deployment by its id must not get what another of its group said.  The mark is a
 * byte that no model's name has. */
static const char *group_or_deployment(
    const struct call_cache *cache, const struct relay_call *call)
{
	const struct settings *settings = catalog_settings(call->catalog);
	const char *model = call->request->model;

	for (size_t i = 0; i < settings->deployment_count; i++)
		if (strcmp(settings->deployments[i].id, model) == 0)
			return arena_printf(call->arena, "\x01%s", model);
	return cache->group;
}

/* A model that this key may not use leaves the hash NULL, and the relay refuses and records it. */
static void make_hash(struct call_cache *cache, const struct relay_call *call, const char *form)
{
	struct cache_owner owner = {
		.key_id = cache->settings->shared ? "" : call->key->id,
		.name_space = cache->settings->name_space,
		.client_space = cache->wish.name_space,
		.form = form,
	};

	if (relay_may_use(call->catalog, call->key, call->request->model, call->arena,
		&cache->group, NULL) != 0)
		return;
	owner.group = group_or_deployment(cache, call);
	cache->hash = cache_key(call->request, &owner, call->arena);
}

/* ---- a hit ---- */

static void set_header(struct web_reply *reply, const char *name, const char *value)
{
	if (value)
		web_reply_header(reply, name, value);
}

static void set_headers(
    const struct call_cache *cache, const struct cached_answer *answer, struct web_reply *reply)
{
	int64_t age_ms = clock_wall_ms() - answer->stored_ms;

	web_reply_header(reply, "x-sideways-cache", "hit");
	web_reply_header(reply, "x-litellm-cache-key", cache->hash);
	web_reply_header_int(reply, "Age", age_ms > 0 ? age_ms / 1000 : 0);
	set_header(reply, "x-sideways-original-request-id", answer->request_id);
	set_header(reply, "x-sideways-model", answer->model);
	set_header(reply, "x-sideways-model-group", answer->group);
	set_header(reply, "x-litellm-model-group", answer->group);
	set_header(reply, "x-sideways-deployment", answer->deployment_id);
	set_header(reply, "x-litellm-model-id", answer->deployment_id);
	set_header(reply, "x-sideways-tier", answer->tier);
	web_reply_header_int(reply, "x-sideways-attempts", 0);
	web_reply_header(reply, "x-sideways-cost", number_dollars_bare(0).text);
	web_reply_header(reply, "x-litellm-response-cost", number_dollars_bare(0).text);
	set_header(reply, "x-sideways-not-spent", number_dollars_bare(answer->cost_nano).text);
}

static void record_hit(const struct call_cache *cache, const struct relay_call *call,
    const struct cached_answer *answer)
{
	int64_t took_us = clock_mono_us() - call->started_us;
	struct change *change = change_new();
	const struct trace_waits none = { .count = 0 };
	struct request_record record = {
		.id = call->request_id,
		.started_ms = clock_wall_ms() - took_us / 1000,
		.key_id = call->key->id,
		.key_alias = call->key->alias,
		.team_id = call->key->team_id,
		.asked_model = call->request->model,
		.model_group = cache->group,
		.answered_group = answer->group,
		.answered_model = answer->model,
		.deployment_id = answer->deployment_id,
		.tier = answer->tier,
		.outcome = "ok",
		.status = 200,
		.streamed = answer->streamed,
		.latency_ms = took_us / 1000,
		.first_token_ms = -1,
		.overhead_us = took_us,
		.from_cache = true,
		.cache_saved_nano = answer->cost_nano,
		.trace = trace_note_facts(call, &none),
		.caller = call->caller,
	};

	request_log_into(change, &record);
	request_line_write(catalog_settings(call->catalog)->request_log, &record);
	answer_cache_count_into(change, cache->group, true, answer->cost_nano);
	store_apply_later(cache->store, change);
}

static void count_miss(const struct call_cache *cache)
{
	struct change *change = change_new();

	answer_cache_count_into(change, cache->group, false, 0);
	store_apply_later(cache->store, change);
}

/* Is there an answer that is young enough?  Counts a miss when there is none. */
static bool call_cache_find(
    const struct call_cache *cache, struct arena *arena, struct cached_answer *out)
{
	int64_t now_ms = clock_wall_ms(), not_before_ms = 0;

	if (cache->wish.max_age_ms >= 0)
		not_before_ms = now_ms - cache->wish.max_age_ms;
	if (cache->wish.look && answer_cache_find(cache->store, cache->settings, cache->hash,
				    now_ms, not_before_ms, arena, out))
		return true;
	count_miss(cache);
	return false;
}

/* A hit is a request of the minute like any other.  When there is no room for it the relay gets the
 * request, refuses it for the same reason and records that. */
static bool may_hit(const struct relay_call *call)
{
	const struct virtual_key *key = call->key;
	const struct rate_scope of_key = { "key", key->id, key->limits, 1, 0 };
	const struct rate_scope of_team = { "team", key->team_id,
		key->team_id ? key->team_limits : LIMITS_NONE, 1, 0 };
	struct rate_hold hold = { .count = 0 };

	rate_hold_add(&hold, &of_key);
	rate_hold_add(&hold, &of_team);
	return rate_count(call->store, &hold, call->request_id, clock_wall_ms(), NULL) == 0;
}

int call_cache_answer(struct call_cache *cache, const struct relay_call *call,
    const struct web_request *request, const char *form, struct web_reply *reply, struct error *err)
{
	struct cached_answer answer;

	*cache = (struct call_cache){ .settings = &catalog_settings(call->catalog)->cache,
		.store = call->store };
	if (cache_wish_read(cache->settings, call->request,
		web_request_variable(request, "HTTP_CACHE_CONTROL"), call->arena, &cache->wish,
		err) != 0)
		return -1;
	if (cache->wish.look || cache->wish.keep)
		make_hash(cache, call, form);
	if (!cache->hash)
		return 0;
	if (call_cache_find(cache, call->arena, &answer) && may_hit(call)) {
		set_headers(cache, &answer, reply);
		replay_send(reply, answer.content_type, answer.streamed, answer.body);
		record_hit(cache, call, &answer);
		return 1;
	}
	web_reply_header(reply, "x-sideways-cache", "miss");
	if (cache->wish.keep) {
		text_init(&cache->copy, (size_t)cache->settings->max_entry_bytes);
		web_reply_copy(reply, &cache->copy);
	}
	return 0;
}

/* ---- a miss that was answered ---- */

/* All of it, and from the group that was asked for: a stand-in's answer must not outlive the
 * outage. */
static bool is_worth_keeping(const struct call_cache *cache, const struct relay_outcome *outcome,
    const struct web_reply *reply)
{
	return outcome && outcome->member && outcome->fallbacks == 0 && !web_reply_gone(reply) &&
	       !text_failed(&cache->copy);
}

void call_cache_keep(
    struct call_cache *cache, const struct relay_outcome *outcome, struct web_reply *reply)
{
	struct cached_answer answer;

	if (!cache->hash || !cache->wish.keep)
		return;
	web_reply_copy(reply, NULL);
	if (is_worth_keeping(cache, outcome, reply)) {
		answer = (struct cached_answer){
			.request_id = outcome->request_id,
			.stored_ms = clock_wall_ms(),
			.content_type = web_reply_header_of(reply, "Content-Type"),
			.streamed = web_reply_streamed(reply),
			.cost_nano = outcome->cost_nano,
			.group = outcome->group,
			.model = outcome->member->model,
			.deployment_id = outcome->member->deployment->id,
			.tier = outcome->tier,
			.body = text_slice(&cache->copy),
		};
		answer_cache_keep(
		    cache->store, cache->settings, cache->hash, &answer, cache->wish.ttl_ms);
	}
	text_release(&cache->copy);
}
