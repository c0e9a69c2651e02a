/*
 * What can be said of a request before its body is there: is there such a URL, and is the key in
 * force?  The handler asks the same again, with the whole request.  api_judge is declared in api.h.
 */
#include "accounts/keys.h"
#include "api/api.h"
#include "api/not_offered.h"
#include "api/passing_routes.h"
#include "api/routes.h"
#include "base/clock.h"
#include "management/management.h"
#include "panel/panel.h"
#include "relay/relay.h"

#include "base/banned.h"

/* Any key: what it may is the handler's question. */
static int check_key(struct api *api, const struct web_request *request, struct error *err)
{
	struct catalog *catalog = gateway_catalog(&api->gateway, err);
	struct store *store = catalog ? gateway_store(&api->gateway, err) : NULL;
	const char *credential = store ? web_request_key(request, err) : NULL;
	struct virtual_key key;
	int result = -1;

	if (credential)
		result = keys_admit(store, credential, catalog_settings(catalog)->master_key,
		    clock_wall_ms(), request->arena, &key, err);
	catalog_release(catalog);
	return result;
}

int api_judge(void *ctx, const struct web_request *request, bool *out_known, struct error *refused)
{
	const struct route *route = NULL;
	struct slice parameter;
	char allow[64];

	*out_known = false;
	if (panel_wanted(request))
		return 0;
	if (!management_wanted(request)) {
		if (router_find(api_routes, api_route_count, request, &route, &parameter, allow) !=
			ROUTE_FOUND &&
		    passing_route(ctx, request, &route, allow) != ROUTE_FOUND)
			return management_explains(request) ? 0 : not_offered(request, refused);
		if (route->need == NEED_NOTHING)
			return 0;
	}
	*out_known = route && route->need == NEED_TOKEN
			 ? api_doctor_token(ctx, request, refused) == 0
			 : check_key(ctx, request, refused) == 0;
	return *out_known ? 0 : -1;
}
