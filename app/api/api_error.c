/*
 * Errors as OpenAI's, Anthropic's and Google's clients expect them.  See the header.
 */
#include "api/api_error.h"

#include "api/wire_style.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/number.h"
#include "base/text.h"
#include "relay/told_status.h"

#include "base/banned.h"

#define ERROR_JSON_MAX                                                                             \
	8192 /* message 512 bytes, escaped at most six-fold, and the fields around it */
#define SLEEP_MOST_MS 60000 /* told as Retry-After */

/* Details that are the operator's business. */
static bool is_inner(enum error_kind kind)
{
	return kind == ERROR_STORE || kind == ERROR_SETTINGS || kind == ERROR_INTERNAL;
}

static const char *inner_message(const struct web_request *request, enum error_kind kind)
{
	const char *what = kind == ERROR_STORE
			       ? "the gateway's database is not available, so no call is made"
			   : kind == ERROR_SETTINGS ? "the gateway has no valid settings"
						    : "the gateway failed";

	return arena_printf(request->arena, "%s; the operator finds the reason in the log under %s",
	    what, request->id);
}

static void add_budget(struct text *json, const struct budget_refusal *refusal)
{
	bool own = budget_is_own(refusal->scope);

	text_puts(json, ",\"budget\":{\"scope\":");
	text_json_string(json, refusal->scope, strlen(refusal->scope));
	text_puts(json, ",\"period\":");
	text_json_string(json, refusal->period, strlen(refusal->period));
	if (own) {
		text_puts(json, ",\"id\":");
		text_json_string(json, refusal->scope_id, strlen(refusal->scope_id));
		text_printf(json, ",\"limit\":%s", number_dollars_bare(refusal->limit_nano).text);
		text_printf(json, ",\"left\":%s", number_dollars_bare(refusal->left_nano).text);
		text_printf(json, ",\"needed\":%s", number_dollars_bare(refusal->needed_nano).text);
	}
	if (refusal->resets_ms == INT64_MAX)
		text_puts(json, ",\"resets_at\":null}");
	else
		text_printf(json, ",\"resets_at\":\"%s\"}", clock_iso(refusal->resets_ms).text);
}

static void add_text_or_null(struct text *json, const char *name, const char *value)
{
	text_printf(json, ",\"%s\":", name);
	if (value && *value)
		text_json_string(json, value, strlen(value));
	else
		text_puts(json, "null");
}

/* What is told, whatever the shape. */
struct telling {
	enum error_kind kind;
	const char *message, *code, *param;
	int status;
	const struct budget_refusal *refusal; /* NULL: no budget refused */
	const char *request_id;
	int64_t wait_ms; /* -1: none */
};

/* Of a provider's failure that keeps a status of the client's side, the type is of that side too.
 */
static const char *openai_type(const struct telling *telling)
{
	if (telling->kind == ERROR_UPSTREAM_QUOTA)
		return "insufficient_quota";
	return telling->kind == ERROR_UPSTREAM && telling->status < 500
		   ? error_info(ERROR_BAD_REQUEST)->type
		   : error_info(telling->kind)->type;
}

/* {"error":{"message","type","param","code"}} */
static void put_openai(struct text *json, const struct telling *telling)
{
	text_puts(json, "{\"error\":{\"message\":");
	text_json_string(json, telling->message, strlen(telling->message));
	add_text_or_null(json, "type", openai_type(telling));
	add_text_or_null(json, "param", telling->param);
	add_text_or_null(json, "code", telling->code);
	if (telling->refusal)
		add_budget(json, telling->refusal);
	text_puts(json, "}}");
}

/* Anthropic's error.type follows the status. */
static const char *anthropic_type(const struct telling *telling)
{
	switch (telling->status) {
	case 401:
		return "authentication_error";
	case 402:
		return "billing_error";
	case 403:
		return "permission_error";
	case 404:
		return "not_found_error";
	case 413:
		return "request_too_large";
	case 429:
		return "rate_limit_error";
	case 504:
		return "timeout_error";
	case 529:
		return "overloaded_error";
	default:
		return telling->status >= 500 ? "api_error" : "invalid_request_error";
	}
}

/* {"type":"error","error":{"type","message"},"request_id"} */
static void put_anthropic(struct text *json, const struct telling *telling)
{
	/* Claude Code shortens the conversation when a message begins so. */
	const char *before = telling->kind == ERROR_CONTEXT &&
				     strncmp(telling->message, "prompt is too long", 18) != 0
				 ? "prompt is too long: "
				 : "";
	AUTO_TEXT struct text message = text_empty(ERROR_JSON_MAX);

	text_puts(&message, before);
	text_puts(&message, telling->message);
	text_printf(json,
	    "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":", anthropic_type(telling));
	text_json_string(json, message.bytes, message.len);
	if (telling->refusal)
		add_budget(json, telling->refusal);
	if (telling->kind == ERROR_KEPT_STATE) /* after which Anthropic's SDKs send the whole */
		text_puts(json, ",\"details\":{\"error_code\":\"thread_unsupported_request\","
				"\"unsupported\":[\"thread\"]}");
	text_puts(json, "},\"request_id\":");
	text_json_string(json, telling->request_id, strlen(telling->request_id));
	text_putc(json, '}');
}

/* The names of google.rpc.Code that Google's clients expect with a status. */
static const char *google_status(int status)
{
	static const struct {
		int status;
		const char *name;
	} names[] = { { 400, "INVALID_ARGUMENT" }, { 401, "UNAUTHENTICATED" },
		{ 402, "FAILED_PRECONDITION" }, { 403, "PERMISSION_DENIED" }, { 404, "NOT_FOUND" },
		{ 409, "ABORTED" }, { 429, "RESOURCE_EXHAUSTED" }, { 499, "CANCELLED" },
		{ 503, "UNAVAILABLE" }, { 504, "DEADLINE_EXCEEDED" } };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (names[i].status == status)
			return names[i].name;
	return status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
}

/* google.rpc.Status, with the reason and the wait as details. */
static void put_google(struct text *json, const struct telling *telling)
{
	text_printf(json, "{\"error\":{\"code\":%d,\"message\":", telling->status);
	text_json_string(json, telling->message, strlen(telling->message));
	text_printf(json,
	    ",\"status\":\"%s\",\"details\":[{\"@type\":\"type.googleapis.com/"
	    "google.rpc.ErrorInfo\",\"reason\":",
	    google_status(telling->status));
	text_json_string(json, telling->code ? telling->code : error_info(telling->kind)->name,
	    strlen(telling->code ? telling->code : error_info(telling->kind)->name));
	text_puts(json, ",\"domain\":\"sideways\"}");
	if (telling->wait_ms >= 0)
		text_printf(json,
		    ",{\"@type\":\"type.googleapis.com/"
		    "google.rpc.RetryInfo\",\"retryDelay\":\"%llds\"}",
		    (long long)(telling->wait_ms + 999) / 1000);
	text_putc(json, ']');
	if (telling->refusal)
		add_budget(json, telling->refusal);
	text_puts(json, "}}");
}

static int64_t resets_ms(const struct relay_outcome *outcome)
{
	return outcome && outcome->has_refusal ? outcome->refusal.resets_ms : INT64_MAX;
}

static int64_t wait_of(const struct error *err, const struct relay_outcome *outcome)
{
	int64_t wait_ms = outcome ? outcome->retry_after_ms : -1;

	/* Agents sleep as long as they are told: a later reset stands in a header of its own. */
	if (err->kind == ERROR_BUDGET && resets_ms(outcome) - clock_wall_ms() <= SLEEP_MOST_MS)
		return resets_ms(outcome) - clock_wall_ms();
	if (err->kind == ERROR_STORE || err->kind == ERROR_SETTINGS ||
	    (err->kind == ERROR_OVERLOADED && wait_ms < 0))
		return 1000;
	return wait_ms;
}

static int status_of(
    enum wire_format_id style, const struct error *err, const struct relay_outcome *outcome)
{
	return told_status(style, err->kind, outcome ? outcome->upstream_status : 0);
}

const char *api_error_message(const struct web_request *request, const struct error *err)
{
	return is_inner(err->kind) ? inner_message(request, err->kind) : err->text;
}

const char *api_error_code(const struct error *err, const struct relay_outcome *outcome)
{
	return outcome && outcome->upstream_code[0] ? outcome->upstream_code
						    : error_info(err->kind)->code;
}

struct slice api_error_json(
    const struct web_request *request, const struct error *err, const struct relay_outcome *outcome)
{
	enum wire_format_id style = wire_style_of(request);
	struct telling telling = {
		.kind = err->kind,
		.message = api_error_message(request, err),
		.code = api_error_code(err, outcome),
		.param = outcome && outcome->upstream_param[0] ? outcome->upstream_param
			 : err->kind == ERROR_MODEL_NOT_FOUND  ? "model"
							       : NULL,
		.status = status_of(style, err, outcome),
		.request_id = request->id,
		.wait_ms = wait_of(err, outcome),
	};
	AUTO_TEXT struct text json = text_empty(ERROR_JSON_MAX);

	if (outcome && outcome->has_refusal)
		telling.refusal = &outcome->refusal;
	if (style == WIRE_ANTHROPIC)
		put_anthropic(&json, &telling);
	else if (style == WIRE_GEMINI)
		put_google(&json, &telling);
	else
		put_openai(&json, &telling);
	return (struct slice){ arena_copy_slice(request->arena, text_slice(&json)), json.len };
}

static void set_retry_headers(
    struct web_reply *reply, const struct error *err, const struct relay_outcome *outcome)
{
	int64_t wait_ms = wait_of(err, outcome);

	if (error_info(err->kind)->no_retry)
		web_reply_header(reply, "x-should-retry", "false");
	if (resets_ms(outcome) != INT64_MAX)
		web_reply_header(
		    reply, "x-sideways-budget-reset", clock_iso(resets_ms(outcome)).text);
	if (wait_ms >= 0)
		web_reply_header_int(reply, "Retry-After", (wait_ms + 999) / 1000);
}

void api_error_send(const struct web_request *request, struct web_reply *reply,
    const struct error *err, const struct relay_outcome *outcome)
{
	if (is_inner(err->kind))
		log_event(LOG_ERROR, error_info(err->kind)->name, "%s: %s", request->id, err->text);
	web_reply_status(reply, status_of(wire_style_of(request), err, outcome));
	set_retry_headers(reply, err, outcome);
	web_reply_send(reply, "application/json", api_error_json(request, err, outcome));
}
