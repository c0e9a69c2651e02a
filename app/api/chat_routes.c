/*
 * The handlers of the URLs that call models: which format each speaks, and what its path says.
 */
#include <string.h>

#include "api/api_error.h"
#include "api/count_tokens.h"
#include "api/model_call.h"
#include "api/routes.h"

#include "base/banned.h"

static void chat_routes_answer(void *ctx, const struct web_request *request,
    enum wire_format_id format, const char *path_model, struct web_reply *reply)
{
	struct model_call kind = { .format = format, .path_model = path_model };

	model_call_answer(ctx, request, &kind, reply);
}

/* A route of one format whose model stands in the body. */
#define ANSWERS(name, format)                                                                      \
	void name(void *ctx, const struct web_request *request, struct slice parameter,            \
	    struct web_reply *reply)                                                               \
	{                                                                                          \
		chat_routes_answer(ctx, request, format, NULL, reply);                             \
	}
ANSWERS(api_chat_completions, WIRE_OPENAI_CHAT)
ANSWERS(api_completions, WIRE_COMPLETIONS)
ANSWERS(api_responses, WIRE_RESPONSES)
ANSWERS(api_messages, WIRE_ANTHROPIC)
ANSWERS(api_embeddings, WIRE_EMBEDDINGS)
ANSWERS(api_moderations, WIRE_MODERATIONS)
void api_azure_embeddings(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	chat_routes_answer(
	    ctx, request, WIRE_EMBEDDINGS, arena_copy_slice(request->arena, parameter), reply);
}

static void answer_media(
    void *ctx, const struct web_request *request, const char *path_model, struct web_reply *reply)
{
	struct model_call kind = { .format = WIRE_MEDIA,
		.media = media_address(request->path),
		.path_model = path_model };

	model_call_answer(ctx, request, &kind, reply);
}

void api_media(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	answer_media(ctx, request, NULL, reply);
}

void api_azure_media(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	answer_media(ctx, request, arena_copy_slice(request->arena, parameter), reply);
}

void api_count_tokens(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	struct model_call kind = { .format = WIRE_ANTHROPIC };

	count_tokens_answer(ctx, request, &kind, reply);
}

void api_input_tokens(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	struct model_call kind = { .format = WIRE_RESPONSES };

	count_tokens_answer(ctx, request, &kind, reply);
}

/* Azure's paths name the model; a model in the body is ignored there as well. */
void api_azure_chat(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	chat_routes_answer(
	    ctx, request, WIRE_OPENAI_CHAT, arena_copy_slice(request->arena, parameter), reply);
}

void api_azure_completions(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	chat_routes_answer(
	    ctx, request, WIRE_COMPLETIONS, arena_copy_slice(request->arena, parameter), reply);
}

/* ---- Gemini: /v1beta/models/MODEL:METHOD; a model's name may hold slashes and colons ---- */

static bool asks_for_events(const char *query)
{
	const char *at = strstr(query, "alt=sse");

	return at && (at == query || at[-1] == '&') && (at[7] == '\0' || at[7] == '&');
}

static void gemini_generate(void *ctx, const struct web_request *request, const char *model,
    bool stream, struct web_reply *reply)
{
	struct model_call kind = {
		.format = WIRE_GEMINI,
		.path_model = model,
		.path_stream = stream,
		.as_array = stream && !asks_for_events(request->query),
	};

	model_call_answer(ctx, request, &kind, reply);
}

void api_gemini(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	char *model = arena_copy_slice(request->arena, parameter);
	char *method = strrchr(model, ':');
	struct model_call counting = { .format = WIRE_GEMINI, .path_model = model };
	struct error err;

	if (method)
		*method++ = '\0';
	if (method && strcmp(method, "generateContent") == 0)
		gemini_generate(ctx, request, model, false, reply);
	else if (method && strcmp(method, "streamGenerateContent") == 0)
		gemini_generate(ctx, request, model, true, reply);
	else if (method && strcmp(method, "countTokens") == 0)
		count_tokens_answer(ctx, request, &counting, reply);
	else if (method && strcmp(method, "embedContent") == 0)
		chat_routes_answer(ctx, request, WIRE_GEMINI_EMBED, model, reply);
	else if (method && strcmp(method, "batchEmbedContents") == 0)
		chat_routes_answer(ctx, request, WIRE_GEMINI_EMBED_BATCH, model, reply);
	else {
		(void)error_set(&err, ERROR_NOT_FOUND,
		    "no such method: %.200s; there are generateContent, streamGenerateContent, "
		    "countTokens, embedContent and batchEmbedContents",
		    request->path);
		api_error_send(request, reply, &err, NULL);
	}
}
