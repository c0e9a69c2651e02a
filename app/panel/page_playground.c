/*
 * Playground: one prompt to a model, charged to a key that is chosen.  The answer is written into
 * the page as it comes, so it needs no script; what it cost, where it went and why follow.
 */
#include <string.h>

#include "accounts/keys.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "base/json_scan.h"
#include "chat/chat_sink.h"
#include "panel/known.h"
#include "panel/pages.h"
#include "relay/relay.h"
#include "web/template.h"

#include "base/banned.h"

#define PROMPT_BYTES ((size_t)100000)
#define ANSWER_MOST  2000 /* tokens */
#define PAGE_BYTES   ((size_t)1 << 20)

struct playing { /* in the arena, from the form to its stream */
	struct virtual_key key;
	struct chat_request request;
	struct web_reply *reply;
	bool began; /* a piece of the answer has come */
};

/* A key itself is found as well as its name, but does not come back in a page. */
static const char *payer_name(struct page_call *call, const struct playing *playing)
{
	const char *typed = form_get(&call->form, "key");

	if (playing && playing->key.id)
		return playing->key.alias ? playing->key.alias : playing->key.id;
	return typed && strncmp(typed, "sk-", 3) != 0 ? typed : NULL;
}

static json_t *form_json(struct page_call *call, const struct playing *playing)
{
	static const char *const fields[] = { "model", "prompt" };
	json_t *data = json_object();

	known_lists(call, data);
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		json_set_text(data, fields[i], form_get(&call->form, fields[i]));
	json_set_text(data, "key", payer_name(call, playing));
	return data;
}

json_t *page_playground(struct page_call *call, struct error *err)
{
	return form_json(call, NULL);
}

/* ---- reading ---- */

static const char *playground_body(struct page_call *call, const char *model, const char *prompt)
{
	AUTO_JSON json_t *body = json_pack("{s:s, s:b, s:i, s:[{s:s, s:s}]}", "model", model,
	    "stream", 1, "max_tokens", ANSWER_MOST, "messages", "role", "user", "content", prompt);

	return json_text(body, JSON_COMPACT, call->arena);
}

static int find_payer(struct page_call *call, struct playing *playing, struct error *err)
{
	const char *which = page_form(call, "key");
	const struct virtual_key *key = &playing->key;

	if (!which)
		return error_set(err, ERROR_BAD_REQUEST, "choose the key that pays");
	if (keys_find(call->store, which, call->arena, &playing->key, err) != 0)
		return -1; /* in words without the secret, if it was one */
	if (key->blocked || (key->expires_ms && key->expires_ms <= call->now_ms))
		return error_set(err, ERROR_BAD_REQUEST, "this key is blocked or has expired");
	return 0;
}

static int read_question(struct page_call *call, struct playing *playing, struct error *err)
{
	const char *model = page_form(call, "model"), *prompt = page_form(call, "prompt");

	if (!call->catalog)
		return error_set(err, ERROR_BAD_REQUEST, "the settings cannot be used");
	if (!model || !prompt)
		return error_set(err, ERROR_BAD_REQUEST, "choose a model and write a prompt");
	if (strlen(prompt) > PROMPT_BYTES)
		return error_set(
		    err, ERROR_BAD_REQUEST, "a prompt has %zu bytes at most", PROMPT_BYTES);
	if (find_payer(call, playing, err) != 0)
		return -1;
	return chat_request_read(slice_of(playground_body(call, model, prompt)), NULL, call->arena,
	    &playing->request, err);
}

/* ---- the answer as it comes ---- */

static int playground_write(struct playing *playing, struct slice words)
{
	AUTO_TEXT struct text text = text_empty(PAGE_BYTES);

	if (words.len == 0)
		return 0;
	template_escape(&text, words.ptr, words.len);
	playing->began = true;
	if (web_reply_write(playing->reply, text.bytes, text.len) != 0)
		return -1;
	return web_reply_flush(playing->reply);
}

static int playground_event(void *ctx, const char *name, struct slice data)
{
	AUTO_ARENA struct arena arena = { 0 };
	struct slice choices = json_member(data, "choices");
	struct json_cursor first = json_cursor(choices);
	int result = 0;

	if (json_scan_type(choices) == JSON_LIST && json_next(&first))
		result = playground_write(
		    ctx, json_as_slice(
			     json_member(json_member(first.value, "delta"), "content"), &arena));
	return result;
}

static int playground_translated(void *ctx, const struct chat_event *event)
{
	return event->kind == EVENT_TEXT || event->kind == EVENT_REFUSAL
		   ? playground_write(ctx, event->text)
		   : 0;
}

static int playground_keep_alive(void *ctx)
{
	return web_reply_flush(((struct playing *)ctx)->reply);
}

static bool playground_gone(void *ctx)
{
	return web_reply_gone(((struct playing *)ctx)->reply);
}

/* ---- what follows it ---- */

static json_t *what_followed(const struct page_call *call, const struct relay_outcome *outcome,
    const struct playing *playing, int result, const struct error *err)
{
	json_t *data = json_object();

	json_set_all(data, "request cost$ went_to tier fallbacks blocked empty? error",
	    call->request->id, outcome->cost_nano,
	    outcome->member ? outcome->member->deployment->id : NULL, outcome->tier,
	    outcome->fallbacks, outcome->blocked_upward, !playing->began,
	    result == 0 ? NULL : err->text);
	return data;
}

static void playground_part(struct page_call *call, const struct page *row,
    const char *template_name, json_t *data, struct web_reply *reply)
{
	AUTO_TEXT struct text html = text_empty(PAGE_BYTES);

	if (call->render(call, row, template_name, data, &html) == 0)
		(void)web_reply_write(reply, html.bytes, html.len);
	(void)web_reply_flush(reply);
}

static void play(
    struct page_call *call, const struct page *row, json_t *data, struct web_reply *reply)
{
	struct playing *playing = call->stream_ctx;
	struct chat_sink sink = { playing, playground_event, playground_translated,
		playground_keep_alive, playground_gone, NULL };
	struct relay_outcome outcome = { .first_token_ms = -1, .retry_after_ms = -1 };
	struct error err = { 0 };
	const struct relay_call relay = { .gateway = call->gateway,
		.catalog = call->catalog,
		.store = call->store,
		.arena = call->arena,
		.request = &playing->request,
		.key = &playing->key,
		.request_id = call->request->id,
		.started_us = call->request->started_us,
		.client_fd = call->request->client_fd,
		.caller = { .route = "playground", .user = call->session->admin },
		.sink = &sink };
	json_t *after;
	int result;

	playing->reply = reply;
	if (web_reply_begin_stream_as(reply, "text/html; charset=utf-8") != 0)
		return;
	playground_part(call, row, "playground_begin", data, reply);
	result = relay_run(&relay, &outcome, &err);
	after = what_followed(call, &outcome, playing, result, &err);
	playground_part(call, row, "playground_end", after, reply);
	json_decref(after);
}

json_t *page_playground_post(struct page_call *call, struct error *err)
{
	struct playing *playing = arena_alloc(call->arena, sizeof *playing);
	struct error why;

	if (page_fields(call, "model key prompt", err) < 0)
		return NULL;
	if (read_question(call, playing, &why) == 0) {
		call->stream = play;
		call->stream_ctx = playing;
	} else {
		call->problem = arena_copy(call->arena, why.text);
	}
	return form_json(call, playing);
}
