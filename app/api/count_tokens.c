/*
 * Estimating tokens.  See the header.
 */
#include "api/count_tokens.h"

#include "api/api_error.h"
#include "base/json_scan.h"
#include "relay/relay.h"

#include "base/banned.h"

/* {"generateContentRequest":{"contents":...}} is the other form of Gemini's request. */
static struct slice body_of(const struct web_request *request, const struct model_call *kind)
{
	struct slice inner = { NULL, 0 };

	if (kind->format == WIRE_GEMINI && json_scan_check(request->body, NULL) == 0)
		inner = json_member(request->body, "generateContentRequest");
	return json_scan_type(inner) == JSON_MAP ? inner : request->body;
}

static void send_count(const struct web_request *request, const struct model_call *kind,
    const struct chat_request *chat, struct web_reply *reply)
{
	long long tokens = (long long)chat_request_estimate(chat);

	web_reply_header(reply, "x-sideways-token-count", "estimate");
	web_reply_send(reply, "application/json",
	    slice_of(arena_printf(request->arena,
		kind->format == WIRE_GEMINI      ? "{\"totalTokens\":%lld}"
		: kind->format == WIRE_RESPONSES ? "{\"object\":\"response.input_tokens\","
						   "\"input_tokens\":%lld}"
						 : "{\"input_tokens\":%lld}",
		tokens)));
}

void count_tokens_answer(struct api *api, const struct web_request *request,
    const struct model_call *kind, struct web_reply *reply)
{
	struct web_request inner = *request;
	struct catalog *catalog = NULL;
	struct chat_request chat;
	struct virtual_key key;
	struct given_items items = { .wanted = false };
	struct error err = { 0 };

	inner.body = body_of(request, kind);
	if (model_call_read(api, &inner, kind, &catalog, &key, &items, &chat, &err) != 0)
		api_error_send(request, reply, &err, NULL);
	else
		send_count(request, kind, &chat, reply);
	catalog_release(catalog);
}
