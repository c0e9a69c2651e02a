/*
 * Embeddings in OpenAI's format, which all providers with QUIRK_EMBEDDINGS speak.
 *
 * encoding_format goes to OpenAI only, because others refuse or ignore it; the answer is put into
 * the encoding that the client wants (chat/embeddings.c).
 */
#include "base/json_read.h"
#include "base/json_scan.h"
#include "chat/unknown_members.h"
#include "providers/call_parts.h"
#include "providers/openai_format.h"
#include "providers/splice.h"
#include "providers/usage_member.h"

#include "base/banned.h"

/* What the member becomes: NULL stays as it is, "" is left out, else its new value. */
static const char *openai_embeddings_new_value(
    const struct provider_call *call, const struct json_cursor *member, struct arena *arena)
{
	bool keeps_encoding =
	    strcmp(call->provider->name, "openai") == 0 || (call->provider->quirks & QUIRK_AZURE);

	if (json_key_is(member, "model"))
		return call_quoted(arena, call->model);
	return unknown_member_stays(call->request, member) ||
		       json_key_is_one_of(member, "task_type title") ||
		       (!keeps_encoding && json_key_is(member, "encoding_format"))
		   ? ""
		   : NULL;
}

static int openai_embeddings_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	struct splice splice;
	const char *base;

	if (call_base(call, arena, &base, err) != 0 ||
	    call_set_destination(
		call, call_url(call, base, "embeddings", arena), arena, out, err) != 0 ||
	    call_set_headers(call, arena, out, err) != 0)
		return -1;
	splice_begin(&splice, arena, out);
	for (struct json_cursor member = chat_request_members(call->request); json_next(&member);)
		splice_member(&splice, &member, openai_embeddings_new_value(call, &member, arena));
	return splice_end(&splice, err);
}

/* Vectors are no output, so all that is counted is input. */
static void read_usage(const struct provider *provider, struct slice usage, struct usage *out)
{
	struct usage seen = { .reported_cost_nano = -1 };
	int64_t prompt = 0, total = 0;

	openai_usage_read(provider, usage, &seen);
	(void)json_as_int(json_member(usage, "prompt_tokens"), &prompt); /* or 0 */
	(void)json_as_int(json_member(usage, "total_tokens"), &total);
	out->input_tokens = total > prompt ? total : prompt;
	out->reported_cost_nano = seen.reported_cost_nano;
	out->known = out->input_tokens > 0 || seen.reported_cost_nano > 0;
}

static int openai_embeddings_read_reply(const struct provider *provider, struct slice body,
    struct arena *arena, struct provider_reply *out, struct error *err)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	struct slice data;
	struct json_cursor entry;

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	data = json_member(body, "data");
	entry = json_cursor(data);
	if (json_scan_type(data) != JSON_LIST || !json_next(&entry))
		return error_set(err, ERROR_UPSTREAM, "the provider's answer has no data");
	read_usage(provider, usage_member(body, "usage", arena), &reply.usage);
	reply.model = json_as_text(json_member(body, "model"), arena);
	*out = reply;
	return 0;
}

const struct wire_format embeddings_format = { "embeddings", WIRE_EMBEDDINGS,
	openai_embeddings_build, openai_embeddings_read_reply, call_no_event, NULL, NULL };
