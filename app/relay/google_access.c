/*
 * Access tokens of Google's: for a service account's key, for gcloud's refresh token, or of the
 * machine itself, in the order of Google's Application Default Credentials.  Workload identity is
 * google_federation.c's.
 *
 * Requests as google-auth 2.63.0 makes them (2026-11-29).
 */
#include "base/clock.h"
#include "base/digest.h"
#include "base/json_scan.h"
#include "base/text.h"
#include "providers/call_parts.h"
#include "relay/cloud_access.h"
#include "relay/jwt.h"
#include "settings/address.h"
#include "settings/aws_files.h"
#include "settings/cloud_sources.h"

#include <string.h>

#include "base/banned.h"

#define TOKEN_URL     "https://oauth2.googleapis.com/token"
#define METADATA_HOST "metadata.google.internal"
#define METADATA_PATH "/computeMetadata/v1/instance/service-accounts/default/token"
#define METADATA_MS   3000 /* to connect: elsewhere nobody answers */

static const char *text_in(struct slice json, const char *name, struct arena *arena)
{
	const char *text = json_as_text(json_member(json, name), arena);

	return text && *text ? text : NULL;
}

static int by_service_account(
    struct run *run, struct slice json, struct cloud_keys *out, struct error *err)
{
	struct jwt_claims claims = { .email = text_in(json, "client_email", run->arena),
		.key_id = text_in(json, "private_key_id", run->arena),
		.private_key = text_in(json, "private_key", run->arena),
		.issued_s = clock_wall_ms() / 1000 };
	const char *url = text_in(json, "token_uri", run->arena), *jwt;
	AUTO_TEXT struct text form = text_empty((size_t)64 << 10);

	if (!claims.email || !claims.private_key)
		return error_set(err, ERROR_UPSTREAM_AUTH,
		    "vertex_credentials: client_email or private_key is missing");
	out->sealer = claims.private_key;
	if (cloud_tokens_find(run, claims.email, out->sealer, out))
		return 0;
	jwt = jwt_for_google(&claims, run->arena, err);
	if (!jwt)
		return -1;
	google_put_form(
	    &form, "grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", run->arena);
	google_put_form(&form, "assertion", jwt, run->arena);
	if (google_buy_token(run, url ? url : TOKEN_URL, &form, out, err) != 0)
		return -1;
	cloud_tokens_keep(run, claims.email, out);
	return 0;
}

static int by_refresh_token(
    struct run *run, struct slice json, struct cloud_keys *out, struct error *err)
{
	static const char *const names[] = { "client_id", "client_secret", "refresh_token" };
	const char *url = text_in(json, "token_uri", run->arena);
	AUTO_TEXT struct text form = text_empty((size_t)64 << 10);

	google_put_form(&form, "grant_type", "refresh_token", run->arena);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = text_in(json, names[i], run->arena);

		if (!value)
			return error_set(err, ERROR_UPSTREAM_AUTH,
			    "vertex_credentials: %s is missing", names[i]);
		google_put_form(&form, names[i], value, run->arena);
		out->sealer = value;
	}
	out->grant.quota_project = text_in(json, "quota_project_id", run->arena);
	if (cloud_tokens_find(run, "authorized_user", out->sealer, out))
		return 0;
	if (google_buy_token(run, url ? url : TOKEN_URL, &form, out, err) != 0)
		return -1;
	cloud_tokens_keep(run, "authorized_user", out);
	return 0;
}

static int by_machine(struct run *run, struct cloud_keys *out, struct error *err)
{
	const char *host = cloud_variable("GCE_METADATA_HOST");
	struct cloud_question question = {
		.what = "the machine's metadata server (vertex_credentials are not given)",
		.call = { .method = "GET",
		    .url = arena_printf(
			run->arena, "http://%s%s", host ? host : METADATA_HOST, METADATA_PATH),
		    .allow_http = true,
		    .allow_metadata = true,
		    .connect_timeout_ms = METADATA_MS,
		    .headers = { { "Metadata-Flavor", "Google" } },
		    .header_count = 1 }
	};
	struct slice body;
	int status;

	if (cloud_ask(run, &question, &status, &body, err) != 0)
		return -1;
	return google_read_token(run, question.what, status, body, out, err);
}

/* By what stands in a file of credentials. */
static int by_file(struct run *run, struct slice json, struct cloud_keys *out, struct error *err)
{
	const char *type;

	if (json_scan_check(json, NULL) != 0 || json_scan_type(json) != JSON_MAP)
		return error_set(
		    err, ERROR_UPSTREAM_AUTH, "vertex_credentials: the file's text is no JSON");
	type = text_in(json, "type", run->arena);
	if (type && strcmp(type, "service_account") == 0)
		return by_service_account(run, json, out, err);
	if (type && strcmp(type, "authorized_user") == 0)
		return by_refresh_token(run, json, out, err);
	if (type && strcmp(type, "external_account") == 0)
		return google_by_external_account(run, json, out, err);
	return error_set(err, ERROR_UPSTREAM_AUTH,
	    "vertex_credentials: type '%.40s' is not supported; service_account, authorized_user "
	    "and external_account are",
	    type ? type : "");
}

int google_access(
    struct run *run, const struct deployment *deployment, struct cloud_keys *out, struct error *err)
{
	const char *given = deployment->cloud.credentials, *text = given, *path = NULL;

	if (!given)
		path = cloud_gcloud_file(run->arena);
	else if (given[strspn(given, " \t\r\n")] != '{')
		path = given;
	if (path)
		text = aws_files_text(path, run->arena);
	if (!text && given)
		return error_set(
		    err, ERROR_UPSTREAM_AUTH, "vertex_credentials: %.200s cannot be read", given);
	return text ? by_file(run, slice_of(text), out, err) : by_machine(run, out, err);
}
