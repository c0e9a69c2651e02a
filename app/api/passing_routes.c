/*
 * Requests that go to a target as they are, at a price a request.  See the header.
 */
#include "api/passing_routes.h"

#include <stdio.h>
#include <string.h>

#include "api/api_error.h"
#include "api/model_call.h"
#include "api/not_offered.h"
#include "settings/pass_through.h"

#include "base/banned.h"

static void answer(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	struct api *api = ctx;
	struct error err = { 0 };
	struct catalog *catalog = gateway_catalog(&api->gateway, &err);
	struct media_request said = { .method = request->method,
		.query = request->query,
		.content_type = request->content_type,
		.accept = web_request_list(request, "HTTP_ACCEPT"),
		.raw = request->body };
	struct model_call kind = { .format = WIRE_MEDIA, .passing = &said };
	const struct deployment *entry =
	    catalog ? pass_through_find(catalog_settings(catalog), request->path, &said.below)
		    : NULL;

	if (!entry) {
		if (catalog) /* the settings changed just now */
			(void)not_offered(request, &err);
		api_error_send(request, reply, &err, NULL);
	} else {
		kind.path_model = entry->group;
		model_call_answer(api, request, &kind, reply);
	}
	catalog_release(catalog);
}

enum route_found passing_route(struct api *api, const struct web_request *request,
    const struct route **out_route, char out_allow[64])
{
	static const struct route passing = { "", "", NEED_KEY, answer };
	struct catalog *catalog = gateway_catalog(&api->gateway, NULL);
	const char *below;
	const struct deployment *entry =
	    catalog ? pass_through_find(catalog_settings(catalog), request->path, &below) : NULL;
	enum route_found found = ROUTE_UNKNOWN;

	if (entry && pass_through_takes(entry, request->method)) {
		*out_route = &passing;
		found = ROUTE_FOUND;
	} else if (entry) {
		(void)snprintf(out_allow, 64, "%s", entry->methods);
		found = ROUTE_OTHER_METHOD;
	}
	catalog_release(catalog);
	return found;
}
