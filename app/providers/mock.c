/*
 * The demonstration provider.  See the header for what it can play.
 *
 * It reads the body it is sent as a real one would, and answers through the same callbacks, so that
 * everything around it (holds, streams, fallbacks, bills) is the real thing.
 */
#include "providers/mock.h"

#include "providers/mock_embeddings.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/json_scan.h"
#include "base/number.h"
#include "base/text.h"

#include "base/banned.h"

#define REPLY_MAX     ((size_t)64 << 20)
#define NAP_MS        50 /* a sleeping answer looks after its client this often */
#define BREAK_AFTER   3  /* events of mock/broken-stream */
#define BYTES_A_TOKEN 4

struct scene {
	const struct fetch_call *call;
	struct fetch_result *out;
	struct arena arena;
	struct slice request;
	const char *model; /* after "mock/" */
	const char *text;  /* to be said */
	bool stream, usage;
	bool cut; /* at the limit that was sent */
	int64_t latency_ms, gap_ms;
	int break_after; /* events; 0: never */
	int64_t input_tokens, output_tokens;
	char id[40];
};

/* ---- failures, a row each ---- */

static const struct {
	const char *model;
	int status;
	const char *body;
} failures[] = {
	/* clang-format off */
	{ "rate-limited", 429, "{\"error\":{\"message\":\"Rate limit reached (demonstration)\",\"type\":\"requests\",\"param\":null,\"code\":\"rate_limit_exceeded\"}}" },
	{ "overloaded",   529, "{\"error\":{\"message\":\"Overloaded (demonstration)\",\"type\":\"overloaded_error\",\"param\":null,\"code\":null}}" },
	{ "context",      400, "{\"error\":{\"message\":\"This model's maximum context length is 10 tokens (demonstration)\",\"type\":\"invalid_request_error\",\"param\":\"messages\",\"code\":\"context_length_exceeded\"}}" },
	{ "policy",       400, "{\"error\":{\"message\":\"The prompt was refused (demonstration)\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"content_filter\"}}" },
	{ "quota",        429, "{\"error\":{\"message\":\"You exceeded your current quota (demonstration)\",\"type\":\"insufficient_quota\",\"param\":null,\"code\":\"insufficient_quota\"}}" },
	{ "auth",         401, "{\"error\":{\"message\":\"Incorrect API key (demonstration)\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"invalid_api_key\"}}" },
	/* clang-format on */
};

/* The number behind a prefix: 30 of "rate-limited-30"; fallback when there is none; -1 when the
 * prefix does not fit. */
static int64_t number_after(const char *model, const char *prefix, int64_t fallback)
{
	size_t len = strlen(prefix);
	int64_t value;

	if (strncmp(model, prefix, len) != 0)
		return -1;
	if (!model[len])
		return fallback;
	if (model[len] != '-' ||
	    number_whole(slice_of(model + len + 1), 0, 3600000, &value, NULL) != 0)
		return -1;
	return value;
}

/* ---- playing the wire ---- */

static void send_head(struct scene *scene, int status, const char *type, const char *retry_after)
{
	struct fetch_head head = { .status = status };

	head.headers[head.header_count++] = (struct fetch_header){ "content-type", type };
	if (retry_after)
		head.headers[head.header_count++] =
		    (struct fetch_header){ "retry-after", retry_after };
	scene->out->status = status;
	scene->out->first_byte_us = clock_mono_us();
	scene->out->end = FETCH_DONE;
	if (scene->call->on_head && scene->call->on_head(scene->call->ctx, &head) != 0)
		scene->out->end = FETCH_STOPPED;
}

static bool send(struct scene *scene, const char *bytes, size_t len)
{
	if (scene->out->end != FETCH_DONE)
		return false;
	if (scene->call->on_body && scene->call->on_body(scene->call->ctx, bytes, len) != 0)
		scene->out->end = FETCH_STOPPED;
	return scene->out->end == FETCH_DONE;
}

/* Sleeps as an upstream would: the client and the time limit are looked after.  False: the call has
 * ended. */
static bool sleep_a_while(
    struct scene *scene, int64_t duration_ms, int64_t limit_ms, enum fetch_end limit_end)
{
	const struct fetch_call *call = scene->call;
	int64_t begun_us = clock_mono_us(), woken_us = begun_us;

	for (;;) {
		int64_t now_us = clock_mono_us(), gone_ms = (now_us - begun_us) / 1000,
			left = duration_ms - gone_ms;

		if (left <= 0)
			return true;
		if (limit_ms > 0 && gone_ms >= limit_ms) {
			scene->out->end = limit_end;
			return false;
		}
		if (call->client_gone && call->client_gone(call->ctx)) {
			scene->out->end = FETCH_CLIENT_GONE;
			return false;
		}
		if (call->wake_ms > 0 && call->on_silence &&
		    now_us - woken_us >= call->wake_ms * 1000) {
			woken_us = now_us;
			if (call->on_silence(call->ctx, gone_ms) != 0) {
				scene->out->end = FETCH_CLIENT_GONE;
				return false;
			}
		}
		clock_sleep_ms(left < NAP_MS ? left : NAP_MS);
	}
}

/* ---- answers ---- */

static void add_usage(const struct scene *scene, struct text *json)
{
	text_printf(json,
	    "\"usage\":{\"prompt_tokens\":%lld,\"completion_tokens\":%lld,\"total_tokens\":%lld}",
	    (long long)scene->input_tokens, (long long)scene->output_tokens,
	    (long long)scene->input_tokens + (long long)scene->output_tokens);
}

static void begin_object(const struct scene *scene, struct text *json, const char *object)
{
	text_printf(json, "{\"id\":\"%s\",\"object\":\"%s\",\"created\":%lld,\"model\":", scene->id,
	    object, (long long)clock_wall_ms() / 1000);
	text_json_string(json, scene->model, strlen(scene->model));
}

static const char *finish_reason(const struct scene *scene)
{
	return scene->cut ? "length" : "stop";
}

static void send_whole(struct scene *scene)
{
	AUTO_TEXT struct text json = text_empty(REPLY_MAX);

	begin_object(scene, &json, "chat.completion");
	text_puts(
	    &json, ",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
	text_json_string(&json, scene->text, strlen(scene->text));
	text_puts(&json, ",\"refusal\":null},\"logprobs\":null,\"finish_reason\":");
	text_printf(&json, "\"%s\"}],", finish_reason(scene));
	add_usage(scene, &json);
	text_putc(&json, '}');
	send_head(scene, 200, "application/json", NULL);
	(void)send(scene, json.bytes, json.len); /* the result is in out */
}

static void send_vectors(struct scene *scene)
{
	struct slice json = mock_embeddings_reply(scene->request, &scene->arena);

	send_head(scene, 200, "application/json", NULL);
	(void)send(scene, json.ptr, json.len);
}

static bool wants_vectors(const struct scene *scene)
{
	const char *end = strstr(scene->call->url, "/embeddings");

	return end && end[strlen("/embeddings")] == '\0';
}

static bool mock_send_chunk(struct scene *scene, struct slice content, bool first, bool last)
{
	AUTO_TEXT struct text json = text_empty(REPLY_MAX);

	text_puts(&json, "data: ");
	begin_object(scene, &json, "chat.completion.chunk");
	text_puts(&json, ",\"choices\":[{\"index\":0,\"delta\":{");
	if (first)
		text_puts(&json, "\"role\":\"assistant\",");
	if (!last) {
		text_puts(&json, "\"content\":");
		text_json_string(&json, content.ptr, content.len);
	}
	text_puts(&json, "},\"logprobs\":null,\"finish_reason\":");
	if (last)
		text_printf(&json, "\"%s\"", finish_reason(scene));
	else
		text_puts(&json, "null");
	text_puts(&json, "}]}\n\n");
	return send(scene, json.bytes, json.len);
}

/* A word and the space behind it. */
static struct slice next_word(const char *at)
{
	size_t len = strcspn(at, " ");

	return (struct slice){ at, len + strspn(at + len, " ") };
}

static bool send_words(struct scene *scene)
{
	int events = 0;

	for (const char *at = scene->text; *at || events == 0; events++) {
		struct slice word = next_word(at);

		if (scene->break_after && events == scene->break_after) {
			scene->out->end = FETCH_BROKEN;
			return false;
		}
		if (!mock_send_chunk(scene, word, events == 0, false))
			return false;
		at += word.len;
		if (scene->gap_ms && !sleep_a_while(scene, scene->gap_ms,
					 scene->call->idle_timeout_ms, FETCH_TIMEOUT_IDLE))
			return false;
	}
	if (!scene->break_after)
		return true;
	scene->out->end = FETCH_BROKEN;
	return false;
}

static void send_stream(struct scene *scene)
{
	AUTO_TEXT struct text json = text_empty(4096);

	send_head(scene, 200, "text/event-stream", NULL);
	if (!send_words(scene) || !mock_send_chunk(scene, (struct slice){ NULL, 0 }, false, true))
		return;
	if (scene->usage) {
		text_puts(&json, "data: ");
		begin_object(scene, &json, "chat.completion.chunk");
		text_puts(&json, ",\"choices\":[],");
		add_usage(scene, &json);
		text_puts(&json, "}\n\n");
	}
	text_puts(&json, "data: [DONE]\n\n");
	(void)send(scene, json.bytes, json.len); /* the result is in out */
}

/* ---- the request ---- */

static const char *last_content(struct scene *scene)
{
	struct slice content = { NULL, 0 };
	const char *text;

	for (struct json_cursor message = json_cursor(json_member(scene->request, "messages"));
	     json_next(&message);)
		content = json_member(message.value, "content");
	if (json_scan_type(content) == JSON_LIST)
		for (struct json_cursor part = json_cursor(content); json_next(&part);)
			if (json_text_is(json_member(part.value, "type"), "text"))
				content = json_member(part.value, "text");
	text = json_as_text(content, &scene->arena);
	return text ? text : "(no text)";
}

static int64_t tokens_of(size_t bytes)
{
	return (int64_t)(bytes + BYTES_A_TOKEN - 1) / BYTES_A_TOKEN;
}

/* An answer is no longer than the limit that was sent. */
static void cut_at_limit(struct scene *scene)
{
	int64_t limit = 0;
	size_t most;

	if (!json_as_int(json_member(scene->request, "max_tokens"), &limit))
		(void)json_as_int(
		    json_member(scene->request, "max_completion_tokens"), &limit); /* 0 stays 0 */
	most = limit > 0 && limit < INT32_MAX ? (size_t)limit * BYTES_A_TOKEN : SIZE_MAX;
	scene->cut = strlen(scene->text) > most;
	if (scene->cut)
		scene->text = arena_copy_slice(&scene->arena, (struct slice){ scene->text, most });
	scene->output_tokens = tokens_of(strlen(scene->text));
}

/* Texts of mock_response that LiteLLM raises instead of answering with them (litellm 1.110.2,
 * main.py), and the models that play the same. */
static void play_raised(struct scene *scene)
{
	static const struct {
		const char *text, *model;
	} raised[] = { { "litellm.RateLimitError", "rate-limited" },
		{ "litellm.ContextWindowExceededError", "context" },
		{ "litellm.InternalServerError", "error-500" },
		{ "Exception: content_filter_policy", "policy" },
		{ "Exception: mock_streaming_error", "broken-stream" } };

	for (size_t i = 0; i < sizeof raised / sizeof raised[0]; i++)
		if (strncmp(scene->text, raised[i].text, strlen(raised[i].text)) == 0)
			scene->model = raised[i].model;
}

static void read_request(struct scene *scene)
{
	AUTO_TEXT struct text body = text_empty(REPLY_MAX);
	const char *model;

	for (size_t i = 0; i < scene->call->body_count; i++)
		text_add(&body, scene->call->body[i].ptr, scene->call->body[i].len);
	scene->request =
	    (struct slice){ arena_copy_slice(&scene->arena, text_slice(&body)), body.len };
	model = json_as_text(json_member(scene->request, "model"), &scene->arena);
	scene->model = model ? model : "";
	(void)json_as_bool(
	    json_member(scene->request, "stream"), &scene->stream); /* absent: false */
	(void)json_as_bool(
	    json_member(json_member(scene->request, "stream_options"), "include_usage"),
	    &scene->usage);
	scene->text = last_content(scene);
	scene->input_tokens = tokens_of(json_member(scene->request, "messages").len);
	for (size_t i = 0; i < scene->call->header_count; i++)
		if (strcmp(scene->call->headers[i].name, MOCK_TEXT_HEADER) == 0) {
			scene->text =
			    json_as_text(slice_of(scene->call->headers[i].value), &scene->arena);
			scene->model = "mock-response";
			play_raised(scene);
		}
	cut_at_limit(scene);
}

/* ---- what the model's name asks for ---- */

static bool plays_failure(struct scene *scene)
{
	static atomic_uint flaky_calls; /* of this process: every other one fails */
	int64_t seconds = number_after(scene->model, "rate-limited", 1),
		status = number_after(scene->model, "error", 500);
	const char *body =
	    "{\"error\":{\"message\":\"The server had an error "
	    "(demonstration)\",\"type\":\"server_error\",\"param\":null,\"code\":null}}";
	char retry_after[24];

	snprintf(retry_after, sizeof retry_after, "%lld", (long long)seconds);
	for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
		bool rate = i == 0 && seconds >= 0;

		if (!rate && strcmp(scene->model, failures[i].model) != 0)
			continue;
		send_head(scene, failures[i].status, "application/json", rate ? retry_after : NULL);
		(void)send(scene, failures[i].body, strlen(failures[i].body));
		return true;
	}
	if (strcmp(scene->model, "flaky") == 0 && atomic_fetch_add(&flaky_calls, 1) % 2 == 0)
		status = 500;
	if (status < 400 || status > 599)
		return false;
	send_head(scene, (int)status, "application/json", NULL);
	(void)send(scene, body, strlen(body));
	return true;
}

static void read_manner(struct scene *scene)
{
	int64_t latency = number_after(scene->model, "latency", 500),
		gap = number_after(scene->model, "tokens", 20);

	if (strcmp(scene->model, "slow") == 0)
		latency = 2000;
	scene->latency_ms = latency > 0 ? latency : 0;
	scene->gap_ms = gap > 0 ? gap : 0;
	if (strcmp(scene->model, "broken-stream") == 0)
		scene->break_after = BREAK_AFTER;
}

void mock_fetch(struct fetch_pool *pool, const struct fetch_call *call, struct fetch_result *out)
{
	struct scene scene = { .call = call, .out = out };

	arena_init(&scene.arena);
	*out = (struct fetch_result){ .end = FETCH_DONE, .sent = true };
	snprintf(scene.id, sizeof scene.id, "chatcmpl-%s", digest_new_id().text);
	read_request(&scene);
	read_manner(&scene);
	if (sleep_a_while(
		&scene, scene.latency_ms, call->first_byte_timeout_ms, FETCH_TIMEOUT_FIRST_BYTE) &&
	    !plays_failure(&scene)) {
		if (wants_vectors(&scene))
			send_vectors(&scene);
		else if (scene.stream)
			send_stream(&scene);
		else
			send_whole(&scene);
	}
	arena_release(&scene.arena);
}
