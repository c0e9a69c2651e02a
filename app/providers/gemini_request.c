/*
 * A call to Gemini: the model stands in the path, and so does whether the answer is streamed.  A
 * client of the same format has its own body passed on, with the limit of generationConfig lowered
 * or put in.
 */
#include "providers/gemini_format.h"

#include "base/json_scan.h"
#include "base/json_write.h"
#include "base/text.h"
#include "chat/gemini_names.h"
#include "chat/unknown_members.h"
#include "providers/call_parts.h"
#include "providers/cloud.h"
#include "providers/foreign_history.h"
#include "providers/gemini_thinking.h"
#include "providers/gemini_turns.h"
#include "providers/model_fit.h"
#include "providers/splice.h"

#include "base/banned.h"

/* api_base is the origin, or the origin with its version; Vertex' addresses end in .../models. */
static const char *gemini_request_address(
    const struct provider_call *call, const char *base, struct arena *arena)
{
	const char *verb =
	    call->request->stream ? "streamGenerateContent?alt=sse" : "generateContent";
	const char *model = call_path_part(call->model, arena), *path = strstr(base, "://");
	size_t len = strlen(base);

	path = path ? strchr(path + 3, '/') : NULL;
	if (len >= 7 && strcmp(base + len - 7, "/models") == 0)
		return arena_printf(arena, "%s/%s:%s", base, model, verb);
	return arena_printf(arena, "%s%s/models/%s:%s", base, path ? "" : "/v1beta", model, verb);
}

static bool is_limit(const struct json_cursor *member)
{
	return gemini_key_is(member, "maxOutputTokens");
}

static bool is_config(const struct json_cursor *member)
{
	return gemini_key_is(member, "generationConfig");
}

/* Another generation of models may lack the level that the client thought of, want a budget in its
 * place, or refuse to stop thinking: the thinkingConfig in the model's own way; NULL: as it is. */
static const char *fitted_thinking(
    const struct provider_call *call, struct slice thinking, struct arena *arena)
{
	const struct chat_conversation *said = call->request->conversation;
	const struct model_traits *traits = &call->traits;
	struct chat_conversation sent;
	AUTO_TEXT struct text json = { .size = 0 };
	bool level, off;

	if (!said || !traits->known || json_scan_type(thinking) != JSON_MAP)
		return NULL;
	level = said->effort != EFFORT_UNSET &&
		(traits->by_budget || model_effort(traits, said->effort, false) != said->effort);
	off =
	    said->effort == EFFORT_UNSET && said->thinking_budget == 0 && traits->off == OFF_CANNOT;
	if (!level && !off)
		return NULL;
	sent = *said;
	(void)model_fit(&sent, call->provider, traits, WIRE_GEMINI, NULL, arena);
	text_init(&json, thinking.len + 128);
	gemini_put_thinking(&json, &sent, traits, call->output_limit);
	return json.len ? arena_copy_slice(arena, text_slice(&json)) : "{}";
}

static void put_config_member(const struct provider_call *call, struct text *json,
    const struct json_cursor *member, struct arena *arena)
{
	const char *thinking = gemini_key_is(member, "thinkingConfig")
				   ? fitted_thinking(call, member->value, arena)
				   : NULL;

	if ((is_limit(member) && call->output_limit > 0) ||
	    unknown_member_inside_stays(call->request, "generationConfig", member))
		return;
	if (!thinking)
		json_put_raw(json, member->whole);
	else
		json_write(json, "thinkingConfig:%r", thinking);
}

/* generationConfig with the limit, and thinking in the model's way. */
static const char *fitted_config(
    const struct provider_call *call, struct slice config, struct arena *arena)
{
	AUTO_TEXT struct text json;

	text_init(&json, config.len + 256);
	json_write(&json, "{");
	if (call->output_limit > 0)
		json_write(&json, "maxOutputTokens:%", call->output_limit);
	if (json_scan_type(config) == JSON_MAP)
		for (struct json_cursor member = json_cursor(config); json_next(&member);)
			put_config_member(call, &json, &member, arena);
	json_write(&json, "}");
	return arena_copy_slice(arena, text_slice(&json));
}

static const char *new_contents(
    const struct provider_call *call, struct slice contents, struct arena *arena)
{
	const char *joined = gemini_turns_joined(contents, arena), *signed_calls = NULL;

	if (call->traits.reasoning_back == BACK_MUST)
		signed_calls = history_for_gemini(joined ? slice_of(joined) : contents, arena);
	return signed_calls ? signed_calls : joined;
}

/* What the member becomes: NULL stays as it is, "" is left out, else its new value. */
static const char *gemini_request_new_value(
    const struct provider_call *call, const struct json_cursor *member, struct arena *arena)
{
	if (json_key_is(member, "contents"))
		return new_contents(call, member->value, arena);
	if (is_config(member) &&
	    (call->output_limit > 0 || call->traits.known || call->request->held_back_count > 0))
		return fitted_config(call, member->value, arena);
	return json_key_is(member, "model") || unknown_member_stays(call->request, member) ? ""
											   : NULL;
}

static int gemini_request_pass_on(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	struct splice splice;
	bool has_config = false;

	splice_begin(&splice, arena, out);
	for (struct json_cursor member = chat_request_members(call->request); json_next(&member);) {
		has_config = has_config || is_config(&member);
		splice_member(&splice, &member, gemini_request_new_value(call, &member, arena));
	}
	if (call->output_limit > 0 && !has_config)
		splice_put(&splice, slice_of("generationConfig"),
		    fitted_config(call, (struct slice){ NULL, 0 }, arena));
	return splice_end(&splice, err);
}

int gemini_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const char *base = NULL, *url = cloud_url(call, arena);

	if ((!url && call_base(call, arena, &base, err) != 0) ||
	    call_set_destination(call, url ? url : gemini_request_address(call, base, arena), arena,
		out, err) != 0 ||
	    call_set_headers(call, arena, out, err) != 0)
		return -1;
	return call->conversation ? gemini_compose(call, arena, out, err)
				  : gemini_request_pass_on(call, arena, out, err);
}
