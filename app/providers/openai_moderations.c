/*
 * Moderations at OpenAI: the client's body with the model's name.
 */
#include "base/json_scan.h"
#include "chat/unknown_members.h"
#include "providers/call_parts.h"
#include "providers/splice.h"

#include "base/banned.h"

static int openai_moderations_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	struct splice splice;
	const char *base;

	if (call_base(call, arena, &base, err) != 0 ||
	    call_set_destination(
		call, call_url(call, base, "moderations", arena), arena, out, err) != 0 ||
	    call_set_headers(call, arena, out, err) != 0)
		return -1;
	splice_begin(&splice, arena, out);
	splice_put(&splice, slice_of("model"), call_quoted(arena, call->model));
	for (struct json_cursor member = chat_request_members(call->request); json_next(&member);)
		splice_member(&splice, &member,
		    json_key_is(&member, "model") || unknown_member_stays(call->request, &member)
			? ""
			: NULL);
	return splice_end(&splice, err);
}

static int openai_moderations_read_reply(const struct provider *provider, struct slice body,
    struct arena *arena, struct provider_reply *out, struct error *err)
{
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	if (json_scan_type(json_member(body, "results")) != JSON_LIST)
		return error_set(err, ERROR_UPSTREAM, "the provider's answer has no results");
	reply.model = json_as_text(json_member(body, "model"), arena);
	*out = reply;
	return 0;
}

const struct wire_format moderations_format = { "moderations", WIRE_MODERATIONS,
	openai_moderations_build, openai_moderations_read_reply, call_no_event, NULL, NULL };
