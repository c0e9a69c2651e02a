/*
 * Workload identity (external_account): what another house says of us is exchanged for a token of
 * Google's, with which a service account is impersonated where the file names one.
 *
 * Requests as google-auth 2.63.0 makes them (identity_pool.py, sts.py, impersonated_credentials.py;
 * read 2026-11-30).  The house's own token is in a file or at an address; programs that print it,
 * AWS as the house and client certificates are not offered.  Nothing is kept in the store: the
 * house's token is short-lived, so there is no lasting secret to seal with.
 */
#include <string.h>

#include "base/json_scan.h"
#include "base/text.h"
#include "providers/call_parts.h"
#include "relay/cloud_access.h"
#include "settings/address.h"
#include "settings/aws_files.h"

#include "base/banned.h"

#define STS_URL "https://sts.googleapis.com/v1/token"
#define SCOPE   "https://www.googleapis.com/auth/cloud-platform"
/* What a token is good for that only impersonates. */
#define IMPERSONATION_SCOPE "https://www.googleapis.com/auth/iam"

static const char *member_text(struct slice json, const char *name, struct arena *arena)
{
	const char *text = json_as_text(json_member(json, name), arena);

	return text && *text ? text : NULL;
}

static int no_subject(struct error *err, const char *why)
{
	return error_set(err, ERROR_UPSTREAM_AUTH, "vertex_credentials: %s", why);
}

/* ---- what the other house says ---- */

static int from_address(
    struct run *run, struct slice source, const char *url, struct slice *out, struct error *err)
{
	struct cloud_question question = {
		.what = "the address of vertex_credentials' credential_source",
		.call = { .method = "GET", .url = url, .allow_http = address_is_private(url) }
	};
	struct json_cursor header = json_cursor(json_member(source, "headers"));
	int status;

	question.call.allow_metadata = question.call.allow_http;
	while (json_next(&header) && header.is_map)
		if (call_add_header(&question.call, arena_copy_slice(run->arena, header.key),
			json_as_text(header.value, run->arena), err) != 0)
			return -1;
	if (cloud_ask(run, &question, &status, out, err) != 0)
		return -1;
	return status == 200 ? 0
			     : error_set(err, ERROR_UPSTREAM_AUTH, "%s answered with status %d",
				   question.what, status);
}

/* What the file or the address has. */
static int read_source(struct run *run, struct slice source, struct slice *out, struct error *err)
{
	const char *file = member_text(source, "file", run->arena),
		   *url = member_text(source, "url", run->arena), *text;

	if (!file)
		return url ? from_address(run, source, url, out, err)
			   : no_subject(err, "of credential_source, file and url are supported");
	text = aws_files_text(file, run->arena);
	*out = text ? slice_of(text) : (struct slice){ NULL, 0 };
	return text ? 0 : no_subject(err, "the file of credential_source cannot be read");
}

/* NULL and err. */
static const char *subject_token(struct run *run, struct slice json, struct error *err)
{
	struct slice source = json_member(json, "credential_source"), text = { NULL, 0 };
	struct slice format = json_member(source, "format");
	const char *field = member_text(format, "subject_token_field_name", run->arena), *token;

	if (read_source(run, source, &text, err) != 0)
		return NULL;
	if (!json_text_is(json_member(format, "type"), "json"))
		token = arena_copy_slice(run->arena, text);
	else if (field && json_scan_check(text, NULL) == 0)
		token = member_text(text, field, run->arena);
	else
		token = NULL;
	if (!token || !*token)
		return no_subject(err, "credential_source gives no subject token"), NULL;
	return token;
}

/* ---- what Google makes of it ---- */

static int exchange(struct run *run, struct slice json, const char *subject, struct cloud_keys *out,
    struct error *err)
{
	const char *url = member_text(json, "token_url", run->arena);
	const struct {
		const char *name, *value;
	} fields[] = {
		{ "grant_type", "urn:ietf:params:oauth:grant-type:token-exchange" },
		{ "audience", member_text(json, "audience", run->arena) },
		{ "scope", json_member(json, "service_account_impersonation_url").len
			       ? IMPERSONATION_SCOPE
			       : SCOPE },
		{ "requested_token_type", "urn:ietf:params:oauth:token-type:access_token" },
		{ "subject_token", subject },
		{ "subject_token_type", member_text(json, "subject_token_type", run->arena) },
	};
	AUTO_TEXT struct text form = text_empty((size_t)64 << 10);

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (!fields[i].value)
			return error_set(err, ERROR_UPSTREAM_AUTH,
			    "vertex_credentials: %s is missing", fields[i].name);
		google_put_form(&form, fields[i].name, fields[i].value, run->arena);
	}
	return google_buy_token(run, url ? url : STS_URL, &form, out, err);
}

static int impersonate(
    struct run *run, struct slice json, const char *url, struct cloud_keys *out, struct error *err)
{
	int64_t seconds = 3600;
	struct cloud_question question = { .what = "Google's impersonation of a service account",
		.call = { .method = "POST",
		    .url = url,
		    .allow_http = address_is_private(url),
		    .headers = { { "Content-Type", "application/json" },
			{ "Authorization", arena_join(run->arena, "Bearer ", out->grant.token) } },
		    .header_count = 2,
		    .body_count = 1 } };
	struct slice body, whole;
	int status;

	(void)json_as_int(json_member(json_member(json, "service_account_impersonation"),
			      "token_lifetime_seconds"),
	    &seconds);
	whole = slice_of(arena_printf(run->arena,
	    "{\"scope\": [\"" SCOPE "\"], \"lifetime\": \"%llds\"}", (long long)seconds));
	question.call.body = &whole;
	if (cloud_ask(run, &question, &status, &body, err) != 0)
		return -1;
	out->grant.token = status == 200 && json_scan_check(body, NULL) == 0
			       ? member_text(body, "accessToken", run->arena)
			       : NULL;
	if (!out->grant.token || strpbrk(out->grant.token, " \r\n"))
		return error_set(err, ERROR_UPSTREAM_AUTH, "%s gave no token (status %d)",
		    question.what, status);
	out->until_ms = cloud_time(member_text(body, "expireTime", run->arena));
	return 0;
}

int google_by_external_account(
    struct run *run, struct slice json, struct cloud_keys *out, struct error *err)
{
	const char *subject = subject_token(run, json, err);
	const char *url = member_text(json, "service_account_impersonation_url", run->arena);

	if (!subject || exchange(run, json, subject, out, err) != 0)
		return -1;
	out->grant.quota_project = member_text(json, "quota_project_id", run->arena);
	return url ? impersonate(run, json, url, out, err) : 0;
}
