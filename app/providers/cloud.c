/*
 * Which model is called where.  See the header; facts in /docs/providers.md with their sources.
 */
#include "providers/cloud.h"

#include <string.h>

#include "base/number.h"
#include "fetch/head.h"
#include "providers/call_parts.h"
#include "settings/cloud_names.h"

#include "base/banned.h"

static bool is_before(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is(const char *text, const char *word)
{
	return text && strcmp(text, word) == 0;
}

/* ---- the way ---- */

/* A profile that users name themselves says nothing of its model; base_model does. */
static const char *bedrock_name(const struct deployment *deployment, const char *model)
{
	const char *base = deployment->base_model, *name = cloud_model_name(model);

	if (base && !strchr(name, '.'))
		return is_before(base, "bedrock/") ? base + strlen("bedrock/") : base;
	return name;
}

/* Anthropic's page calls InvokeModel and Converse legacy, for Opus 4.6 and earlier
 * (https://platform.claude.com/docs/en/build-with-claude/claude-on-amazon-bedrock-legacy); the
 * other models of that time are Sonnet's and Haiku's. */
static bool is_older_claude(const char *claude)
{
	static const char *const older[] = { "claude-v", "claude-instant", "claude-1", "claude-2",
		"claude-3", "claude-opus-4-2", "claude-opus-4-1", "claude-opus-4-5",
		"claude-opus-4-6", "claude-sonnet-4-2", "claude-sonnet-4-5", "claude-sonnet-4-6",
		"claude-haiku-4-5" };

	for (size_t i = 0; i < sizeof older / sizeof older[0]; i++)
		if (is_before(claude, older[i]))
			return true;
	return text_is_one_of(claude, "claude-opus-4 claude-sonnet-4");
}

/* The way that the settings name; CLOUD_NONE: they leave it to the model. */
static enum cloud_way way_of_route(const char *route, bool claude, bool openai)
{
	const struct {
		const char *route;
		enum cloud_way way;
	} routes[] = {
		{ "mantle", claude ? CLOUD_MESSAGES : CLOUD_CHAT },
		{ "converse", CLOUD_CONVERSE },
		{ "openai", CLOUD_CHAT },
		{ "chat_completions", CLOUD_CHAT },
		{ "messages", CLOUD_MESSAGES },
		{ "invoke", claude   ? CLOUD_INVOKE
			    : openai ? CLOUD_CHAT
				     : CLOUD_UNKNOWN },
	};

	for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
		if (is(route, routes[i].route))
			return routes[i].way;
	return CLOUD_NONE;
}

static enum cloud_way bedrock_way(const struct deployment *deployment, const char *model)
{
	static const struct {
		const char *prefix;
		enum cloud_way way;
	} embeddings[] = { { "amazon.titan-embed-text", CLOUD_TITAN },
		{ "amazon.titan-embed-g1-text", CLOUD_TITAN }, { "cohere.embed", CLOUD_COHERE } };
	const char *name = bedrock_name(deployment, model), *claude = strstr(name, "claude-");
	bool openai = is_before(name + cloud_geography(name), "openai.");
	enum cloud_way way = way_of_route(deployment->cloud.route, claude != NULL, openai);

	for (size_t i = 0; i < sizeof embeddings / sizeof embeddings[0]; i++)
		if (is_before(name + cloud_geography(name), embeddings[i].prefix))
			return embeddings[i].way;
	if (way != CLOUD_NONE)
		return way;
	if (claude)
		return is_older_claude(claude) ? CLOUD_INVOKE : CLOUD_MESSAGES;
	return openai ? CLOUD_CHAT : CLOUD_CONVERSE;
}

static enum cloud_way vertex_way(const char *model)
{
	static const struct {
		const char *prefix;
		enum cloud_way way;
	} makers[] = { { "gemini-embedding-001", CLOUD_PREDICT },
		{ "gemini-embedding", CLOUD_UNKNOWN }, { "text-embedding-", CLOUD_PREDICT },
		{ "textembedding-gecko", CLOUD_PREDICT },
		{ "text-multilingual-embedding-", CLOUD_PREDICT }, { "gemini-", CLOUD_GEMINI },
		{ "claude-", CLOUD_RAW_CLAUDE }, { "mistral", CLOUD_RAW_CHAT },
		{ "ministral", CLOUD_RAW_CHAT }, { "codestral", CLOUD_RAW_CHAT },
		{ "jamba", CLOUD_RAW_CHAT } };

	if (strchr(model, '/'))
		return CLOUD_OPENAPI;
	for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++)
		if (is_before(model, makers[i].prefix))
			return makers[i].way;
	return CLOUD_UNKNOWN;
}

enum cloud_way cloud_way_of(
    const struct provider *provider, const struct deployment *deployment, const char *model)
{
	if (deployment->mock_response_set)
		return CLOUD_NONE;
	if (provider->quirks & QUIRK_BEDROCK)
		return bedrock_way(deployment, model);
	return provider->quirks & QUIRK_VERTEX ? vertex_way(model) : CLOUD_NONE;
}

static enum cloud_way way_of(const struct provider_call *call)
{
	return cloud_way_of(call->provider, call->deployment, call->model);
}

const char *cloud_fault(
    const struct provider *provider, const struct deployment *deployment, const char *model)
{
	enum cloud_way way = cloud_way_of(provider, deployment, model);
	bool vertex = provider->quirks & QUIRK_VERTEX;

	if (way == CLOUD_NONE || strchr(model, '*'))
		return NULL;
	if (way == CLOUD_UNKNOWN && vertex)
		return "it cannot be called: of Vertex's models Gemini, Claude, Mistral, Google's "
		       "embeddings (but gemini-embedding-2) and those written PUBLISHER/MODEL can";
	if (way == CLOUD_UNKNOWN)
		return "by invoke/ only Claude can be called; leave the route out, or write "
		       "converse/";
	if (vertex && !deployment->cloud.project && !deployment->api_base &&
	    !(way == CLOUD_GEMINI && deployment->api_key))
		return "vertex_project is missing (an api_key alone serves Gemini's models)";
	return NULL;
}

/* ---- the address ---- */

static bool ends_with(const char *text, size_t len, const char *end)
{
	size_t end_len = strlen(end);

	return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

/* api_base without what the formats' own addresses end in. */
static const char *given_base(const struct provider_call *call, struct arena *arena)
{
	static const char *const ends[] = { "/", "/anthropic", "/openai/v1", "/v1", "/v1beta1" };
	const char *base = call->deployment->api_base;
	size_t len = base ? strlen(base) : 0;

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (ends_with(base, len, ends[i]))
			len -= strlen(ends[i]);
	return base ? arena_copy_slice(arena, (struct slice){ base, len }) : NULL;
}

bool cloud_is_mantle(const struct provider_call *call)
{
	return is(call->deployment->cloud.route, "mantle");
}

/* As boto3's own resolver has them (botocore 1.44.8, 2026-11-29). */
static const char *bedrock_base(const struct provider_call *call, struct arena *arena)
{
	const char *region = call->deployment->cloud.region, *base = given_base(call, arena);

	if (base)
		return base;
	if (cloud_is_mantle(call))
		return arena_printf(arena, "https://bedrock-mantle.%s.api.aws", region);
	return arena_printf(arena, "https://bedrock-runtime.%s.amazonaws.%s", region,
	    is_before(region, "cn-")     ? "com.cn"
	    : is_before(region, "eusc-") ? "eu"
					 : "com");
}

static const char *bedrock_id(const struct provider_call *call)
{
	return call->deployment->cloud.model_id ? call->deployment->cloud.model_id : call->model;
}

static const char *bedrock_url(
    const struct provider_call *call, enum cloud_way way, struct arena *arena)
{
	const char *base = bedrock_base(call, arena);
	bool stream = call->request->stream;

	switch (way) {
	case CLOUD_MESSAGES:
		return arena_join(arena, base, "/anthropic/v1/messages");
	case CLOUD_CHAT:
		return arena_join(arena, base,
		    cloud_is_mantle(call) ? "/v1/chat/completions" : "/openai/v1/chat/completions");
	case CLOUD_INVOKE:
	case CLOUD_TITAN:
	case CLOUD_COHERE:
		return arena_printf(arena, "%s/model/%s/%s", base,
		    call_path_part(bedrock_id(call), arena),
		    stream ? "invoke-with-response-stream" : "invoke");
	default:
		return arena_printf(arena, "%s/model/%s/%s", base,
		    call_path_part(bedrock_id(call), arena),
		    stream ? "converse-stream" : "converse");
	}
}

/* google-genai 3.6.1, 2026-11-29: places without a dash are of several regions. */
static const char *vertex_origin(const struct provider_call *call, struct arena *arena)
{
	const char *place = call->deployment->cloud.region, *base = given_base(call, arena);

	if (base)
		return base;
	if (strcmp(place, "global") == 0)
		return "https://aiplatform.googleapis.com";
	return arena_printf(arena,
	    strchr(place, '-') ? "https://%s-aiplatform.googleapis.com"
			       : "https://aiplatform.%s.rep.googleapis.com",
	    place);
}

/* With an express key there is no project; "api_base" may also go as far as .../models. */
static const char *vertex_parent(const struct provider_call *call, struct arena *arena)
{
	const char *origin = vertex_origin(call, arena), *project = call->deployment->cloud.project;
	const char *publishers = strstr(origin, "/publishers/");

	if (publishers)
		return arena_copy_slice(
		    arena, (struct slice){ origin, (size_t)(publishers - origin) });
	if (!project)
		return arena_join(arena, origin, "/v1");
	return arena_printf(arena, "%s/v1/projects/%s/locations/%s", origin,
	    call_path_part(project, arena), call->deployment->cloud.region);
}

/* "claude-sonnet-4-5@20250929" goes as it is. */
static const char *vertex_model(const char *model, struct arena *arena)
{
	const char *at = strchr(model, '@');

	if (!at)
		return call_path_part(model, arena);
	return arena_printf(arena, "%s@%s",
	    call_path_part(
		arena_copy_slice(arena, (struct slice){ model, (size_t)(at - model) }), arena),
	    call_path_part(at + 1, arena));
}

static const char *vertex_url(
    const struct provider_call *call, enum cloud_way way, struct arena *arena)
{
	const char *parent = vertex_parent(call, arena), *publisher = "google", *verb;
	bool stream = call->request->stream;

	if (way == CLOUD_OPENAPI)
		return arena_join(arena, parent, "/endpoints/openapi/chat/completions");
	verb = stream ? "streamRawPredict" : "rawPredict";
	if (way == CLOUD_PREDICT)
		verb = "predict";
	else if (way == CLOUD_GEMINI)
		verb = stream ? "streamGenerateContent?alt=sse" : "generateContent";
	else if (way == CLOUD_RAW_CLAUDE)
		publisher = "anthropic";
	else
		publisher = is_before(call->model, "jamba") ? "ai21" : "mistralai";
	return arena_printf(arena, "%s/publishers/%s/models/%s:%s", parent, publisher,
	    vertex_model(call->model, arena), verb);
}

const char *cloud_url(const struct provider_call *call, struct arena *arena)
{
	enum cloud_way way = way_of(call);

	if (way == CLOUD_NONE)
		return NULL;
	return call->provider->quirks & QUIRK_BEDROCK ? bedrock_url(call, way, arena)
						      : vertex_url(call, way, arena);
}

void cloud_head_usage(
    const struct provider *provider, const struct fetch_head *head, struct usage *usage)
{
	const char *count = provider->quirks & QUIRK_BEDROCK
				? fetch_head_get(head, "x-amzn-bedrock-input-token-count")
				: NULL;

	if (!usage->known && count)
		usage->known =
		    number_whole(slice_of(count), 0, INT32_MAX, &usage->input_tokens, NULL) == 0;
}

bool cloud_is_older(const struct provider_call *call)
{
	const char *claude = strstr(bedrock_name(call->deployment, call->model), "claude-");

	return claude && is_older_claude(claude);
}

bool cloud_version_in_body(const struct provider_call *call)
{
	enum cloud_way way = way_of(call);

	return way == CLOUD_INVOKE || way == CLOUD_RAW_CLAUDE;
}
