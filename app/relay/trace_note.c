/*
 * See the header.
 */
#include "relay/trace_note.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "telemetry/trace_context.h"

#include "base/banned.h"

/* Numbers of a request by their names in every client's format, and in Gemini's generationConfig.
 */
static const struct {
	const char *member, *attribute;
} parameters[] = {
	{ "temperature", "gen_ai.request.temperature" },
	{ "top_p", "gen_ai.request.top_p" },
	{ "topP", "gen_ai.request.top_p" },
	{ "top_k", "gen_ai.request.top_k" },
	{ "topK", "gen_ai.request.top_k" },
	{ "max_tokens", "gen_ai.request.max_tokens" },
	{ "max_completion_tokens", "gen_ai.request.max_tokens" },
	{ "max_output_tokens", "gen_ai.request.max_tokens" },
	{ "maxOutputTokens", "gen_ai.request.max_tokens" },
	{ "frequency_penalty", "gen_ai.request.frequency_penalty" },
	{ "frequencyPenalty", "gen_ai.request.frequency_penalty" },
	{ "presence_penalty", "gen_ai.request.presence_penalty" },
	{ "presencePenalty", "gen_ai.request.presence_penalty" },
	{ "seed", "gen_ai.request.seed" },
	{ "n", "gen_ai.request.choice.count" },
	{ "candidateCount", "gen_ai.request.choice.count" },
};

void trace_note_wait(
    struct trace_waits *waits, const char *why, int64_t began_us, struct arena *arena)
{
	int64_t lasted_ms = (clock_mono_us() - began_us) / 1000, now_ms = clock_wall_ms();
	struct trace_wait *wait;

	if (lasted_ms < 1)
		return;
	wait = arena_grow(arena, &waits->items, &waits->count, sizeof *wait);
	*wait = (struct trace_wait){ why, now_ms - lasted_ms, now_ms };
}

static void note_parameters(json_t *out, struct json_cursor members)
{
	while (json_next(&members)) {
		if (json_scan_type(members.value) != JSON_NUMBER)
			continue;
		for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++)
			if (json_key_is(&members, parameters[i].member))
				json_set(out, parameters[i].attribute,
				    json_loadb(members.value.ptr, members.value.len,
					JSON_DECODE_ANY, NULL));
	}
}

static json_t *waits_of(const struct trace_waits *waits)
{
	json_t *list = json_array();

	for (size_t i = 0; i < waits->count; i++) {
		json_t *wait = json_object();

		json_set_all(wait, "why from_ms to_ms", waits->items[i].why,
		    waits->items[i].from_ms, waits->items[i].to_ms);
		json_append(list, wait);
	}
	return list;
}

static bool is_wanted(const struct relay_call *call)
{
	struct trace_context context;

	return catalog_settings(call->catalog)->traces.count > 0 &&
	       (!trace_context_read(call->caller.traceparent, &context) || context.sampled);
}

const char *trace_note_facts(const struct relay_call *call, const struct trace_waits *waits)
{
	AUTO_JSON json_t *facts = NULL;
	json_t *request;
	const char *kept;

	if (!is_wanted(call))
		return NULL;
	facts = json_object();
	request = json_object();
	if (call->caller.traceparent)
		json_set_text(facts, "traceparent", call->caller.traceparent);
	if (call->caller.tracestate)
		json_set_text(facts, "tracestate", call->caller.tracestate);
	note_parameters(request, chat_request_members(call->request));
	note_parameters(
	    request, json_cursor(chat_request_member(call->request, "generationConfig")));
	json_set_all(facts, "request waits", request, waits_of(waits));
	kept = json_text(facts, JSON_COMPACT, call->arena);
	return kept ? kept : "{}";
}

static bool has_header(const struct fetch_call *call, const char *name)
{
	for (size_t i = 0; i < call->header_count; i++)
		if (strcasecmp(call->headers[i].name, name) == 0)
			return true;
	return false;
}

void trace_note_headers(const struct relay_call *call, int attempt, struct fetch_call *out)
{
	const char *parent = call->caller.traceparent;
	struct trace_context context;

	/* A deployment's extra_headers say it themselves. */
	if (has_header(out, "traceparent") || out->header_count + 2 > FETCH_HEADERS_MAX)
		return;
	if (is_wanted(call)) {
		if (!trace_context_read(parent, &context))
			trace_context_new(call->request_id, &context);
		parent = arena_printf(call->arena, "00-%s-%s-%s", context.trace_id,
		    trace_span_id_of(call->request_id, attempt).text, context.flags);
	}
	if (!parent)
		return;
	out->headers[out->header_count++] = (struct fetch_header){ "traceparent", parent };
	if (call->caller.tracestate)
		out->headers[out->header_count++] =
		    (struct fetch_header){ "tracestate", call->caller.tracestate };
}
