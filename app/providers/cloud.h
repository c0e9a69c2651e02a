#ifndef PROVIDERS_CLOUD_H
#define PROVIDERS_CLOUD_H

/*
 * Bedrock and Vertex: other vendors' models, each called at an address of its own and in the format
 * of whoever made it.
 *
 *	bedrock    Claude of Opus 4.7's generation on   Messages            /anthropic/v1/messages
 *	           Claude before it                     InvokeModel         /model/ID/invoke
 *	           openai.*                             Chat Completions    /openai/v1/...
 *	           Titan and Cohere for embeddings      InvokeModel         /model/ID/invoke
 *	           all others                           Converse            /model/ID/converse
 *	vertex_ai  *embedding*                          predict .../models/M:predict
 *	           gemini-*                             Gemini's own .../models/M:generateContent
 *	           claude-*                             rawPredict          .../models/M:rawPredict
 *	           mistral*, codestral*, jamba*         the same, chat
 *	           PUBLISHER/MODEL                      Chat Completions    .../endpoints/openapi
 *
 * A route in the settings ("bedrock/converse/ID", "mantle/", ...) chooses among Bedrock's.  The
 * bodies are those of the formats that exist; what InvokeModel and rawPredict want otherwise is
 * changed here, after the format has written them, and then the call is signed.
 */
#include "providers/provider.h"

enum cloud_way {
	CLOUD_NONE, /* no cloud */
	CLOUD_UNKNOWN,
	CLOUD_MESSAGES,
	CLOUD_CHAT,
	CLOUD_INVOKE,
	CLOUD_CONVERSE,
	CLOUD_GEMINI,
	CLOUD_RAW_CLAUDE,
	CLOUD_RAW_CHAT,
	CLOUD_OPENAPI,
	CLOUD_TITAN, /* from here on: embeddings (cloud_embeddings.c) */
	CLOUD_COHERE,
	CLOUD_PREDICT,
};

enum cloud_way cloud_way_of(
    const struct provider *provider, const struct deployment *deployment, const char *model);

/* What keeps a deployment from being called, in words; NULL: nothing. */
const char *cloud_fault(
    const struct provider *provider, const struct deployment *deployment, const char *model);

/* The whole address; NULL: the format's own way to write it. */
const char *cloud_url(const struct provider_call *call, struct arena *arena);

/* The format's version goes in a header (anthropic-version) only where this is false. */
bool cloud_version_in_body(const struct provider_call *call);

/* Claude's body as InvokeModel, rawPredict and Bedrock's Messages take it (cloud_claude.c). */
int cloud_claude_body(const struct provider_call *call, enum cloud_way way, struct arena *arena,
    struct fetch_call *out, struct error *err);

/* What a head of Bedrock's tells of an answer whose body tells no usage (X-Amzn-Bedrock-...):
 * embeddings of Cohere.  Without it usage stays as it is. */
void cloud_head_usage(
    const struct provider *provider, const struct fetch_head *head, struct usage *usage);

/* Is it a Claude that knows the first version of the API only? */
bool cloud_is_older(const struct provider_call *call);

/* Is it the newer address of Bedrock's, with names and a signature of its own? */
bool cloud_is_mantle(const struct provider_call *call);

#endif
