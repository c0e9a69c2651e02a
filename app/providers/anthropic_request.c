/*
 * A call to Anthropic: the client's own body with the model and the limit changed, or a body
 * written anew for a client of another format.  Version and beta headers are the client's where it
 * sent some.
 */
#include "providers/anthropic_format.h"

#include <stdlib.h>

#include "base/json_scan.h"
#include "providers/call_parts.h"
#include "providers/foreign_history.h"
#include "providers/splice.h"

#include "base/banned.h"

#define DEFAULT_VERSION "2023-06-01"

/* claude-opus-4-7 is 407, claude-sonnet-5 is 500, claude-3-5-haiku-20241022 is 305; a name that
 * cannot be read counts as the newest, which refuses the most. */
static int generation(const char *model)
{
	const char *at = strstr(model, "claude-");
	int numbers[2] = { 0, 0 }, count = 0;

	if (!at)
		return 9999;
	for (at += strlen("claude-"); *at && count < 2; at++) {
		char *end;
		long number;

		if (*at < '0' || *at > '9')
			continue;
		number = strtol(at, &end, 10);
		if (number > 99)
			break; /* a date */
		numbers[count++] = (int)number;
		at = end - 1;
	}
	return count ? numbers[0] * 100 + numbers[1] : 9999;
}

struct anthropic_model anthropic_model_of(const char *model)
{
	int is = generation(model);

	return (struct anthropic_model){
		.takes_sampling = is < 407,
		.thinks_by_budget = is >= 307 && is < 407,
		.thinks_adaptively = is >= 406,
		.has_xhigh = is >= 407,
		.has_schemas = is >= 405,
	};
}

/* api_base is the origin, the origin with /v1, or the whole address, as LiteLLM takes them. */
static const char *address(const char *base, struct arena *arena)
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

	if (call_add_header(out, "anthropic-version",
		own && request->vendor_version ? request->vendor_version : DEFAULT_VERSION,
		err) != 0)
		return -1;
	return own && request->vendor_beta
		   ? call_add_header(out, "anthropic-beta", request->vendor_beta, err)
		   : 0;
}

/* Default parameters whose names are Anthropic's too. */
static bool is_shared_name(const char *name)
{
	static const char *const shared[] = { "temperature", "top_p", "top_k", "thinking" };

	for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
		if (strcmp(name, shared[i]) == 0)
			return true;
	return false;
}

static int add_defaults(const struct provider_call *call, struct splice *splice, struct error *err)
{
	const struct settings_pairs *parameters = &call->deployment->parameters;

	for (size_t i = 0; i < parameters->count; i++)
		if (is_shared_name(parameters->items[i].name) &&
		    !chat_request_member(call->request, parameters->items[i].name).ptr &&
		    splice_put(splice, slice_of(parameters->items[i].name),
			parameters->items[i].value, err) != 0)
			return -1;
	return 0;
}

static int pass_member(const struct provider_call *call, struct splice *splice,
    const struct json_cursor *member, const char *limit, struct error *err)
{
	if (json_key_is(member, "model"))
		return splice_put(
		    splice, member->key, call_quoted(splice->arena, call->model), err);
	if (json_key_is(member, "messages")) {
		const char *messages = history_for_anthropic(member->value, splice->arena);

		return messages ? splice_put(splice, member->key, messages, err)
				: splice_keep(splice, member, err);
	}
	if (json_key_is(member, "max_tokens"))
		return limit ? splice_put(splice, member->key, limit, err)
			     : splice_keep(splice, member, err);
	return chat_request_owns(member) && !json_key_is(member, "cache_control")
		   ? splice_drop(splice, err)
		   : splice_keep(splice, member, err);
}

static int pass_on(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err)
{
	const char *limit = call->output_limit > 0
				? arena_printf(arena, "%lld", (long long)call->output_limit)
				: NULL;
	struct slice body = call->request->body;
	struct splice splice;

	if (splice_begin(&splice, arena, out, err) != 0)
		return -1;
	for (struct json_cursor member = json_cursor(body); json_next(&member);)
		if (pass_member(call, &splice, &member, limit, err) != 0)
			return -1;
	if (limit && !json_member(body, "max_tokens").ptr &&
	    splice_put(&splice, slice_of("max_tokens"), limit, err) != 0)
		return -1;
	if (add_defaults(call, &splice, err) != 0)
		return -1;
	return splice_end(&splice, err);
}

int anthropic_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const char *base;

	if (call_base(call, arena, &base, err) != 0 ||
	    call_set_destination(call, address(base, arena), arena, out, err) != 0 ||
	    set_version(call, out, err) != 0 || call_set_headers(call, arena, out, err) != 0)
		return -1;
	return call->conversation ? anthropic_compose(call, arena, out, err)
				  : pass_on(call, arena, out, err);
}

const struct wire_format anthropic_format = { "anthropic messages", WIRE_ANTHROPIC,
	anthropic_request_build, anthropic_reply_read, anthropic_stream_event,
	anthropic_decode_reply, anthropic_decode_event };
