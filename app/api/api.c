/*
 * Every request comes in here: headers that all answers have, then the route's function.
 */
#include "api/api.h"

#include "api/api_error.h"
#include "api/cors.h"
#include "api/idempotent.h"
#include "api/not_offered.h"
#include "api/passing_routes.h"
#include "api/routes.h"
#include "base/fiber.h"
#include "management/management.h"
#include "panel/panel.h"

#include "base/banned.h"

#define ID_MAX   128
#define ID_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"

/* lighttpd takes the first part of a path for the program's own name, unless it is told otherwise:
 * then what it took off and what is left are a URL of ours together. */
static const char *lost_part(const struct web_request *request)
{
	const char *server = web_request_variable(request, "SERVER_SOFTWARE");
	struct web_request whole = *request;
	const struct route *route;
	struct slice parameter;
	char allow[64];

	if (!server || strncmp(server, "lighttpd", 8) != 0 || !*request->base_path)
		return "";
	whole.path = arena_printf(request->arena, "%s%s", request->base_path, request->path);
	if (router_find(api_routes, api_route_count, &whole, &route, &parameter, allow) ==
		ROUTE_UNKNOWN &&
	    !management_wanted(&whole) && !management_explains(&whole))
		return "";
	return arena_printf(request->arena,
	    "; lighttpd took %.80s off the path: \"fix-root-scriptname\" => \"enable\" is missing "
	    "in its fastcgi.server",
	    request->base_path);
}

static void send_unknown(const struct web_request *request, struct web_reply *reply,
    enum route_found found, const char *allow)
{
	const char *lost = lost_part(request);
	struct error err, plain;

	if (found == ROUTE_OTHER_METHOD) {
		web_reply_header(reply, "Allow", allow);
		(void)error_set(&err, ERROR_METHOD, "%.20s is not offered at %.200s; use %s%s",
		    request->method, request->path, allow, lost);
	} else {
		(void)not_offered(request, &plain);
		(void)error_set(&err, plain.kind, "%s%s", plain.text, lost);
	}
	api_error_send(request, reply, &err, NULL);
}

static bool is_watched(const char *path)
{
	return strncmp(path, "/health", 7) == 0 || strcmp(path, "/metrics") == 0;
}

/* The client's own, as LiteLLM gives it back, when it is one. */
static const char *call_id(const struct web_request *request)
{
	const char *own = web_request_variable(request, "HTTP_X_LITELLM_CALL_ID");
	size_t len = own ? strspn(own, ID_BYTES) : 0;

	return len > 0 && len <= ID_MAX && !own[len] ? own : request->id;
}

static void manage(struct api *api, const struct web_request *request, const struct error *refused,
    struct web_reply *reply)
{
	management_handle(&api->gateway, request, refused, reply);
}

/* Whatever is for clients. */
static void answer_client(
    struct api *api, const struct web_request *request, struct web_reply *reply)
{
	const struct route *route;
	struct slice parameter;
	enum route_found found;
	char allow[64];

	found = router_find(api_routes, api_route_count, request, &route, &parameter, allow);
	if (found == ROUTE_UNKNOWN) {
		found = passing_route(api, request, &route, allow);
		/* Such an answer is of another's making: a browser runs nothing of it. */
		web_reply_add(reply, slice_of("Content-Security-Policy"), slice_of("sandbox"));
	}
	if (found == ROUTE_FOUND && idempotent_wanted(request))
		idempotent_handle(api, route, request, parameter, reply);
	else if (found == ROUTE_FOUND)
		route->handle(api, request, parameter, reply);
	else if (found == ROUTE_UNKNOWN && management_explains(request))
		manage(api, request, NULL, reply);
	else
		send_unknown(request, reply, found, allow);
}

struct answer {
	struct api *api;
	const struct web_request *request;
	const struct error *refused;
	struct web_reply *reply;
	bool managed; /* it is for the management, not for clients */
};

static void answer(void *ctx)
{
	const struct answer *it = ctx;
	const struct web_request *request = it->request;
	struct web_reply *reply = it->reply;

	if (panel_wanted(request)) {
		panel_handle(&it->api->gateway, request, it->refused, reply);
		return;
	}
	web_reply_add(reply, slice_of("x-litellm-call-id"), slice_of(call_id(request)));
	web_reply_add(reply, slice_of("x-litellm-version"), slice_of(PACKAGE_VERSION));
	web_reply_add(reply, slice_of("X-Content-Type-Options"), slice_of("nosniff"));
	if (it->managed)
		manage(it->api, request, it->refused, reply);
	else if (cors_answer(it->api, request, reply))
		return;
	else if (it->refused)
		api_error_send(request, reply, it->refused, NULL);
	else
		answer_client(it->api, request, reply);
}

/* What reads many rows, hashes a password, waits for the disk or looks at other machines does not
 * hold up the requests of its carrier (base/fiber.h). */
static bool is_slow(const struct answer *it)
{
	const struct web_request *request = it->request;

	return it->managed || panel_wanted(request) || management_explains(request) ||
	       strncmp(request->path, "/metrics", 8) == 0 ||
	       strcmp(request->path, "/health/doctor") == 0;
}

void api_handle(void *ctx, const struct web_request *request, const struct error *refused,
    struct web_reply *reply)
{
	struct answer it = { ctx, request, refused, reply, management_wanted(request) };

	/* Who watches must hear that the gateway lives, and see in the metrics why it refuses. */
	if (refused && refused->kind == ERROR_OVERLOADED && is_watched(request->path))
		it.refused = NULL;
	web_reply_add(reply, slice_of("x-sideways-request-id"), slice_of(request->id));
	if (is_slow(&it))
		fiber_aside(answer, &it);
	else
		answer(&it);
}

bool api_has_path(const char *path)
{
	const struct web_request request = { .method = "POST", .path = path };
	const struct route *route;
	struct slice parameter;
	char allow[64];

	return panel_wanted(&request) || management_wanted(&request) ||
	       router_find(api_routes, api_route_count, &request, &route, &parameter, allow) !=
		   ROUTE_UNKNOWN;
}
