/*
 * The URLs.  Paths are canonical (web/request.h); a row says what the handler needs.
 */
#include "api/routes.h"

#include "base/json_write.h"
#include "base/text.h"

#include "base/banned.h"

#define ROUTES_MAX ((size_t)64 << 10) /* bytes of the list */

const struct route api_routes[] = {
	/* clang-format off */
	{ "POST", "/v1/chat/completions", NEED_KEY,     api_chat_completions },
	{ "POST", "/chat/completions",    NEED_KEY,     api_chat_completions },
	{ "POST", "/queue/chat/completions", NEED_KEY,  api_chat_completions },
	{ "POST", "/v1/completions",      NEED_KEY,     api_completions },
	{ "POST", "/completions",         NEED_KEY,     api_completions },
	{ "POST", "/v1/responses",        NEED_KEY,     api_responses },
	{ "POST", "/responses",           NEED_KEY,     api_responses },
	{ "POST", "/v1/messages",         NEED_KEY,     api_messages },
	{ "POST", "/messages",            NEED_KEY,     api_messages },
	{ "POST", "/anthropic/v1/messages",       NEED_KEY, api_messages },
	{ "POST", "/v1/messages/count_tokens",    NEED_KEY, api_count_tokens },
	{ "POST", "/messages/count_tokens",       NEED_KEY, api_count_tokens },
	{ "POST", "/v1/moderations",              NEED_KEY, api_moderations },
	{ "POST", "/moderations",                 NEED_KEY, api_moderations },
	{ "POST", "/v1/responses/input_tokens",   NEED_KEY, api_input_tokens },
	{ "POST", "/responses/input_tokens",      NEED_KEY, api_input_tokens },
	{ "POST", "/v1/images/generations",       NEED_KEY, api_media },
	{ "POST", "/images/generations",          NEED_KEY, api_media },
	{ "POST", "/v1/images/edits",             NEED_KEY, api_media },
	{ "POST", "/images/edits",                NEED_KEY, api_media },
	{ "POST", "/v1/images/variations",        NEED_KEY, api_media },
	{ "POST", "/images/variations",           NEED_KEY, api_media },
	{ "POST", "/v1/audio/speech",             NEED_KEY, api_media },
	{ "POST", "/audio/speech",                NEED_KEY, api_media },
	{ "POST", "/v1/audio/transcriptions",     NEED_KEY, api_media },
	{ "POST", "/audio/transcriptions",        NEED_KEY, api_media },
	{ "POST", "/v1/audio/translations",       NEED_KEY, api_media },
	{ "POST", "/audio/translations",          NEED_KEY, api_media },
	{ "POST", "/v1/rerank",                   NEED_KEY, api_media },
	{ "POST", "/v2/rerank",                   NEED_KEY, api_media },
	{ "POST", "/rerank",                      NEED_KEY, api_media },
	{ "POST", "/v1/embeddings",               NEED_KEY, api_embeddings },
	{ "POST", "/embeddings",                  NEED_KEY, api_embeddings },
	{ "POST", "/openai/deployments/{}/embeddings", NEED_KEY, api_azure_embeddings },
	{ "POST", "/v1beta/models/{}",            NEED_KEY, api_gemini },
	{ "POST", "/v1/models/{}",                NEED_KEY, api_gemini },
	{ "POST", "/openai/deployments/{}/chat/completions", NEED_KEY, api_azure_chat },
	{ "POST", "/openai/deployments/{}/completions",      NEED_KEY, api_azure_completions },
	{ "POST", "/openai/deployments/{}/images/generations",    NEED_KEY, api_azure_media },
	{ "POST", "/openai/deployments/{}/images/edits",          NEED_KEY, api_azure_media },
	{ "POST", "/openai/deployments/{}/audio/speech",          NEED_KEY, api_azure_media },
	{ "POST", "/openai/deployments/{}/audio/transcriptions",  NEED_KEY, api_azure_media },
	{ "POST", "/openai/deployments/{}/audio/translations",    NEED_KEY, api_azure_media },
	{ "GET",  "/v1beta/models",       NEED_KEY,     api_gemini_models },
	{ "GET",  "/v1beta/models/{}",    NEED_KEY,     api_gemini_model },
	{ "GET",  "/v1/models",           NEED_KEY,     api_models },
	{ "GET",  "/models",              NEED_KEY,     api_models },
	{ "GET",  "/v1/models/{}",        NEED_KEY,     api_model },
	{ "GET",  "/models/{}",           NEED_KEY,     api_model },
	{ "POST", "/engines/{}/chat/completions", NEED_KEY, api_azure_chat },
	{ "POST", "/engines/{}/completions",      NEED_KEY, api_azure_completions },
	{ "POST", "/engines/{}/embeddings",       NEED_KEY, api_azure_embeddings },
	{ "POST", "/utils/token_counter",         NEED_KEY, api_token_counter },
	{ "GET",  "/routes",              NEED_NOTHING, api_list_routes },
	{ "GET",  "/",                    NEED_NOTHING, api_root },
	{ "GET",  "/metrics",             NEED_NOTHING, api_metrics },
	{ "GET",  "/metrics/",            NEED_NOTHING, api_metrics },
	{ "GET",  "/health/liveliness",   NEED_NOTHING, api_liveness },
	{ "GET",  "/health/liveness",     NEED_NOTHING, api_liveness },
	{ "GET",  "/health/readiness",    NEED_NOTHING, api_readiness },
	{ "GET",  "/health/doctor",       NEED_NOTHING, api_doctor },
	{ "POST", "/health/doctor",       NEED_TOKEN,   api_doctor },
	/* clang-format on */
};
const size_t api_route_count = sizeof api_routes / sizeof api_routes[0];

/* ---- what this is, for probes that ask at "/", and the list for programs that ask LiteLLM for it
 * ---- */

void api_root(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	web_reply_send(reply, "application/json",
	    slice_of(
		"{\"name\":\"sideways\",\"version\":\"" PACKAGE_VERSION "\",\"status\":\"ok\"}"));
}

static const char *need_name(enum route_need need)
{
	return need == NEED_KEY ? "key" : need == NEED_TOKEN ? "token" : "nothing";
}

void api_list_routes(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	AUTO_TEXT struct text json = text_empty(ROUTES_MAX);

	json_write(&json, "{routes:[");
	for (size_t i = 0; i < api_route_count; i++) {
		json_write(&json, "{path:%, methods:[%], needs:%}", api_routes[i].path,
		    api_routes[i].method, need_name(api_routes[i].need));
	}
	json_write(&json, "]}");
	web_reply_send(reply, "application/json", text_slice(&json));
}
