/*
 * Estimating tokens.  See the header.
 */
#include "api/count_tokens.h"

#include "api/api_error.h"
#include "api/routes.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "relay/relay.h"

#include "base/banned.h"

#define COUNTER_MAX ((size_t)8 << 10) /* bytes: two names of models */

/* {"generateContentRequest":{"contents":...}} is the other form of Gemini's request. */
static struct slice body_of(const struct web_request *request, const struct model_call *kind)
{
	struct slice inner = { NULL, 0 }, body = json_without_mark(request->body);

	if (kind->format == WIRE_GEMINI && json_scan_check(body, NULL) == 0)
		inner = json_member(body, "generateContentRequest");
	return json_scan_type(inner) == JSON_MAP ? inner : body;
}

static void send_count(const struct web_request *request, const struct model_call *kind,
    const struct chat_request *chat, struct web_reply *reply)
{
	long long tokens = (long long)chat_request_estimate(chat);

	web_reply_header(reply, "x-sideways-token-count", "estimate");
	web_reply_send(reply, "application/json",
	    slice_of(arena_printf(request->arena,
		kind->format == WIRE_GEMINI ? "{\"totalTokens\":%lld}"
		: kind->format == WIRE_RESPONSES
		    ? "{\"object\":\"response.input_tokens\",\"input_tokens\":%lld}"
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

/* ---- LiteLLM's /utils/token_counter ---- */

/* {"model", "prompt"} as a chat with that prompt. */
static struct slice counted_body(const struct web_request *request)
{
	struct slice prompt, model, body = json_without_mark(request->body);

	if (json_scan_check(body, NULL) != 0)
		return body;
	prompt = json_member(body, "prompt");
	model = json_member(body, "model");
	if (json_scan_type(prompt) != JSON_TEXT || !model.ptr)
		return body;
	return slice_of(arena_printf(request->arena,
	    "{\"model\":%.*s,\"messages\":[{\"role\":\"user\",\"content\":%.*s}]}", (int)model.len,
	    model.ptr, (int)prompt.len, prompt.ptr));
}

/* What is behind a name is told only to a key that may use it. */
static void send_counter(const struct web_request *request, const struct catalog *catalog,
    const struct virtual_key *key, const struct chat_request *chat, struct web_reply *reply)
{
	const struct group *group = catalog_find(catalog, chat->model, request->arena);
	bool told = group && group->member_count && group_is_open_to(group, key, chat->model);
	const char *used = told ? group->members[0].model : chat->model;
	AUTO_TEXT struct text json = text_empty(COUNTER_MAX);

	json_write(&json, "{total_tokens:%, request_model:%, model_used:%",
	    chat_request_estimate(chat), chat->model, used);
	json_write(&json, "tokenizer_type:'estimate'}");
	web_reply_send(reply, "application/json", text_slice(&json));
}

void api_token_counter(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	const struct model_call kind = { .format = WIRE_OPENAI_CHAT };
	struct web_request inner = *request;
	struct catalog *catalog = NULL;
	struct chat_request chat;
	struct virtual_key key;
	struct given_items items = { .wanted = false };
	struct error err = { 0 };

	inner.body = counted_body(request);
	if (model_call_read(ctx, &inner, &kind, &catalog, &key, &items, &chat, &err) != 0)
		api_error_send(request, reply, &err, NULL);
	else
		send_counter(request, catalog, &key, &chat, reply);
	catalog_release(catalog);
}
