/*
 * Google's token service: a form, and the token that it buys.  See cloud_access.h.
 */
#include <string.h>

#include "base/clock.h"
#include "base/json_scan.h"
#include "base/text.h"
#include "providers/call_parts.h"
#include "relay/cloud_access.h"
#include "settings/address.h"

#include "base/banned.h"

/* {"access_token": ..., "expires_in": 3599, ...} */
int google_read_token(struct run *run, const char *what, int status, struct slice body,
    struct cloud_keys *out, struct error *err)
{
	const char *token, *error;
	int64_t seconds;

	if (json_scan_check(body, NULL) != 0 || json_scan_type(body) != JSON_MAP)
		body = slice_of("{}");
	token = json_as_text(json_member(body, "access_token"), run->arena);
	error = json_as_text(json_member(body, "error"), run->arena);
	if (status != 200 || !token || !*token || strpbrk(token, " \r\n"))
		return error_set(err, ERROR_UPSTREAM_AUTH, "%s gave no token (status %d%s%.60s)",
		    what, status, error ? ", " : "", error ? error : "");
	if (!json_as_int(json_member(body, "expires_in"), &seconds) || seconds <= 0)
		seconds = 3600;
	out->grant.token = token;
	out->until_ms = clock_wall_ms() + (seconds < 86400 ? seconds : 86400) * 1000;
	return 0;
}

void google_put_form(struct text *form, const char *name, const char *value, struct arena *arena)
{
	text_printf(form, "%s%s=%s", form->len ? "&" : "", name, call_path_part(value, arena));
}

/* The form is a secret too: it is wiped. */
int google_buy_token(
    struct run *run, const char *url, struct text *form, struct cloud_keys *out, struct error *err)
{
	struct slice whole = text_slice(form);
	struct cloud_question question = { .what = "Google's token service",
		.call = { .method = "POST",
		    .url = url,
		    .allow_http = address_is_private(url),
		    .headers = { { "Content-Type", "application/x-www-form-urlencoded" },
			{ "Accept", "application/json" } },
		    .header_count = 2,
		    .body = &whole,
		    .body_count = 1 } };
	struct slice body;
	int status, result;

	result = cloud_ask(run, &question, &status, &body, err);
	explicit_bzero(form->bytes, form->len);
	return result == 0 ? google_read_token(run, question.what, status, body, out, err) : -1;
}
