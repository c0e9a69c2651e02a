/*
 * POST /v1/chat/completions: reads the body, lets the relay do the work, and makes the answer a
 * whole reply or a stream of events.
 */
#include "api/answer_headers.h"
#include "api/api_error.h"
#include "api/routes.h"
#include "base/number.h"
#include "chat/chat_request.h"
#include "relay/relay.h"

#include "base/banned.h"

struct exchange {
	struct api *api;
	const struct web_request *request;
	struct web_reply *reply;
	struct relay_outcome outcome;
	struct chat_request chat;
	struct virtual_key key;
};

/* ---- the stream's side ---- */

static int begin_stream(struct exchange *exchange)
{
	if (web_reply_begun(exchange->reply))
		return 0;
	answer_headers_set(exchange->request, exchange->reply, &exchange->outcome);
	return web_reply_begin_stream(exchange->reply);
}

/* One event; data of several lines is sent as several data lines, which a reader joins again. */
static int write_event(struct web_reply *reply, struct slice data)
{
	const char *end = data.ptr + data.len;

	for (const char *at = data.ptr, *line_end; at <= end; at = line_end + 1) {
		line_end = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
		if (!line_end)
			line_end = end;
		if (web_reply_write(reply, "data: ", 6) != 0 ||
		    web_reply_write(reply, at, (size_t)(line_end - at)) != 0 ||
		    web_reply_write(reply, "\n", 1) != 0)
			return -1;
	}
	return web_reply_write(reply, "\n", 1) != 0 ? -1 : web_reply_flush(reply);
}

static int on_event(void *ctx, struct slice data)
{
	struct exchange *exchange = ctx;

	return begin_stream(exchange) != 0 ? -1 : write_event(exchange->reply, data);
}

static int on_keep_alive(void *ctx)
{
	static const char comment[] = ": keep-alive\n\n";
	struct exchange *exchange = ctx;

	if (begin_stream(exchange) != 0 ||
	    web_reply_write(exchange->reply, comment, sizeof comment - 1) != 0)
		return -1;
	return web_reply_flush(exchange->reply);
}

static bool on_client_gone(void *ctx)
{
	struct exchange *exchange = ctx;

	return web_reply_gone(exchange->reply) || web_request_client_gone(exchange->request);
}

/* ---- the answer ---- */

static void send_failure(struct exchange *exchange, const struct error *err)
{
	if (err->kind == ERROR_CLIENT_GONE)
		return;
	if (web_reply_begun(exchange->reply)) {
		(void)write_event(exchange->reply,
		    api_error_json(exchange->request, err, &exchange->outcome)); /* if it
is gone by now, nobody is left to tell */
		return;
	}
	answer_headers_set(exchange->request, exchange->reply, &exchange->outcome);
	api_error_send(exchange->request, exchange->reply, err, &exchange->outcome);
}

static void send_answer(struct exchange *exchange)
{
	if (exchange->chat.stream) {
		(void)write_event(
		    exchange->reply, slice_of("[DONE]")); /* a client that left has its answer */
		return;
	}
	answer_headers_set(exchange->request, exchange->reply, &exchange->outcome);
	web_reply_send(exchange->reply, "application/json", exchange->outcome.body);
}

/* Limits that clients send as headers: the SDKs' own time limit, LiteLLM's steering. */
static void read_hints(const struct web_request *request, struct chat_request *chat)
{
	static const char *const timeouts[] = { "HTTP_X_LITELLM_TIMEOUT",
		"HTTP_X_STAINLESS_TIMEOUT", "HTTP_X_STAINLESS_READ_TIMEOUT" };
	const char *retries = web_request_variable(request, "HTTP_X_LITELLM_NUM_RETRIES");
	int64_t value;

	for (size_t i = 0; i < sizeof timeouts / sizeof timeouts[0]; i++) {
		const char *seconds = web_request_variable(request, timeouts[i]);

		if (seconds && number_scaled(slice_of(seconds), 3, &value, NULL) == 0 &&
		    value > 0 && (!chat->timeout_ms || value < chat->timeout_ms))
			chat->timeout_ms = value;
	}
	if (retries && chat->num_retries < 0 &&
	    number_whole(slice_of(retries), 0, 10, &value, NULL) == 0)
		chat->num_retries = value;
}

static int run(struct exchange *exchange, struct catalog *catalog, struct error *err)
{
	const struct web_request *request = exchange->request;
	struct chat_sink sink = { exchange, on_event, on_keep_alive, on_client_gone };
	struct store *store = gateway_store(&exchange->api->gateway, err);
	struct relay_call call = {
		.gateway = &exchange->api->gateway,
		.catalog = catalog,
		.store = store,
		.arena = request->arena,
		.request = &exchange->chat,
		.key = &exchange->key,
		.request_id = request->id,
		.started_us = request->started_us,
		.client_fd = request->client_fd,
		.sink = &sink,
	};
	const char *credential = store ? web_request_key(request, err) : NULL;

	if (!credential ||
	    relay_authenticate(store, catalog, credential, request->arena, &exchange->key, err) !=
		0 ||
	    chat_request_read(request->body, request->arena, &exchange->chat, err) != 0)
		return -1;
	read_hints(request, &exchange->chat);
	return relay_run(&call, &exchange->outcome, err);
}

void api_chat_completions(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	struct exchange exchange = { .api = ctx, .request = request, .reply = reply };
	struct error err = { 0 };
	struct catalog *catalog = gateway_catalog(&exchange.api->gateway, &err);

	exchange.outcome.retry_after_ms = exchange.outcome.first_token_ms = -1;
	exchange.outcome.rate.requests_limit = exchange.outcome.rate.tokens_limit = LIMIT_NONE;
	if (!catalog || run(&exchange, catalog, &err) != 0)
		send_failure(&exchange, &err);
	else
		send_answer(&exchange);
	catalog_release(catalog);
}
