/*
 * Keys of AWS by IAM Identity Center: the token that `aws sso login` has left in ~/.aws/sso/cache
 * buys those of the profile's account and role.
 *
 * As botocore does it (1.43.11: utils.SSOTokenLoader, credentials.SSOCredentialFetcher, the service
 * "sso"; read 2026-11-30).  A token that is over is not renewed here: its owner signs in again.
 */
#include <openssl/evp.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_scan.h"
#include "providers/call_parts.h"
#include "relay/cloud_access.h"
#include "settings/address.h"
#include "settings/cloud_sources.h"

#include "base/banned.h"

#define WHAT "IAM Identity Center"

static int no_login(const struct aws_profile *profile, const char *why, struct error *err)
{
	return error_set(err, ERROR_UPSTREAM_AUTH,
	    "aws_profile_name: the single sign-on of '%.100s' %s; run aws sso login",
	    profile->sso_session ? profile->sso_session : profile->sso_start_url, why);
}

static const char *cache_path(const char *name, struct arena *arena)
{
	const char *home = cloud_variable("HOME");
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	char *hex;

	if (!home || EVP_Digest(name, strlen(name), digest, &len, EVP_sha1(), NULL) != 1)
		return NULL;
	hex = arena_alloc(arena, (size_t)len * 2 + 1);
	for (unsigned i = 0; i < len; i++) {
		hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
		hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
	}
	hex[(size_t)len * 2] = '\0';
	return arena_printf(arena, "%s/.aws/sso/cache/%s.json", home, hex);
}

/* NULL and err. */
static const char *cached_token(
    struct run *run, const struct aws_profile *profile, struct error *err)
{
	const char *path = cache_path(
	    profile->sso_session ? profile->sso_session : profile->sso_start_url, run->arena);
	const char *text = path ? aws_files_text(path, run->arena) : NULL, *token;
	struct slice json = text ? slice_of(text) : (struct slice){ NULL, 0 };

	if (!text || json_scan_check(json, NULL) != 0)
		return no_login(profile, "has no token in ~/.aws/sso/cache", err), NULL;
	token = json_as_text(json_member(json, "accessToken"), run->arena);
	if (!token ||
	    cloud_time(json_as_text(json_member(json, "expiresAt"), run->arena)) <= clock_wall_ms())
		return no_login(profile, "is over", err), NULL;
	return token;
}

static int read_role(struct run *run, struct slice body, struct cloud_keys *out, struct error *err)
{
	struct slice keys = json_member(body, "roleCredentials");

	out->grant = (struct cloud_grant){
		.key_id = json_as_text(json_member(keys, "accessKeyId"), run->arena),
		.secret = json_as_text(json_member(keys, "secretAccessKey"), run->arena),
		.session_token = json_as_text(json_member(keys, "sessionToken"), run->arena),
	};
	if (!out->grant.key_id || !out->grant.secret ||
	    !json_as_int(json_member(keys, "expiration"), &out->until_ms))
		return error_set(err, ERROR_UPSTREAM_AUTH, WHAT " gave no keys of AWS");
	return 0;
}

int aws_by_sso(
    struct run *run, const struct aws_profile *profile, struct cloud_keys *out, struct error *err)
{
	const char *token = cached_token(run, profile, err), *base;
	struct cloud_question question = { .what = WHAT, .call = { .method = "GET" } };
	struct slice body;
	int status;

	if (!token)
		return -1;
	if (!profile->sso_region || !profile->sso_account || !profile->sso_role)
		return no_login(profile, "lacks sso_region, sso_account_id or sso_role_name", err);
	base = cloud_variable("AWS_ENDPOINT_URL_SSO");
	if (!base)
		base = arena_printf(run->arena, "https://portal.sso.%s.amazonaws.com%s",
		    profile->sso_region, strncmp(profile->sso_region, "cn-", 3) == 0 ? ".cn" : "");
	question.call.allow_http = address_is_private(base);
	question.call.url =
	    arena_printf(run->arena, "%s/federation/credentials?role_name=%s&account_id=%s", base,
		call_path_part(profile->sso_role, run->arena),
		call_path_part(profile->sso_account, run->arena));
	if (call_add_header(&question.call, "x-amz-sso_bearer_token", token, err) != 0 ||
	    cloud_ask(run, &question, &status, &body, err) != 0)
		return -1;
	if (status == 401)
		return no_login(profile, "is over", err);
	if (status != 200 || json_scan_check(body, NULL) != 0)
		return error_set(
		    err, ERROR_UPSTREAM_AUTH, WHAT " gave no keys of AWS (status %d)", status);
	return read_role(run, body, out, err);
}
