/*
 * The URLs.  Paths are canonical (web/request.h); a row says what the handler needs.
 */
#include "api/routes.h"

#include "base/banned.h"

const struct route api_routes[] = {
	/* clang-format off */
	{ "POST", "/v1/chat/completions", NEED_KEY,     api_chat_completions },
	{ "POST", "/chat/completions",    NEED_KEY,     api_chat_completions },
	{ "GET",  "/v1/models",           NEED_KEY,     api_models },
	{ "GET",  "/models",              NEED_KEY,     api_models },
	{ "GET",  "/v1/models/{}",        NEED_KEY,     api_model },
	{ "GET",  "/models/{}",           NEED_KEY,     api_model },
	{ "GET",  "/health/liveliness",   NEED_NOTHING, api_liveness },
	{ "GET",  "/health/liveness",     NEED_NOTHING, api_liveness },
	{ "GET",  "/health/readiness",    NEED_NOTHING, api_readiness },
	/* clang-format on */
};
const size_t api_route_count = sizeof api_routes / sizeof api_routes[0];
