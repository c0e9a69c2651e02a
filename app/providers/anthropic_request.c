/*
 * A call to Anthropic: the client's own body with the model and the limit changed, or a body
 * written anew for a client of another format.  Version and beta headers are the client's where it
 * sent some.
 */
#include "providers/anthropic_content.h"
#include "providers/anthropic_format.h"
#include "providers/anthropic_passing.h"

#include "base/json_scan.h"
#include "base/json_write.h"
#include "chat/unknown_members.h"
#include "providers/call_parts.h"
#include "providers/cloud.h"
#include "providers/foreign_history.h"
#include "providers/model_fit.h"
#include "providers/splice.h"

#include "base/banned.h"

#define DEFAULT_VERSION "2023-06-01"
/* From this version on sampling parameters are unknown members. */
#define NO_SAMPLING_VERSION "2026-10-21"
#define THINKING_MAX        ((size_t)64 << 10)

/* api_base is the origin, the origin with /v1, or the whole address, as LiteLLM takes them. */
static const char *anthropic_request_address(const char *base, struct arena *arena)
{
	size_t len = strlen(base);

	if (len >= 9 && strcmp(base + len - 9, "/messages") == 0)
		return base;
	if (len >= 3 && strcmp(base + len - 3, "/v1") == 0)
		return arena_printf(arena, "%s/messages", base);
	return arena_printf(arena, "%s/v1/messages", base);
}

static int set_version(const struct provider_call *call, struct fetch_call *out, struct error *err)
{
	const struct chat_request *request = call->request;
	bool own = !call->conversation;

	if (cloud_version_in_body(call))
		return own && request->vendor_beta && (call->provider->quirks & QUIRK_VERTEX)
			   ? call_add_header(out, "anthropic-beta", request->vendor_beta, err)
			   : 0;
	if (call_add_header(out, "anthropic-version",
		own && request->vendor_version ? request->vendor_version : DEFAULT_VERSION,
		err) != 0)
		return -1;
	return own && request->vendor_beta
		   ? call_add_header(out, "anthropic-beta", request->vendor_beta, err)
		   : 0;
}

static const char *with_budget(struct slice thinking, int64_t budget, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(THINKING_MAX);

	json_write(&json, "{");
	for (struct json_cursor member = json_cursor(thinking); json_next(&member);)
		if (!json_key_is(&member, "budget_tokens"))
			json_put_raw(&json, member.whole);
	json_write(&json, "budget_tokens:%}", budget);
	return text_failed(&json) ? NULL : arena_copy_slice(arena, text_slice(&json));
}

/* Thinking whose budget is below the limit that is sent: as it is, or with half of the limit, which
 * leaves the other half for the answer; NULL: the limit is too low to think at all. */
static const char *fitted_thinking(
    const struct provider_call *call, struct slice thinking, struct arena *arena)
{
	int64_t limit = call->output_limit > 0 ? call->output_limit : call->request->max_tokens;
	int64_t budget;

	if (limit <= 0 || !json_as_int(json_member(thinking, "budget_tokens"), &budget) ||
	    budget < limit)
		return arena_copy_slice(arena, thinking);
	return limit / 2 >= ANTHROPIC_LEAST_BUDGET ? with_budget(thinking, limit / 2, arena) : NULL;
}

/* The client's own budget has to fit where the gateway lowered the limit.  One that did not fit the
 * client's own limit is the client's mistake, or it thinks between calls, where that is allowed. */
static const char *new_thinking(
    const struct provider_call *call, struct slice thinking, struct arena *arena)
{
	int64_t asked = call->request->max_tokens, budget;
	const char *fitted;

	if (call->output_limit <= 0 ||
	    !json_as_int(json_member(thinking, "budget_tokens"), &budget) ||
	    budget < call->output_limit || (asked > 0 && budget >= asked))
		return NULL;
	fitted = fitted_thinking(call, thinking, arena);
	return fitted ? fitted : "";
}

/* ---- a deployment's defaults, which must never make a client's good request bad ---- */

static struct slice said(const struct provider_call *call, const char *name)
{
	return chat_request_member(call->request, name);
}

/* NULL: there is none, or the client gave the member itself. */
static const char *default_of(const struct provider_call *call, const char *name)
{
	const struct settings_pairs *parameters = &call->deployment->parameters;

	if (said(call, name).ptr)
		return NULL;
	for (size_t i = 0; i < parameters->count; i++)
		if (strcmp(parameters->items[i].name, name) == 0)
			return parameters->items[i].value;
	return NULL;
}

static bool is_thinking(struct slice thinking)
{
	return json_scan_type(thinking) == JSON_MAP &&
	       !json_text_is(json_member(thinking, "type"), "disabled");
}

/* Anthropic refuses thinking beside sampling parameters and a begun answer, and by a budget also
 * beside a forced call and in a tool loop that began without
 * (https://platform.claude.com/docs/en/build-with-claude/extended-thinking, Feature compatibility).
 */
static bool may_think(const struct provider_call *call, struct slice thinking)
{
	const struct chat_conversation *in = call->request->conversation;
	bool forced = in->tool_choice == TOOLS_REQUIRED || in->tool_choice == TOOLS_NAMED;

	if (!is_thinking(thinking))
		return true;
	if (in->temperature.ptr || in->top_p.ptr || in->top_k.ptr || anthropic_is_begun(in))
		return false;
	return json_text_is(json_member(thinking, "type"), "adaptive") ||
	       (!forced && !model_cannot_think_now(in, call->provider, &call->traits));
}

static const char *default_thinking(const struct provider_call *call, struct arena *arena)
{
	const char *value = default_of(call, "thinking");

	return value && may_think(call, slice_of(value))
		   ? fitted_thinking(call, slice_of(value), arena)
		   : NULL;
}

static bool may_sample(const struct provider_call *call, struct slice thinking)
{
	const char *version = call->request->vendor_version;

	return !is_thinking(thinking) &&
	       !model_takes_no_sampling(&call->traits, call->request->conversation) &&
	       !(version && strcmp(version, NO_SAMPLING_VERSION) >= 0);
}

/* Newer models refuse temperature and top_p at once. */
static bool excludes(const struct provider_call *call, const char *name)
{
	if (strcmp(name, "temperature") == 0)
		return json_scan_type(said(call, "top_p")) == JSON_NUMBER;
	return strcmp(name, "top_p") == 0 &&
	       (json_scan_type(said(call, "temperature")) == JSON_NUMBER ||
		   default_of(call, "temperature"));
}

static void add_defaults(const struct provider_call *call, struct splice *splice)
{
	static const char *const sampling[] = { "temperature", "top_p", "top_k" };
	const char *thinking = default_thinking(call, splice->arena);

	splice_put(splice, slice_of("thinking"), thinking);
	if (!may_sample(call, thinking ? slice_of(thinking) : said(call, "thinking")))
		return;
	for (size_t i = 0; i < sizeof sampling / sizeof sampling[0]; i++)
		if (!excludes(call, sampling[i]))
			splice_put(splice, slice_of(sampling[i]), default_of(call, sampling[i]));
}

/* ---- the client's own body ---- */

/* What the member becomes: NULL stays as it is, "" is left out, else its new value. */
static const char *anthropic_request_new_value(const struct provider_call *call,
    const struct anthropic_passing *fit, const struct json_cursor *member, const char *limit,
    struct arena *arena)
{
	const char *fitted = anthropic_passing_member(fit, member, arena);

	if (fitted)
		return fitted;
	if (json_key_is(member, "model"))
		return call_quoted(arena, call->model);
	if (json_key_is(member, "messages"))
		return history_for_anthropic(member->value, arena);
	if (json_key_is(member, "max_tokens"))
		return limit;
	if (json_key_is(member, "thinking"))
		return new_thinking(call, member->value, arena);
	return unknown_member_stays(call->request, member) && !json_key_is(member, "cache_control")
		   ? ""
		   : NULL;
}

static int anthropic_request_pass_on(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const char *limit = call->output_limit > 0
				? arena_printf(arena, "%lld", (long long)call->output_limit)
				: NULL;
	struct slice body = call->request->body;
	struct anthropic_passing fit;
	struct splice splice;

	anthropic_passing_read(call->request, call->provider, call->deployment, &call->traits,
	    call->output_limit > 0 ? call->output_limit : call->request->max_tokens, arena, &fit);
	splice_begin(&splice, arena, out);
	for (struct json_cursor member = json_cursor(body); json_next(&member);)
		splice_member(&splice, &member,
		    anthropic_request_new_value(call, &fit, &member, limit, arena));
	if (!json_member(body, "max_tokens").ptr)
		splice_put(&splice, slice_of("max_tokens"), limit);
	if (!said(call, "system").ptr)
		splice_put(&splice, slice_of("system"), anthropic_passing_system(&fit, arena));
	add_defaults(call, &splice);
	return splice_end(&splice, err);
}

int anthropic_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const char *base = NULL, *url = cloud_url(call, arena);

	if ((!url && call_base(call, arena, &base, err) != 0) ||
	    call_set_destination(
		call, url ? url : anthropic_request_address(base, arena), arena, out, err) != 0 ||
	    set_version(call, out, err) != 0 || call_set_headers(call, arena, out, err) != 0)
		return -1;
	return call->conversation ? anthropic_compose(call, arena, out, err)
				  : anthropic_request_pass_on(call, arena, out, err);
}
