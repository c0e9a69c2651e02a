/*
 * Words for failures, and the table that says what becomes of each kind.  See the header.
 */
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

#include "base/banned.h"

static const struct error_info infos[ERROR_KIND_COUNT] = {
	/* clang-format off */
	/*                         name              HTTP  OpenAI type               OpenAI code             no retry */
	[ERROR_NONE]            = { "none",            200, "",                       NULL,                   false },
	[ERROR_INTERNAL]        = { "internal",        500, "server_error",           "internal_error",       false },
	[ERROR_BAD_REQUEST]     = { "bad_request",     400, "invalid_request_error",  NULL,                   false },
	[ERROR_KEPT_STATE]      = { "kept_state",      400, "invalid_request_error",  "unsupported_value",    false },
	[ERROR_UNSUPPORTED]     = { "unsupported",     400, "invalid_request_error",  "unsupported_value",    false },
	[ERROR_TOO_LARGE]       = { "too_large",       413, "invalid_request_error",  "request_too_large",    false },
	[ERROR_SLOW_BODY]       = { "slow_body",       408, "invalid_request_error",  "request_timeout",      false },
	[ERROR_ENCODING]        = { "encoding",        415, "invalid_request_error",  "unsupported_content_encoding", false },
	[ERROR_UNAUTHENTICATED] = { "unauthenticated", 401, "invalid_request_error",  "invalid_api_key",      true },
	[ERROR_FORBIDDEN]       = { "forbidden",       403, "invalid_request_error",  "model_not_allowed",    true },
	[ERROR_NOT_FOUND]       = { "not_found",       404, "invalid_request_error",  "unknown_url",          false },
	[ERROR_MODEL_NOT_FOUND] = { "model_not_found", 404, "invalid_request_error",  "model_not_found",      false },
	[ERROR_METHOD]          = { "method",          405, "invalid_request_error",  "method_not_allowed",   false },
	[ERROR_BUDGET]          = { "budget",          429, "budget_exceeded",        "budget_exceeded",      true },
	[ERROR_BUDGET_BUSY]     = { "budget_busy",     429, "rate_limit_error",       "budget_busy",          false },
	[ERROR_RATE]            = { "rate",            429, "rate_limit_error",       "rate_limit_exceeded",  false },
	[ERROR_RATE_NEVER]      = { "rate",            429, "rate_limit_error",       "rate_limit_exceeded",  true },
	[ERROR_UNPRICED]        = { "unpriced",        400, "invalid_request_error",  "model_unpriced",       true },
	[ERROR_FAULTY_ENTRY]    = { "faulty_entry",    400, "invalid_request_error",  "model_settings_invalid", true },
	[ERROR_NO_PROVIDER]     = { "no_provider",     400, "invalid_request_error",  "unknown_provider",     true },
	[ERROR_CONTEXT]         = { "context",         400, "invalid_request_error",  "context_length_exceeded", false },
	[ERROR_POLICY]          = { "policy",          400, "invalid_request_error",  "content_filter",       false },
	[ERROR_UPSTREAM]        = { "upstream",        502, "server_error",           "upstream_error",       false },
	[ERROR_UPSTREAM_AUTH]   = { "upstream_auth",   502, "server_error",           "upstream_auth",        true },
	[ERROR_UPSTREAM_QUOTA]  = { "upstream_quota",  502, "server_error",           "upstream_quota",       true },
	[ERROR_TIMEOUT]         = { "timeout",         504, "server_error",           "timeout",              false },
	[ERROR_OVERLOADED]      = { "overloaded",      503, "server_error",           "server_is_overloaded", false },
	[ERROR_IN_PROGRESS]     = { "in_progress",     409, "invalid_request_error",  "idempotency_key_in_use", false },
	[ERROR_KEY_REUSED]      = { "key_reused",      422, "invalid_request_error",  "idempotency_key_reused", false },
	[ERROR_NOT_REPEATED]    = { "not_repeated",    409, "invalid_request_error",  "idempotency_answer_lost", true },
	[ERROR_STORE]           = { "store",           503, "server_error",           "store_unavailable",    false },
	[ERROR_SHARED]          = { "shared",          503, "server_error",           "bank_unavailable",     false },
	[ERROR_CLIENT_GONE]     = { "client_gone",     499, "server_error",           "client_gone",          false },
	[ERROR_SETTINGS]        = { "settings",        503, "server_error",           "settings_invalid",     false },
	[ERROR_USAGE]           = { "usage",           400, "invalid_request_error",  NULL,                   false },
	/* clang-format on */
};

const struct error_info *error_info(enum error_kind kind)
{
	assert(kind < ERROR_KIND_COUNT);
	return &infos[kind];
}

/* Names are cut, and so is what does not fit: half a character is no text to JSON. */
static void leave_out_halves(char *text)
{
	size_t len = strlen(text), kept = 0;

	for (size_t at = 0, step; at < len; at += step) {
		size_t whole = utf8_length(text + at, len - at);

		step = whole ? whole : 1;
		memmove(text + kept, text + at, whole);
		kept += whole;
	}
	text[kept] = '\0';
}

int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -1;
	err->kind = kind;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	leave_out_halves(err->text);
	return -1;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
	char old[sizeof err->text];
	va_list ap;
	size_t used;

	if (!err)
		return -1;
	memcpy(old, err->text, sizeof old);
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof err->text, fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof err->text - used, ": %s", old);
	leave_out_halves(err->text);
	return -1;
}
