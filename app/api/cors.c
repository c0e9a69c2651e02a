/*
 * Cross-origin requests.  See the header.
 */
#include "api/cors.h"

#include <string.h>

#include "base/banned.h"

#define PREFLIGHT_SECONDS "600" /* that a browser may keep the answer */

static bool is_allowed(const struct settings *settings, const char *origin)
{
	for (size_t i = 0; i < settings->cors_origin_count; i++)
		if (strcmp(settings->cors_origins[i], "*") == 0 ||
		    strcmp(settings->cors_origins[i], origin) == 0)
			return true;
	return false;
}

static bool is_origin_allowed(struct api *api, const char *origin)
{
	struct catalog *catalog = gateway_catalog(&api->gateway, NULL);
	bool allowed = catalog && is_allowed(catalog_settings(catalog), origin);

	catalog_release(catalog);
	return allowed;
}

bool cors_answer(struct api *api, const struct web_request *request, struct web_reply *reply)
{
	const char *origin = web_request_variable(request, "HTTP_ORIGIN");
	const char *wanted = web_request_variable(request, "HTTP_ACCESS_CONTROL_REQUEST_HEADERS");
	bool preflight = strcmp(request->method, "OPTIONS") == 0 &&
			 web_request_variable(request, "HTTP_ACCESS_CONTROL_REQUEST_METHOD");

	if (!origin || !is_origin_allowed(api, origin))
		return false;
	web_reply_header(reply, "Access-Control-Allow-Origin", origin);
	web_reply_header(reply, "Vary", "Origin");
	web_reply_header(reply, "Access-Control-Expose-Headers", "*");
	if (!preflight)
		return false;
	web_reply_header(reply, "Access-Control-Allow-Methods", "GET, POST");
	web_reply_header(
	    reply, "Access-Control-Allow-Headers", wanted ? wanted : "authorization, content-type");
	web_reply_header(reply, "Access-Control-Max-Age", PREFLIGHT_SECONDS);
	web_reply_status(reply, 204);
	web_reply_send(reply, "text/plain", slice_of(""));
	return true;
}
