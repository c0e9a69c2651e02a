/*
 * Keys of AWS, in botocore's order (1.44.8, 2026-11-29): those of the entry, the environment, a
 * web identity, a profile, the container, the machine; and a role that is assumed with them.
 * credential_process and login sessions are not offered.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/json_scan.h"
#include "base/text.h"
#include "providers/call_parts.h"
#include "providers/sigv4.h"
#include "relay/cloud_access.h"
#include "settings/address.h"
#include "settings/aws_files.h"
#include "settings/cloud_sources.h"

#include "base/banned.h"

#define CONTAINER_HOST "http://169.254.170.2"
#define MACHINE_HOST   "http://169.254.169.254"
#define MACHINE_MS     1000   /* to connect, as botocore has it */
#define PROFILE_MS     600000 /* others may renew the file: it is read again */
#define ROLES_DEEP     3      /* a profile's role by another profile's role */

struct assumed {
	const char *role, *session, *external_id, *web_identity;
};

/* ---- what services answer ---- */

static int take_keys(const char *what, const char *key_id, const char *secret, const char *token,
    const char *until, struct cloud_keys *out, struct error *err)
{
	if (!key_id || !secret || !*key_id || !*secret)
		return error_set(err, ERROR_UPSTREAM_AUTH, "%s gave no keys of AWS", what);
	out->grant.key_id = key_id;
	out->grant.secret = secret;
	out->grant.session_token = token && *token ? token : NULL;
	out->until_ms = cloud_time(until) ? cloud_time(until) : INT64_MAX;
	return 0;
}

/* {AccessKeyId, SecretAccessKey, Token, Expiration} */
static int read_json(struct run *run, const char *what, int status, struct slice body,
    struct cloud_keys *out, struct error *err)
{
	struct arena *arena = run->arena;

	if (status != 200 || json_scan_check(body, NULL) != 0 || json_scan_type(body) != JSON_MAP)
		return error_set(
		    err, ERROR_UPSTREAM_AUTH, "%s gave no keys of AWS (status %d)", what, status);
	return take_keys(what, json_as_text(json_member(body, "AccessKeyId"), arena),
	    json_as_text(json_member(body, "SecretAccessKey"), arena),
	    json_as_text(json_member(body, "Token"), arena),
	    json_as_text(json_member(body, "Expiration"), arena), out, err);
}

/* What stands between <name> and </name>: STS' values have no escapes. */
static const char *in_xml(struct slice body, const char *name, struct arena *arena)
{
	const char *open = arena_printf(arena, "<%s>", name), *at, *end;

	at = body.len ? memmem(body.ptr, body.len, open, strlen(open)) : NULL;
	if (!at)
		return NULL;
	at += strlen(open);
	end = memchr(at, '<', body.len - (size_t)(at - body.ptr));
	return end ? arena_copy_slice(arena, (struct slice){ at, (size_t)(end - at) }) : NULL;
}

static int read_xml(struct run *run, const char *what, int status, struct slice body,
    struct cloud_keys *out, struct error *err)
{
	const char *code = in_xml(body, "Code", run->arena);

	if (status != 200)
		return error_set(err, ERROR_UPSTREAM_AUTH,
		    "%s: the role is not assumed (status %d%s%.60s)", what, status,
		    code ? ", " : "", code ? code : "");
	return take_keys(what, in_xml(body, "AccessKeyId", run->arena),
	    in_xml(body, "SecretAccessKey", run->arena), in_xml(body, "SessionToken", run->arena),
	    in_xml(body, "Expiration", run->arena), out, err);
}

/* ---- a role ---- */

static const char *sts_url(const struct deployment *d, struct arena *arena)
{
	const char *region = d->cloud.region;

	if (d->cloud.sts_endpoint)
		return d->cloud.sts_endpoint;
	return arena_printf(arena, "https://sts.%s.amazonaws.com%s/", region,
	    strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
}

static void put_field(struct text *form, const char *name, const char *value, struct arena *arena)
{
	if (value)
		text_printf(form, "&%s=%s", name, call_path_part(value, arena));
}

/* The token itself, or that of the file which it names, read anew each time. */
static const char *web_token(const char *given, struct arena *arena)
{
	char *text = *given == '/' ? aws_files_text(given, arena) : arena_copy(arena, given);

	if (text)
		text[strcspn(text, "\r\n")] = '\0';
	return text;
}

static void put_role(struct text *form, const struct assumed *a, struct arena *arena)
{
	text_printf(form, "Action=%s&Version=2011-06-15",
	    a->web_identity ? "AssumeRoleWithWebIdentity" : "AssumeRole");
	put_field(form, "RoleArn", a->role, arena);
	put_field(form, "RoleSessionName", a->session ? a->session : "sideways", arena);
	put_field(form, "ExternalId", a->web_identity ? NULL : a->external_id, arena);
	if (a->web_identity)
		put_field(form, "WebIdentityToken", web_token(a->web_identity, arena), arena);
}

/* With the keys in *out, which become the role's. */
static int assume(struct run *run, const struct deployment *d, const struct assumed *a,
    struct cloud_keys *out, struct error *err)
{
	AUTO_TEXT struct text form = text_empty((size_t)64 << 10);
	struct cloud_question question = { .what = "AWS' STS",
		.call = { .method = "POST",
		    .url = sts_url(d, run->arena),
		    .headers = { { "Content-Type",
			"application/x-www-form-urlencoded; charset=utf-8" } },
		    .header_count = 1,
		    .body_count = 1 } };
	struct cloud_grant by = out->grant;
	struct slice body, whole;
	int status;

	put_role(&form, a, run->arena);
	whole = text_slice(&form);
	question.call.body = &whole;
	question.call.allow_http = address_is_private(question.call.url);
	if (!a->web_identity &&
	    sigv4_sign_call(&by, d->cloud.region, "sts", run->arena, &question.call, err) != 0)
		return -1;
	out->grant = (struct cloud_grant){ 0 };
	if (cloud_ask(run, &question, &status, &body, err) != 0)
		return -1;
	return read_xml(run, question.what, status, body, out, err);
}

/* The same, with what the store has of it where keys that stay have bought it. */
static int assume_kept(struct run *run, const struct deployment *d, const struct assumed *a,
    struct cloud_keys *out, struct error *err)
{
	bool lasting = !a->web_identity && out->until_ms == INT64_MAX && !out->grant.session_token;
	const char *name = arena_printf(run->arena, "%s\n%s\n%s", a->role,
	    a->session ? a->session : "", a->external_id ? a->external_id : "");

	out->sealer = lasting ? out->grant.secret : NULL;
	if (out->sealer && cloud_tokens_find(run, name, out->sealer, out))
		return 0;
	if (assume(run, d, a, out, err) != 0)
		return -1;
	if (out->sealer)
		cloud_tokens_keep(run, name, out);
	return 0;
}

/* ---- a profile ---- */

/* The profile whose keys count, and the role that is assumed with them, if any: the first one on
 * the way. */
static int find_profile(struct run *run, const char *name, struct aws_profile *out,
    struct assumed *out_role, struct error *err)
{
	for (int deep = 0; deep < ROLES_DEEP; deep++) {
		if (!aws_files_profile(name, run->arena, out))
			return error_set(err, ERROR_UPSTREAM_AUTH,
			    "aws_profile_name: no profile '%.60s' is in ~/.aws/credentials or "
			    "~/.aws/config",
			    name ? name : "default");
		if (out->role && !out_role->role)
			*out_role = (struct assumed){ out->role, NULL, out->external_id,
				out->web_identity };
		if (out->secret || out->web_identity || out->sso_start_url || !out->source_profile)
			break;
		name = out->source_profile;
	}
	return 0;
}

static int no_keys(const struct aws_profile *profile, const char *name, struct error *err)
{
	return error_set(err, ERROR_UPSTREAM_AUTH,
	    "aws_profile_name: profile '%.60s' has no aws_access_key_id with its secret%s%s",
	    name ? name : "default", profile->unsupported ? ", but what is not offered: " : "",
	    profile->unsupported ? profile->unsupported : "");
}

static int by_profile(struct run *run, const struct deployment *d, const char *name,
    struct cloud_keys *out, struct error *err)
{
	struct assumed role = { 0 };
	struct aws_profile profile;

	if (find_profile(run, name, &profile, &role, err) != 0)
		return -1;
	if (profile.sso_start_url && !role.web_identity) {
		if (aws_by_sso(run, &profile, out, err) != 0)
			return -1;
		return role.role ? assume_kept(run, d, &role, out, err) : 0;
	}
	if (!role.web_identity && (!profile.key_id || !profile.secret))
		return no_keys(&profile, name, err);
	out->grant = (struct cloud_grant){ .key_id = profile.key_id,
		.secret = profile.secret,
		.session_token = profile.session_token };
	if (role.role)
		return assume_kept(run, d, &role, out, err);
	out->until_ms = clock_wall_ms() + PROFILE_MS;
	return 0;
}

static bool has_profile(struct run *run, const char *name)
{
	struct aws_profile profile;

	return aws_files_profile(name, run->arena, &profile) &&
	       (profile.secret || profile.role || profile.sso_start_url);
}

/* ---- the container and the machine ---- */

static int ask_keys(
    struct run *run, struct cloud_question *question, struct cloud_keys *out, struct error *err)
{
	struct slice body;
	int status;

	if (cloud_ask(run, question, &status, &body, err) != 0)
		return -1;
	return read_json(run, question->what, status, body, out, err);
}

/* Only these may be asked: the variable must not send a token to strangers. */
static bool is_container_host(const char *url)
{
	static const char *const hosts[] = { "http://169.254.170.2", "http://169.254.170.23",
		"http://[fd00:ec2::23]", "http://localhost", "http://127.0.0.1", "http://[::1]" };

	if (strncmp(url, "https://", 8) == 0)
		return true;
	for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		if (strncmp(url, hosts[i], strlen(hosts[i])) == 0 &&
		    strchr(":/", url[strlen(hosts[i])]))
			return true;
	return false;
}

static int by_container(struct run *run, struct cloud_keys *out, struct error *err)
{
	const char *relative = cloud_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
		   *file = cloud_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
		   *token = cloud_variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
	const char *url = relative ? arena_join(run->arena, CONTAINER_HOST, relative)
				   : cloud_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
	struct cloud_question question = { .what = "the container's credentials service",
		.call = { .method = "GET",
		    .url = url,
		    .allow_http = true,
		    .allow_metadata = true,
		    .headers = { { "Accept", "application/json" } },
		    .header_count = 1 } };

	if (!is_container_host(url))
		return error_set(err, ERROR_UPSTREAM_AUTH,
		    "AWS_CONTAINER_CREDENTIALS_FULL_URI: only https, loopback and the addresses of "
		    "ECS and EKS are asked");
	if (file)
		token = web_token(file, run->arena);
	if (token && call_add_header(&question.call, "Authorization", token, err) != 0)
		return -1;
	return ask_keys(run, &question, out, err);
}

/* A text that the machine's service answers with; NULL and err. */
static const char *ask_machine(struct run *run, const char *method, const char *path,
    struct fetch_header header, struct error *err)
{
	const char *host = cloud_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	struct cloud_question question = {
		.what = "the machine's credentials service (no keys of AWS are given)",
		.call = { .method = method,
		    .url = arena_printf(run->arena, "%.*s%s",
			(int)strcspn(host ? host : MACHINE_HOST, "\r\n"),
			host ? host : MACHINE_HOST, path),
		    .allow_http = true,
		    .allow_metadata = true,
		    .connect_timeout_ms = MACHINE_MS,
		    .headers = { header },
		    .header_count = 1 }
	};
	struct slice body;
	int status;

	if (cloud_ask(run, &question, &status, &body, err) != 0)
		return NULL;
	if (status == 200 && body.len > 0)
		return body.ptr;
	(void)error_set(
	    err, ERROR_UPSTREAM_AUTH, "%s gave none (status %d)", question.what, status);
	return NULL;
}

/* IMDSv2: a token, the role's name, its keys. */
static int by_machine_role(struct run *run, struct cloud_keys *out, struct error *err)
{
	static const char path[] = "/latest/meta-data/iam/security-credentials/";
	const struct fetch_header ttl = { "x-aws-ec2-metadata-token-ttl-seconds", "21600" };
	const char *off = cloud_variable("AWS_EC2_METADATA_DISABLED");
	const char *token, *role, *keys;
	struct fetch_header with;

	if (off && strcasecmp(off, "true") == 0)
		return error_set(err, ERROR_UPSTREAM_AUTH,
		    "no keys of AWS: give aws_access_key_id and aws_secret_access_key, an api_key, "
		    "or their variables");
	token = ask_machine(run, "PUT", "/latest/api/token", ttl, err);
	if (!token)
		return -1;
	with = (struct fetch_header){ "x-aws-ec2-metadata-token", token };
	role = ask_machine(run, "GET", path, with, err);
	if (!role)
		return -1;
	role = arena_copy_slice(run->arena, (struct slice){ role, strcspn(role, "\r\n") });
	keys = ask_machine(
	    run, "GET", arena_join(run->arena, path, call_path_part(role, run->arena)), with, err);
	return keys ? read_json(
			  run, "the machine's credentials service", 200, slice_of(keys), out, err)
		    : -1;
}

/* ---- the order ---- */

static int by_variables(struct cloud_keys *out, struct error *err)
{
	const char *key_id = cloud_variable("AWS_ACCESS_KEY_ID"),
		   *secret = cloud_variable("AWS_SECRET_ACCESS_KEY");

	if (!key_id || !secret)
		return error_set(err, ERROR_UPSTREAM_AUTH,
		    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together; %s is missing",
		    key_id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
	out->grant = (struct cloud_grant){ .key_id = key_id,
		.secret = secret,
		.session_token = cloud_variable("AWS_SESSION_TOKEN") };
	return 0;
}

static int by_surroundings(
    struct run *run, const struct deployment *d, struct cloud_keys *out, struct error *err)
{
	const struct assumed web = { .role = cloud_variable("AWS_ROLE_ARN"),
		.session = cloud_variable("AWS_ROLE_SESSION_NAME"),
		.web_identity = cloud_variable("AWS_WEB_IDENTITY_TOKEN_FILE") };

	if (cloud_variable("AWS_ACCESS_KEY_ID") || cloud_variable("AWS_SECRET_ACCESS_KEY"))
		return by_variables(out, err);
	if (web.role && web.web_identity)
		return assume(run, d, &web, out, err);
	if (has_profile(run, NULL))
		return by_profile(run, d, NULL, out, err);
	if (cloud_variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
	    cloud_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
		return by_container(run, out, err);
	return by_machine_role(run, out, err);
}

int aws_access(
    struct run *run, const struct deployment *d, struct cloud_keys *out, struct error *err)
{
	const struct cloud_settings *cloud = &d->cloud;
	const struct assumed role = { cloud->role, cloud->role_session, cloud->external_id,
		cloud->web_identity };
	int result = 0;

	if (cloud->role && cloud->web_identity)
		return assume(run, d, &role, out, err);
	if (cloud->secret)
		out->grant = (struct cloud_grant){ .key_id = cloud->key_id,
			.secret = cloud->secret,
			.session_token = cloud->session_token };
	else
		result = cloud->profile ? by_profile(run, d, cloud->profile, out, err)
					: by_surroundings(run, d, out, err);
	return result == 0 && cloud->role ? assume_kept(run, d, &role, out, err) : result;
}
