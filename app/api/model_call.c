/*
 * Calls of models: reads the body, lets the relay do the work, and makes the answer a whole reply
 * or a stream of events, in the client's format.
 */
#include "api/model_call.h"

#include "accounts/key_routes.h"
#include "api/answer_edit.h"
#include "api/answer_headers.h"
#include "api/api_error.h"
#include "api/call_cache.h"
#include "api/caller.h"
#include "api/event_writer.h"
#include "api/idempotent.h"
#include "base/base64.h"
#include "base/clock.h"
#include "base/held.h"
#include "base/number.h"
#include "chat/unknown_members.h"
#include "relay/relay.h"

#include "base/banned.h"

struct model_exchange {
	struct api *api;
	const struct web_request *request;
	struct web_reply *reply;
	const struct client_format *format;
	struct relay_outcome outcome;
	struct chat_request chat;
	struct virtual_key key;
	struct answer_about about;
	struct event_writer writer;
	struct client_stream stream;
	struct call_cache cache;
	struct given_items items; /* of the Responses format */
	struct answer_edit edit;
	bool from_cache; /* the answer has been sent */
};

/* ---- the stream's side ---- */

static int begin_stream(struct model_exchange *exchange)
{
	if (web_reply_begun(exchange->reply))
		return 0;
	answer_headers_set(exchange->request, exchange->reply, &exchange->outcome);
	return event_writer_begin(&exchange->writer);
}

/* Speech whose client wants its bytes: those of the events that have some. */
static bool wants_bytes(const struct model_exchange *exchange)
{
	return exchange->chat.media && exchange->chat.media->binary;
}

static int put_speech(struct model_exchange *exchange, struct slice data)
{
	struct arena *arena = exchange->request->arena;
	struct slice audio = base64_decode(json_as_slice(json_member(data, "audio"), arena), arena);

	if (!web_reply_begun(exchange->reply)) {
		answer_headers_set(exchange->request, exchange->reply, &exchange->outcome);
		if (web_reply_begin_stream_as(
			exchange->reply, media_speech_type(&exchange->chat)) != 0)
			return -1;
	}
	if (audio.len > 0 && web_reply_write(exchange->reply, audio.ptr, audio.len) != 0)
		return -1;
	return web_reply_flush(exchange->reply);
}

static void set_passed(struct model_exchange *exchange)
{
	answer_headers_set(exchange->request, exchange->reply, &exchange->outcome);
	web_reply_status(exchange->reply, exchange->outcome.passed_status);
}

static int put_passed(struct model_exchange *exchange, struct slice bytes)
{
	if (!web_reply_begun(exchange->reply)) {
		set_passed(exchange);
		if (web_reply_begin_stream(exchange->reply) != 0)
			return -1;
	}
	return web_reply_write(exchange->reply, bytes.ptr, bytes.len) != 0
		   ? -1
		   : web_reply_flush(exchange->reply);
}

static int model_call_event(void *ctx, const char *name, struct slice data)
{
	struct model_exchange *exchange = ctx;

	if (media_passes(&exchange->chat))
		return put_passed(exchange, data);
	if (wants_bytes(exchange))
		return put_speech(exchange, data);
	given_items_event(&exchange->items, name, data);
	return begin_stream(exchange) != 0
		   ? -1
		   : event_writer_put(&exchange->writer, name,
			 answer_edit(&exchange->edit, data, exchange->request->arena));
}

static int model_call_translated(void *ctx, const struct chat_event *event)
{
	struct model_exchange *exchange = ctx;

	return exchange->format->stream_event(&exchange->stream, event);
}

static int model_call_keep_alive(void *ctx)
{
	struct model_exchange *exchange = ctx;

	/* A comment would be heard, or is none. */
	if (wants_bytes(exchange) || media_passes(&exchange->chat))
		return 0;
	return begin_stream(exchange) != 0 ? -1 : event_writer_keep_alive(&exchange->writer);
}

static int model_call_flush(void *ctx)
{
	struct model_exchange *exchange = ctx;

	return web_reply_flush(exchange->reply);
}

static bool model_call_client_gone(void *ctx)
{
	struct model_exchange *exchange = ctx;

	return web_reply_gone(exchange->reply) || web_request_client_gone(exchange->request);
}

/* ---- the answer ---- */

/* A stream that has begun: the failure is its last event.  If the client is gone by now, nobody is
 * left to tell. */
static void end_in_failure(struct model_exchange *exchange, const struct error *err)
{
	enum wire_format_id id = exchange->format->id;

	if (wants_bytes(exchange) || media_passes(&exchange->chat))
		return; /* it breaks off */
	if (id == WIRE_RESPONSES) {
		const char *code = api_error_code(err, &exchange->outcome);
		struct chat_event event = { .kind = EVENT_FAILED };

		event.text = slice_of(api_error_message(exchange->request, err));
		event.id = slice_of(code ? code : "server_error");
		(void)exchange->format->stream_event(&exchange->stream, &event);
	} else {
		(void)event_writer_put(&exchange->writer, id == WIRE_ANTHROPIC ? "error" : "",
		    api_error_json(exchange->request, err, &exchange->outcome));
	}
	(void)event_writer_end(&exchange->writer);
}

static void send_failure(struct model_exchange *exchange, const struct error *err)
{
	if (err->kind == ERROR_CLIENT_GONE)
		return;
	if (web_reply_begun(exchange->reply)) {
		end_in_failure(exchange, err);
		return;
	}
	answer_headers_set(exchange->request, exchange->reply, &exchange->outcome);
	api_error_send(exchange->request, exchange->reply, err, &exchange->outcome);
}

static struct slice passed_on(const struct model_exchange *exchange)
{
	const struct relay_outcome *outcome = &exchange->outcome;

	return exchange->format->finish ? exchange->format->finish(outcome->body, &exchange->chat,
					      &outcome->usage, exchange->request->arena)
					: outcome->body;
}

/* A whole answer of images, speech and the like, also where a stream was asked for. */
static void send_media(struct model_exchange *exchange)
{
	const struct relay_outcome *outcome = &exchange->outcome;
	struct slice body =
	    answer_edit(&exchange->edit, passed_on(exchange), exchange->request->arena);

	if (web_reply_begun(exchange->reply)) { /* comments went out, and no event came */
		(void)event_writer_put(&exchange->writer, "", body);
		return;
	}
	answer_headers_set(exchange->request, exchange->reply, outcome);
	web_reply_send(exchange->reply,
	    media_type(&exchange->chat, body, outcome->content_type, exchange->request->arena),
	    body);
}

static void send_answer(struct model_exchange *exchange)
{
	const struct relay_outcome *outcome = &exchange->outcome;
	struct slice body;

	if (media_passes(&exchange->chat)) {
		if (web_reply_begun(exchange->reply))
			return;
		set_passed(exchange);
		web_reply_send(exchange->reply,
		    outcome->content_type ? outcome->content_type : "application/octet-stream",
		    outcome->body);
		return;
	}
	if (exchange->chat.media && outcome->body.ptr) {
		send_media(exchange);
		return;
	}
	if (exchange->chat.stream) {
		if (exchange->format->done) /* a client that left has its answer */
			(void)event_writer_put(
			    &exchange->writer, "", slice_of(exchange->format->done));
		(void)event_writer_end(&exchange->writer);
		return;
	}
	body = outcome->reply ? exchange->format->write_reply(
				    outcome->reply, &exchange->about, exchange->request->arena)
			      : passed_on(exchange);
	given_items_answer(&exchange->items, body);
	exchange->outcome.told_cost_nano = outcome->cost_nano;
	body = answer_edit(&exchange->edit, body, exchange->request->arena);
	answer_headers_set(exchange->request, exchange->reply, outcome);
	web_reply_send(exchange->reply, "application/json", body);
}

/* ---- the request ---- */

/* Limits and versions that clients send as headers: the SDKs' own time limit, LiteLLM's steering,
 * Anthropic's version. */
static void read_hints(const struct web_request *request, struct chat_request *chat)
{
	static const char *const timeouts[] = { "HTTP_X_LITELLM_TIMEOUT",
		"HTTP_X_STAINLESS_TIMEOUT", "HTTP_X_STAINLESS_READ_TIMEOUT",
		"HTTP_X_SERVER_TIMEOUT" };
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
	chat->vendor_version = web_request_variable(request, "HTTP_ANTHROPIC_VERSION");
	chat_request_read_betas(
	    web_request_list(request, "HTTP_ANTHROPIC_BETA"), request->arena, chat);
}

/* The body with the items that it names by their ids. */
static int resolve(const struct web_request *request, const struct model_call *kind,
    struct store *store, const struct catalog *catalog, const struct virtual_key *key,
    const char *credential, struct given_items *items, struct slice *out, struct error *err)
{
	*out = json_without_mark(request->body);
	if (kind->format != WIRE_RESPONSES)
		return 0;
	given_items_init(
	    items, store, catalog_settings(catalog), key->id, credential, request->arena);
	return given_items_resolve(items, *out, out, err);
}

int model_call_read(struct api *api, const struct web_request *request,
    const struct model_call *kind, struct catalog **out_catalog, struct virtual_key *out_key,
    struct given_items *out_items, struct chat_request *out, struct error *err)
{
	struct store *store;
	const char *credential;
	struct slice body;

	*out_catalog = gateway_catalog(&api->gateway, err);
	store = *out_catalog ? gateway_store(&api->gateway, err) : NULL;
	credential = store ? web_request_key(request, err) : NULL;
	if (!credential ||
	    relay_authenticate(store, *out_catalog, credential, request->arena, out_key, err) !=
		0 ||
	    key_routes_check(out_key, request->path, request->arena, err) != 0 ||
	    resolve(request, kind, store, *out_catalog, out_key, credential, out_items, &body,
		err) != 0)
		return -1;
	if (kind->passing) {
		media_read_passing(kind->path_model, kind->passing, request->arena, out);
		return 0;
	}
	if ((kind->media ? media_read(kind->media, request->content_type, body, kind->path_model,
			       request->arena, out, err)
			 : client_format(kind->format)
			       ->read(body, kind->path_model, kind->path_stream, request->arena,
				   out, err)) != 0 ||
	    unknown_members_sort(
		out, catalog_settings(*out_catalog)->unknown_members, request->arena, err) != 0)
		return -1;
	read_hints(request, out);
	return 0;
}

static void prepare_stream(struct model_exchange *exchange, const struct model_call *kind)
{
	exchange->about = (struct answer_about){
		.id = slice_of(exchange->request->id),
		.model = slice_of(exchange->chat.model),
		.created_s = clock_wall_ms() / 1000,
		.usage_wanted = exchange->chat.usage_wanted,
		.input_estimate = chat_request_estimate(&exchange->chat),
	};
	exchange->stream = (struct client_stream){
		.arena = exchange->request->arena,
		.about = &exchange->about,
		.write = model_call_event,
		.ctx = exchange,
	};
	exchange->writer = (struct event_writer){ .reply = exchange->reply,
		.as_array = kind->as_array,
		.no_comments = kind->format == WIRE_GEMINI };
}

/* What of the answer is changed for the client. */
static struct answer_edit edit_of(
    struct model_exchange *exchange, const struct model_call *kind, const struct settings *settings)
{
	return (struct answer_edit){
		.model = settings->answers_name_asked ? exchange->chat.model : NULL,
		.is_chat = kind->format == WIRE_OPENAI_CHAT,
		.cost_nano = settings->tells_cost ? &exchange->outcome.told_cost_nano : NULL,
	};
}

static int model_call_run(struct model_exchange *exchange, const struct model_call *kind,
    struct catalog **catalog, struct error *err)
{
	const struct web_request *request = exchange->request;
	struct chat_sink sink = { exchange, model_call_event, model_call_translated,
		model_call_keep_alive, model_call_client_gone, model_call_flush };
	struct relay_call call = {
		.gateway = &exchange->api->gateway,
		.arena = request->arena,
		.request = &exchange->chat,
		.key = &exchange->key,
		.request_id = request->id,
		.started_us = request->started_us,
		.client_fd = request->client_fd,
		.exact = idempotent_wanted(request),
		.sink = &sink,
	};
	int cached;

	if (model_call_read(exchange->api, request, kind, catalog, &exchange->key, &exchange->items,
		&exchange->chat, err) != 0)
		return -1;
	if (catalog_settings(*catalog)->rejects_tags && caller_names_tags(request, &exchange->chat))
		return error_set(err, ERROR_BAD_REQUEST,
		    "tags are those of the key here (reject_clientside_metadata_tags): leave out "
		    "metadata.tags, tags and x-litellm-tags");
	prepare_stream(exchange, kind);
	exchange->edit = edit_of(exchange, kind, catalog_settings(*catalog));
	call.caller = caller_read(
	    request, &exchange->chat, exchange->key.tags, &catalog_settings(*catalog)->tag_budgets);
	call.caller.prompts = &catalog_settings(*catalog)->prompts;
	call.caller.body = exchange->chat.body;
	call.catalog = *catalog;
	call.store = gateway_store(&exchange->api->gateway, err);
	cached = call.store ? call_cache_answer(&exchange->cache, &call, request,
				  kind->as_array ? "array" : "", exchange->reply, err)
			    : -1;
	exchange->from_cache = cached == 1;
	return cached == 0 ? relay_run(&call, &exchange->outcome, err) : cached < 0 ? -1 : 0;
}

void model_call_answer(struct api *api, const struct web_request *request,
    const struct model_call *kind, struct web_reply *reply)
{
	struct model_exchange exchange = {
		.api = api,
		.request = request,
		.reply = reply,
		.format = client_format(kind->format),
	};
	struct error err = { 0 };
	struct catalog *catalog = NULL;
	int result;

	exchange.outcome.retry_after_ms = exchange.outcome.first_token_ms = -1;
	exchange.outcome.rate.requests_limit = exchange.outcome.rate.tokens_limit = LIMIT_NONE;
	result = model_call_run(&exchange, kind, &catalog, &err);
	held_add(HELD_ANSWERS, exchange.outcome.held_bytes);
	if (result != 0) {
		send_failure(&exchange, &err);
		call_cache_keep(&exchange.cache, NULL, reply);
	} else if (!exchange.from_cache) {
		send_answer(&exchange);
		call_cache_keep(&exchange.cache, &exchange.outcome, reply);
	}
	held_add(HELD_ANSWERS, -exchange.outcome.held_bytes);
	catalog_release(catalog);
}
