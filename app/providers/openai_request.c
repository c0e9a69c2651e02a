/*
 * The client's own bytes with the few changes that a gateway must make, as pieces: what lies
 *between the changes is not copied.
 *
 *	model            the deployment's
 *	own members      left out (chat_request_is_own_member)
 *	output limit     put in, or lowered where the client's is higher; under the name that the
 *			 provider knows
 *	stream_options   include_usage is true, because a gateway that bills must know
 *	parameters       the deployment's defaults, where the client gave none
 *
 * URL and credential are written together, from the settings alone.
 */
#include <stdio.h>

#include "base/json_scan.h"
#include "base/text.h"
#include "providers/mock.h"
#include "providers/openai_format.h"

#include "base/banned.h"

#define PARAMETER_MAX 64 /* of a deployment, that are looked for in the client's body */

struct splice {
	const struct provider_call *call;
	struct arena *arena;
	struct fetch_call *out;
	const char *run, *run_end; /* members that stay as they are, side by side; NULL: none */
	bool any;                  /* a member stands already: the next needs a comma */
	bool has_limit, has_stream_options;
	bool renames_limit; /* max_completion_tokens goes out as max_tokens */
	int64_t limit;      /* the least that binds: the gateway's or the client's; 0: none */
	bool has_parameter[PARAMETER_MAX];
};

/* ---- pieces ---- */

static int add_piece(struct splice *splice, const char *ptr, size_t len, struct error *err)
{
	if (splice->out->body_count == FETCH_BODY_PIECES_MAX)
		return error_set(
		    err, ERROR_BAD_REQUEST, "the body has too many members that are not passed on");
	splice->out->body[splice->out->body_count++] = (struct slice){ ptr, len };
	return 0;
}

static int end_run(struct splice *splice, struct error *err)
{
	const char *run = splice->run;

	splice->run = NULL;
	return run ? add_piece(splice, run, (size_t)(splice->run_end - run), err) : 0;
}

static int keep(struct splice *splice, const struct json_cursor *member, struct error *err)
{
	if (!splice->run) {
		if (splice->any && add_piece(splice, ",", 1, err) != 0)
			return -1;
		splice->run = member->whole.ptr;
	}
	splice->run_end = member->whole.ptr + member->whole.len;
	splice->any = true;
	return 0;
}

/* A member in place of the client's own, or in addition to them. */
static int add_member(struct splice *splice, struct slice name, const char *json, struct error *err)
{
	const char *text = arena_printf(
	    splice->arena, "%s\"%.*s\":%s", splice->any ? "," : "", (int)name.len, name.ptr, json);

	splice->any = true;
	return end_run(splice, err) != 0 ? -1 : add_piece(splice, text, strlen(text), err);
}

/* ---- the members of the client's body ---- */

static const char *quoted(struct arena *arena, const char *text)
{
	AUTO_TEXT struct text json;

	text_init(&json, strlen(text) * 6 + 3); /* at most \u001f a byte, and the quotes */
	text_json_string(&json, text, strlen(text));
	return arena_copy_slice(arena, text_slice(&json));
}

static const char *limit_json(const struct splice *splice)
{
	return arena_printf(splice->arena, "%lld", (long long)splice->limit);
}

static const char *options_json(const struct splice *splice, struct slice options)
{
	AUTO_TEXT struct text json;

	text_init(&json, options.len + 64);
	text_puts(&json, "{\"include_usage\":true");
	for (struct json_cursor member = json_cursor(options); json_next(&member);) {
		if (json_key_is(&member, "include_usage"))
			continue;
		text_putc(&json, ',');
		text_add(&json, member.whole.ptr, member.whole.len);
	}
	text_putc(&json, '}');
	return arena_copy_slice(splice->arena, text_slice(&json));
}

static bool is_limit(const struct json_cursor *member)
{
	return json_key_is(member, "max_tokens") || json_key_is(member, "max_completion_tokens");
}

static bool wants_usage(const struct splice *splice)
{
	return splice->call->request->stream &&
	       !(splice->call->provider->quirks & QUIRK_NO_STREAM_USAGE);
}

static bool is_renamed(const struct splice *splice, const struct json_cursor *member)
{
	return splice->renames_limit && json_key_is(member, "max_completion_tokens");
}

/* Where the client gives both limits the lower one was paid for, so both are lowered to it. */
static const char *new_limit(struct splice *splice, const struct json_cursor *member)
{
	int64_t value;

	if (json_scan_type(member->value) != JSON_NUMBER)
		return ""; /* null means absent */
	splice->has_limit = true;
	if (splice->limit <= 0 || (json_as_int(member->value, &value) && value <= splice->limit &&
				      !is_renamed(splice, member)))
		return NULL;
	return limit_json(splice);
}

/* What the member becomes: NULL stays as it is, "" is left out, else its new value. */
static const char *new_value(struct splice *splice, const struct json_cursor *member)
{
	char name[64];

	if (json_key_is(member, "model"))
		return quoted(splice->arena, splice->call->model);
	if (is_limit(member))
		return new_limit(splice, member);
	if (json_key_is(member, "stream_options")) {
		splice->has_stream_options = true;
		return wants_usage(splice)
			   ? options_json(splice, member->value)
			   : (splice->call->provider->quirks & QUIRK_NO_STREAM_USAGE ? "" : NULL);
	}
	if (member->key.len < sizeof name) {
		memcpy(name, member->key.ptr, member->key.len);
		name[member->key.len] = '\0';
		if (chat_request_is_own_member(name, member->key.len))
			return "";
	}
	return NULL;
}

static void note_parameter(struct splice *splice, const struct json_cursor *member)
{
	const struct settings_pairs *parameters = &splice->call->deployment->parameters;

	for (size_t i = 0; i < parameters->count && i < PARAMETER_MAX; i++)
		if (json_key_is(member, parameters->items[i].name))
			splice->has_parameter[i] = true;
}

static int splice_body(struct splice *splice, struct error *err)
{
	if (add_piece(splice, "{", 1, err) != 0)
		return -1;
	for (struct json_cursor member = json_cursor(splice->call->request->body);
	     json_next(&member);) {
		const char *value = new_value(splice, &member);
		int result;

		note_parameter(splice, &member);
		if (!value)
			result = keep(splice, &member, err);
		else if (*value)
			result = add_member(splice,
			    is_renamed(splice, &member) ? slice_of("max_tokens") : member.key,
			    value, err);
		else
			result = end_run(splice, err);
		if (result != 0)
			return -1;
	}
	return end_run(splice, err);
}

/* ---- what is added ---- */

static const char *limit_name(const struct provider *provider)
{
	return provider->quirks & QUIRK_MAX_COMPLETION_TOKENS ? "max_completion_tokens"
							      : "max_tokens";
}

static bool is_limit_parameter(const char *name)
{
	return strcmp(name, "max_tokens") == 0 || strcmp(name, "max_completion_tokens") == 0;
}

static int add_missing(struct splice *splice, struct error *err)
{
	const struct settings_pairs *parameters = &splice->call->deployment->parameters;

	if (!splice->has_limit && splice->limit > 0 &&
	    add_member(
		splice, slice_of(limit_name(splice->call->provider)), limit_json(splice), err) != 0)
		return -1;
	if (wants_usage(splice) && !splice->has_stream_options &&
	    add_member(splice, slice_of("stream_options"), "{\"include_usage\":true}", err) != 0)
		return -1;
	for (size_t i = 0; i < parameters->count && i < PARAMETER_MAX; i++)
		if (!splice->has_parameter[i] && !is_limit_parameter(parameters->items[i].name) &&
		    add_member(splice, slice_of(parameters->items[i].name),
			parameters->items[i].value, err) != 0)
			return -1;
	return add_piece(splice, "}", 1, err);
}

/* ---- where it goes ---- */

static int add_header(
    struct fetch_call *out, const char *name, const char *value, struct error *err)
{
	if (out->header_count == FETCH_HEADERS_MAX)
		return error_set(err, ERROR_SETTINGS,
		    "extra_headers: at most %d headers can be sent", FETCH_HEADERS_MAX);
	out->headers[out->header_count++] = (struct fetch_header){ name, value };
	return 0;
}

/* A model's name as a part of a path: with a wildcard it is the client's, who must not choose the
 * path. */
static const char *path_part(const char *name, struct arena *arena)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
	bool dots_only = strspn(name, ".") == strlen(name);
	char *out = arena_alloc(arena, strlen(name) * 3 + 1), *at = out;

	for (; *name; name++) {
		if (strchr(plain, *name) && !dots_only)
			*at++ = *name;
		else
			at += snprintf(at, 4, "%%%02X", (unsigned char)*name);
	}
	return out;
}

static const char *azure_url(
    const struct provider_call *call, const char *base, struct arena *arena)
{
	const char *version =
	    call->deployment->api_version ? call->deployment->api_version : "2024-10-21";

	if (strstr(base, "/openai/v1")) /* the newer form: the model stands in the body */
		return arena_printf(arena, "%s/chat/completions", base);
	return arena_printf(arena, "%s/openai/deployments/%s/chat/completions?api-version=%s", base,
	    path_part(call->model, arena), version);
}

static int set_destination(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const struct deployment *deployment = call->deployment;
	const char *given = deployment->api_base ? deployment->api_base : call->provider->base_url;
	size_t len = given ? strlen(given) : 0;
	const char *base;

	while (len > 0 && given[len - 1] == '/')
		len--;
	if (len == 0)
		return error_set(err, ERROR_SETTINGS, "%s: api_base is missing", deployment->id);
	base = arena_copy_slice(arena, (struct slice){ given, len });
	out->method = "POST";
	out->url = call->provider->quirks & QUIRK_AZURE
		       ? azure_url(call, base, arena)
		       : arena_printf(arena, "%s/chat/completions", base);
	out->allow_http = deployment->insecure_http || (call->provider->quirks & QUIRK_LOCAL);
	if (!call->api_key || deployment->mock_response_set)
		return 0;
	if (call->provider->key_header == KEY_API_KEY)
		return add_header(out, "api-key", call->api_key, err);
	return add_header(
	    out, "Authorization", arena_printf(arena, "Bearer %s", call->api_key), err);
}

static int set_headers(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	const struct deployment *deployment = call->deployment;

	if (add_header(out, "Content-Type", "application/json", err) != 0 ||
	    add_header(out, "Accept",
		call->request->stream ? "text/event-stream" : "application/json", err) != 0 ||
	    add_header(out, "User-Agent", "sideways/" PACKAGE_VERSION, err) != 0)
		return -1;
	if (deployment->organization &&
	    add_header(out, "OpenAI-Organization", deployment->organization, err) != 0)
		return -1;
	for (size_t i = 0; i < deployment->extra_headers.count; i++)
		if (add_header(out, deployment->extra_headers.items[i].name,
			deployment->extra_headers.items[i].value, err) != 0)
			return -1;
	if (deployment->mock_response_set)
		return add_header(out, MOCK_TEXT_HEADER,
		    quoted(arena, deployment->mock_response ? deployment->mock_response : ""), err);
	return 0;
}

int openai_request_build(const struct provider_call *call, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	struct splice splice = { .call = call, .arena = arena, .out = out };
	struct slice body = call->request->body;

	splice.limit = call->output_limit > 0 ? call->output_limit : call->request->max_tokens;
	/* A limit under a name that the provider does not know would be none. */
	splice.renames_limit = !(call->provider->quirks & QUIRK_MAX_COMPLETION_TOKENS) &&
			       json_scan_type(json_member(body, "max_tokens")) != JSON_NUMBER;
	if (set_destination(call, arena, out, err) != 0 || set_headers(call, arena, out, err) != 0)
		return -1;
	return splice_body(&splice, err) != 0 ? -1 : add_missing(&splice, err);
}
