/*
 * Errors as OpenAI's clients expect them.  See the header.
 */
#include "api/api_error.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/number.h"
#include "base/text.h"

#include "base/banned.h"

#define ERROR_JSON_MAX                                                                             \
	8192 /* message 512 bytes, escaped at most six-fold, and the fields around it */

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
	bool own = strcmp(refusal->scope, "key") == 0 || strcmp(refusal->scope, "team") == 0;

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

struct slice api_error_json(
    const struct web_request *request, const struct error *err, const struct relay_outcome *outcome)
{
	const struct error_info *info = error_info(err->kind);
	const char *message = is_inner(err->kind) ? inner_message(request, err->kind) : err->text;
	const char *code =
	    outcome && outcome->upstream_code[0] ? outcome->upstream_code : info->code;
	AUTO_TEXT struct text json;

	text_init(&json, ERROR_JSON_MAX);
	text_puts(&json, "{\"error\":{\"message\":");
	text_json_string(&json, message, strlen(message));
	add_text_or_null(&json, "type", info->type);
	add_text_or_null(&json, "param",
	    outcome && outcome->upstream_param[0] ? outcome->upstream_param
	    : err->kind == ERROR_MODEL_NOT_FOUND  ? "model"
						  : NULL);
	add_text_or_null(&json, "code", code);
	if (outcome && outcome->has_refusal && err->kind == ERROR_BUDGET)
		add_budget(&json, &outcome->refusal);
	text_puts(&json, "}}");
	return (struct slice){ arena_copy_slice(request->arena, text_slice(&json)), json.len };
}

static void set_retry_headers(
    struct web_reply *reply, const struct error *err, const struct relay_outcome *outcome)
{
	int64_t wait_ms = outcome ? outcome->retry_after_ms : -1;

	if (error_info(err->kind)->no_retry)
		web_reply_header(reply, "x-should-retry", "false");
	if (err->kind == ERROR_BUDGET && outcome && outcome->has_refusal &&
	    outcome->refusal.resets_ms != INT64_MAX)
		wait_ms = outcome->refusal.resets_ms - clock_wall_ms();
	if (err->kind == ERROR_STORE || err->kind == ERROR_SETTINGS ||
	    (err->kind == ERROR_OVERLOADED && wait_ms < 0))
		wait_ms = 1000;
	if (wait_ms >= 0)
		web_reply_header_int(reply, "Retry-After", (wait_ms + 999) / 1000);
}

static int status_of(const struct error *err, const struct relay_outcome *outcome)
{
	int upstream = outcome ? outcome->upstream_status : 0;

	/* The provider's own 4xx for the client's mistake is kept: 400, 413, 415, 422. */
	if (err->kind == ERROR_BAD_REQUEST &&
	    (upstream == 413 || upstream == 415 || upstream == 422))
		return upstream;
	return error_info(err->kind)->status;
}

void api_error_send(const struct web_request *request, struct web_reply *reply,
    const struct error *err, const struct relay_outcome *outcome)
{
	if (is_inner(err->kind))
		log_event(LOG_ERROR, error_info(err->kind)->name, "%s: %s", request->id, err->text);
	web_reply_status(reply, status_of(err, outcome));
	set_retry_headers(reply, err, outcome);
	web_reply_send(reply, "application/json", api_error_json(request, err, outcome));
}
