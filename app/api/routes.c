/*
 * The URLs.  Paths are canonical (web/request.h); a row says what the handler needs.
 */
#include "api/routes.h"

#include "base/banned.h"

const struct route api_routes[] = {
	/* clang-format off */
	{ "POST", "/v1/chat/completions", NEED_KEY,     api_chat_completions },
	{ "POST", "/chat/completions",    NEED_KEY,     api_chat_completions },
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
	{ "POST", "/v1/embeddings",               NEED_KEY, api_embeddings },
	{ "POST", "/embeddings",                  NEED_KEY, api_embeddings },
	{ "POST", "/openai/deployments/{}/embeddings", NEED_KEY, api_azure_embeddings },
	{ "POST", "/v1beta/models/{}",            NEED_KEY, api_gemini },
	{ "POST", "/v1/models/{}",                NEED_KEY, api_gemini },
	{ "POST", "/openai/deployments/{}/chat/completions", NEED_KEY, api_azure_chat },
	{ "POST", "/openai/deployments/{}/completions",      NEED_KEY, api_azure_completions },
	{ "GET",  "/v1beta/models",       NEED_KEY,     api_gemini_models },
	{ "GET",  "/v1beta/models/{}",    NEED_KEY,     api_gemini_model },
	{ "GET",  "/v1/models",           NEED_KEY,     api_models },
	{ "GET",  "/models",              NEED_KEY,     api_models },
	{ "GET",  "/v1/models/{}",        NEED_KEY,     api_model },
	{ "GET",  "/models/{}",           NEED_KEY,     api_model },
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
