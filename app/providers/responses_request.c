/*
 * A call to OpenAI's Responses address: the client's own body with the model, the limit and store
 * changed, or a body written anew for a client of another format.
 *
 * Without a store the provider forgets its reasoning; it is asked for in its encrypted form, where
 * the model has some, so that a client that sends it back goes on where it was.
 */
#include "base/json_scan.h"
#include "base/json_write.h"
#include "chat/client_tools.h"
#include "chat/unknown_members.h"
#include "providers/call_parts.h"
#include "providers/foreign_history.h"
#include "providers/model_fit.h"
#include "providers/responses_format.h"
#include "providers/responses_passing.h"
#include "providers/splice.h"

#include "base/banned.h"

#define INCLUDED    "reasoning.encrypted_content"
#define INCLUDE_MAX ((size_t)4096) /* bytes of a client's own list that is added to */

/* Azure has the address in its newer form, where the model stands in the body. */
static const char *responses_request_address(
    const struct provider_call *call, const char *base, struct arena *arena)
{
	const char *version = call->deployment->api_version;
	const char *path = "";

	if ((call->provider->quirks & QUIRK_AZURE) && !strstr(base, "/openai/v1"))
		path = version && *version >= '0' && *version <= '9' ? "/openai" : "/openai/v1";
	if (!(call->provider->quirks & QUIRK_AZURE) || !version)
		return arena_printf(arena, "%s%s/responses", base, path);
	return arena_printf(arena, "%s%s/responses?api-version=%s", base, path, version);
}

/* ---- the client's own body ---- */

/* The client's list with the encrypted reasoning in it; NULL: it stays as it is. */
static const char *included(
    const struct provider_call *call, struct slice list, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(INCLUDE_MAX);

	if (!model_reasons(&call->traits) || json_scan_type(list) > JSON_LIST)
		return NULL;
	json_write(&json, "[");
	for (struct json_cursor item = json_cursor(list); json_next(&item);) {
		if (json_text_is(item.value, INCLUDED))
			return NULL;
		json_put_raw(&json, item.value);
	}
	json_write(&json, "%]", INCLUDED);
	return text_failed(&json) ? NULL : arena_copy_slice(arena, text_slice(&json));
}

static bool takes_no_sampling(const struct provider_call *call, const struct responses_passing *fit)
{
	return fit->said && model_takes_no_sampling(&call->traits, &fit->sent);
}

/* Temperature and top_p have chat's names here. */
static bool is_sampling_name(const char *name)
{
	return text_is_one_of(name, "temperature top_p");
}

static bool may_search(const struct provider_call *call)
{
	return server_tool_uses(call->deployment, TOOLS_OF_RESPONSES, SERVER_WEB_SEARCH) > 0;
}

/* The list less what only was offered (chat/client_tools.h); NULL: it stays as it is. */
static const char *bounded_tools(
    const struct provider_call *call, struct slice list, struct arena *arena)
{
	AUTO_TEXT struct text json;

	text_init(&json, list.len + 2);
	if (!(call->request->conversation->features & FEATURE_OFFERED_SEARCH) || may_search(call))
		return NULL;
	json_write(&json, "[");
	for (struct json_cursor tool = json_cursor(list); json_next(&tool);)
		if (!client_tool_is_offer(tool.value))
			json_put_raw(&json, tool.value);
	json_write(&json, "]");
	return arena_copy_slice(arena, text_slice(&json));
}

/* Of all tools at the provider together, the client's own where it is lower; NULL: none may run, or
 * nothing there takes a limit. */
static const char *most_calls(const struct provider_call *call, struct arena *arena)
{
	const struct bound_input *bound = &call->request->bound;
	int64_t most = 0;

	for (int id = 0; id < SERVER_TOOL_COUNT; id++) {
		const struct server_tool *row =
		    server_tool_of(TOOLS_OF_RESPONSES, call->deployment->provider, id);

		if (row && row->limit == USES_OF_ALL && bound->named & (1U << id))
			most += server_tool_uses(call->deployment, TOOLS_OF_RESPONSES, id);
	}
	if (bound->asked_all > 0 && bound->asked_all < most)
		most = bound->asked_all;
	return most > 0 ? arena_printf(arena, "%lld", (long long)most) : NULL;
}

/* What a member becomes: NULL stays as it is, "" is left out, else its new value. */
static const char *responses_request_new_value(const struct provider_call *call,
    const struct responses_passing *fit, const struct json_cursor *member, const char *limit,
    struct arena *arena)
{
	const char *fitted = responses_passing_member(fit, member, arena);

	if (fitted)
		return fitted;
	if (json_key_is(member, "model"))
		return call_quoted(arena, call->model);
	if (json_key_is(member, "max_output_tokens"))
		return limit;
	if (json_key_is(member, "store"))
		return "false";
	if (json_key_is(member, "include"))
		return included(call, member->value, arena);
	if (json_key_is(member, "max_tool_calls"))
		return most_calls(call, arena);
	if (json_key_is(member, "tools"))
		return bounded_tools(call, member->value, arena);
	if (json_key_is(member, "input"))
		return history_for_responses(member->value, may_search(call), arena);
	return unknown_member_stays(call->request, member) ? "" : NULL;
}

static void add_defaults(
    const struct provider_call *call, const struct responses_passing *fit, struct splice *splice)
{
	const struct settings_pairs *parameters = &call->deployment->parameters;

	for (size_t i = 0; i < parameters->count; i++)
		if (is_sampling_name(parameters->items[i].name) && !takes_no_sampling(call, fit) &&
		    !chat_request_member(call->request, parameters->items[i].name).ptr)
			splice_put(splice, slice_of(parameters->items[i].name),
			    parameters->items[i].value);
}

static void add_member(
    const struct provider_call *call, struct splice *splice, const char *name, const char *json)
{
	if (!chat_request_member(call->request, name).ptr)
		splice_put(splice, slice_of(name), json);
}

static void add_missing(const struct provider_call *call, const struct responses_passing *fit,
    struct splice *splice, const char *limit)
{
	add_member(call, splice, "max_output_tokens", limit);
	add_member(call, splice, "store", "false");
	add_member(
	    call, splice, "include", model_reasons(&call->traits) ? "[\"" INCLUDED "\"]" : NULL);
	add_member(call, splice, "max_tool_calls", most_calls(call, splice->arena));
	add_defaults(call, fit, splice);
}

static int responses_request_pass_on(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const char *limit = call->output_limit > 0
				? arena_printf(arena, "%lld", (long long)call->output_limit)
				: NULL;
	struct responses_passing fit;
	struct splice splice;

	responses_passing_read(call->request, call->provider, &call->traits, arena, &fit);
	splice_begin(&splice, arena, out);
	for (struct json_cursor member = chat_request_members(call->request); json_next(&member);)
		splice_member(&splice, &member,
		    responses_request_new_value(call, &fit, &member, limit, arena));
	add_missing(call, &fit, &splice, limit);
	return splice_end(&splice, err);
}

int responses_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const char *base;

	if (call_base(call, arena, &base, err) != 0 ||
	    call_set_destination(
		call, responses_request_address(call, base, arena), arena, out, err) != 0 ||
	    call_set_headers(call, arena, out, err) != 0)
		return -1;
	if (call->deployment->organization &&
	    call_add_header(out, "OpenAI-Organization", call->deployment->organization, err) != 0)
		return -1;
	return call->conversation ? responses_compose(call, arena, out, err)
				  : responses_request_pass_on(call, arena, out, err);
}
