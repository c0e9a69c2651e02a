/*
 * Address, credential and headers of a call.  See the header.
 */
#include "providers/call_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/json_plain.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "base/text.h"
#include "providers/mock.h"

#include "base/banned.h"

#define MEMBER_MAX ((size_t)1 << 20) /* bytes of an object whose effort is changed */

int call_add_header(struct fetch_call *out, const char *name, const char *value, struct error *err)
{
	if (out->header_count == FETCH_HEADERS_MAX)
		return error_set(err, ERROR_SETTINGS,
		    "extra_headers: at most %d headers can be sent", FETCH_HEADERS_MAX);
	out->headers[out->header_count++] = (struct fetch_header){ name, value };
	return 0;
}

const char *call_path_part(const char *name, struct arena *arena)
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

const char *call_quoted(struct arena *arena, const char *text)
{
	AUTO_TEXT struct text json = { .size = 0 };
	size_t len = strlen(text);

	if (json_plain_bytes(text, len) == len)
		return arena_join(arena, arena_join(arena, "\"", text), "\"");
	text_init(&json, len * 6 + 3); /* at most \u001f a byte, and the quotes */
	text_json_string(&json, text, len);
	return arena_copy_slice(arena, text_slice(&json));
}

const char *call_with_effort(struct slice object, const char *effort, struct arena *arena)
{
	AUTO_TEXT struct text json = text_empty(MEMBER_MAX);
	bool any = effort != NULL;

	json_write(&json, "{");
	if (effort)
		json_write(&json, "effort:%", effort);
	for (struct json_cursor member = json_cursor(object); json_next(&member);)
		if (!json_key_is(&member, "effort")) {
			json_put_raw(&json, member.whole);
			any = true;
		}
	json_write(&json, "}");
	if (text_failed(&json))
		return NULL;
	return any ? arena_copy_slice(arena, text_slice(&json)) : "";
}

static bool is_made_of(struct slice id, const char *characters)
{
	for (size_t i = 0; i < id.len; i++)
		if (!id.ptr[i] || !strchr(characters, id.ptr[i]))
			return false;
	return true;
}

struct slice call_tool_id(struct slice id, size_t most, const char *characters, struct arena *arena)
{
	if (id.len > 0 && id.len <= most && (!characters || is_made_of(id, characters)))
		return id;
	return slice_of(
	    arena_printf(arena, "call_%.24s", digest_sha256(id.ptr ? id.ptr : "", id.len).text));
}

/* LiteLLM speaks Ollama's own format below /api of the address that is written; OpenAI's is below
 * /v1 of the same. */
static const char *own_v1(struct slice base, struct arena *arena)
{
	static const char *const own[] = { "/api/chat", "/api/generate", "/api" };

	if (slice_ends(base, "/v1"))
		return arena_copy_slice(arena, base);
	for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
		if (slice_ends(base, own[i]))
			base.len -= strlen(own[i]);
	return arena_printf(arena, "%.*s/v1", (int)base.len, base.ptr);
}

int call_base(
    const struct provider_call *call, struct arena *arena, const char **out, struct error *err)
{
	const struct deployment *deployment = call->deployment;
	const char *given = deployment->api_base ? deployment->api_base : call->provider->base_url;
	size_t len;

	if (!given && deployment->mock_response_set)
		given = "http://mock.invalid"; /* nothing is called */
	len = given ? strlen(given) : 0;
	while (len > 0 && given[len - 1] == '/')
		len--;
	if (len == 0)
		return error_set(err, ERROR_SETTINGS, "%s: api_base is missing", deployment->id);
	if (call->provider->quirks & QUIRK_OWN_V1)
		*out = own_v1((struct slice){ given, len }, arena);
	else
		*out = arena_copy_slice(arena, (struct slice){ given, len });
	return 0;
}

static int set_token(
    const struct cloud_grant *grant, struct arena *arena, struct fetch_call *out, struct error *err)
{
	if (grant->quota_project &&
	    call_add_header(out, "x-goog-user-project", grant->quota_project, err) != 0)
		return -1;
	return call_add_header(
	    out, "Authorization", arena_join(arena, "Bearer ", grant->token), err);
}

int call_set_destination(const struct provider_call *call, const char *url, struct arena *arena,
    struct fetch_call *out, struct error *err)
{
	static const char *const names[] = { [KEY_API_KEY] = "api-key",
		[KEY_X_API_KEY] = "x-api-key",
		[KEY_X_GOOG] = "x-goog-api-key" };
	enum key_header header = call->provider->key_header;

	out->method = "POST";
	out->url = url;
	out->allow_http = call->deployment->insecure_http || (call->provider->quirks & QUIRK_LOCAL);
	if (call->grant && call->grant->token)
		return set_token(call->grant, arena, out, err);
	if (!call->api_key || call->deployment->mock_response_set ||
	    (call->grant && call->grant->secret))
		return 0;
	if (header < sizeof names / sizeof names[0] && names[header])
		return call_add_header(out, names[header], call->api_key, err);
	return call_add_header(
	    out, "Authorization", arena_join(arena, "Bearer ", call->api_key), err);
}

int call_set_headers(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
    struct error *err)
{
	const struct deployment *deployment = call->deployment;

	if (call_add_header(out, "Content-Type", "application/json", err) != 0 ||
	    call_add_header(out, "Accept",
		call->request->stream ? "text/event-stream" : "application/json", err) != 0 ||
	    call_add_header(out, "User-Agent", "sideways/" PACKAGE_VERSION, err) != 0)
		return -1;
	for (size_t i = 0; i < deployment->extra_headers.count; i++)
		if (call_add_header(out, deployment->extra_headers.items[i].name,
			deployment->extra_headers.items[i].value, err) != 0)
			return -1;
	if (deployment->mock_response_set)
		return call_add_header(out, MOCK_TEXT_HEADER,
		    call_quoted(arena, deployment->mock_response ? deployment->mock_response : ""),
		    err);
	return 0;
}

static const char *azure_url(
    const struct provider_call *call, const char *base, const char *what, struct arena *arena)
{
	const char *version =
	    call->deployment->api_version ? call->deployment->api_version : "2024-10-21";

	if (strstr(base, "/openai/v1")) /* the newer form: the model stands in the body */
		return arena_printf(arena, "%s/%s", base, what);
	return arena_printf(arena, "%s/openai/deployments/%s/%s?api-version=%s", base,
	    call_path_part(call->model, arena), what, version);
}

/* Resources of Azure AI Foundry serve other vendors' models below /models; an endpoint of one model
 * serves it at its own address, which may be written whole (litellm 1.110.2, azure_ai). */
static const char *azure_ai_url(
    const struct provider_call *call, const char *base, const char *what, struct arena *arena)
{
	bool foundry = strstr(base, "services.ai.azure.com") != NULL && !strstr(base, "/v1");
	const char *version = call->deployment->api_version;
	const char *below = foundry && !slice_ends(slice_of(base), "/models") ? "/models/" : "/";

	if (strchr(base, '?'))
		return base;
	if (foundry && !version)
		version = "2024-05-01-preview";
	if (slice_ends(slice_of(base), what))
		below = what = "";
	return arena_printf(arena, "%s%s%s%s%s", base, below, what, version ? "?api-version=" : "",
	    version ? version : "");
}

const char *call_url(
    const struct provider_call *call, const char *base, const char *what, struct arena *arena)
{
	if (call->provider->quirks & QUIRK_AZURE)
		return azure_url(call, base, what, arena);
	if (call->provider->quirks & QUIRK_AZURE_AI)
		return azure_ai_url(call, base, what, arena);
	return arena_join(arena, arena_join(arena, base, "/"), what);
}

struct slice call_with_thoughts(struct slice text, struct slice thoughts, struct arena *arena)
{
	if (thoughts.len == 0)
		return text;
	return slice_of(arena_printf(arena, "<think>%.*s</think>%.*s", (int)thoughts.len,
	    thoughts.ptr, (int)text.len, text.len ? text.ptr : ""));
}

struct slice call_schema_hint(struct slice schema, struct arena *arena)
{
	static const struct slice words =
	    SLICE("Answer with one JSON value that fits this JSON Schema, and nothing else:\n");
	char *out = arena_alloc(arena, words.len + schema.len + 1);
	size_t len = words.len;
	bool quoted = false;

	memcpy(out, words.ptr, words.len);
	for (size_t i = 0; i < schema.len; i++) {
		char sign = schema.ptr[i];

		if (!quoted && strchr(" \t\r\n", sign))
			continue; /* white space would be billed */
		out[len++] = sign;
		if (quoted && sign == '\\' && i + 1 < schema.len)
			out[len++] = schema.ptr[++i];
		else if (sign == '"')
			quoted = !quoted;
	}
	out[len] = '\0';
	return (struct slice){ out, len };
}

int call_set_body(
    const struct text *json, struct arena *arena, struct fetch_call *out, struct error *err)
{
	if (text_failed(json))
		return error_set(err, ERROR_TOO_LARGE, "the translated request is too large");
	out->body = arena_alloc(arena, sizeof *out->body);
	*out->body = (struct slice){ arena_copy_slice(arena, text_slice(json)), json->len };
	out->body_count = 1;
	return 0;
}

enum stream_step call_no_event(struct provider_stream *stream, const char *event, struct slice data,
    struct arena *arena, struct slice *out)
{
	*out = data;
	return STREAM_ERROR;
}
