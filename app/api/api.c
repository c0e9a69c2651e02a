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

struct answer {
	struct api *api;
	const struct web_request *request;
	const struct error *refused;
	struct web_reply *reply;
	enum { FOR_CLIENTS, FOR_PANEL, FOR_MANAGEMENT } side;
	enum route_found found; /* in the clients' table: none of its paths is the management's
				   (test_routes.c) */
	const struct route *route;
	struct slice parameter;
	char allow[64];
};

/* Whatever is for clients. */
static void answer_client(struct answer *it)
{
	const struct web_request *request = it->request;
	struct web_reply *reply = it->reply;

	if (it->found == ROUTE_UNKNOWN) {
		it->found = passing_route(it->api, request, &it->route, it->allow);
		/* Such an answer is of another's making: a browser runs nothing of it. */
		web_reply_add(reply, slice_of("Content-Security-Policy"), slice_of("sandbox"));
	}
	if (it->found == ROUTE_FOUND && idempotent_wanted(request))
		idempotent_handle(it->api, it->route, request, it->parameter, reply);
	else if (it->found == ROUTE_FOUND)
		it->route->handle(it->api, request, it->parameter, reply);
	else if (it->found == ROUTE_UNKNOWN && management_explains(request))
		manage(it->api, request, NULL, reply);
	else
		send_unknown(request, reply, it->found, it->allow);
}

static void answer(void *ctx)
{
	struct answer *it = ctx;
	const struct web_request *request = it->request;
	struct web_reply *reply = it->reply;

	if (it->side == FOR_PANEL) {
		panel_handle(&it->api->gateway, request, it->refused, reply);
		return;
	}
	web_reply_add(reply, slice_of("x-litellm-call-id"), slice_of(call_id(request)));
	web_reply_add(reply, slice_of("x-litellm-version"), slice_of(PACKAGE_VERSION));
	web_reply_add(reply, slice_of("X-Content-Type-Options"), slice_of("nosniff"));
	if (it->side == FOR_MANAGEMENT)
		manage(it->api, request, it->refused, reply);
	else if (cors_answer(it->api, request, reply))
		return;
	else if (it->refused)
		api_error_send(request, reply, it->refused, NULL);
	else
		answer_client(it);
}

static void find_route(struct answer *it)
{
	it->found = router_find(
	    api_routes, api_route_count, it->request, &it->route, &it->parameter, it->allow);
	if (panel_wanted(it->request))
		it->side = FOR_PANEL;
	else if (it->found == ROUTE_UNKNOWN && management_wanted(it->request))
		it->side = FOR_MANAGEMENT;
}

/* What reads many rows, hashes a password, waits for the disk or looks at other machines does not
 * hold up the requests of its carrier (base/fiber.h). */
static bool is_slow(const struct answer *it)
{
	const char *path = it->request->path;

	return it->side != FOR_CLIENTS ||
	       (it->found == ROUTE_UNKNOWN && management_explains(it->request)) ||
	       strncmp(path, "/metrics", 8) == 0 || strcmp(path, "/health/doctor") == 0;
}

void api_handle(void *ctx, const struct web_request *request, const struct error *refused,
    struct web_reply *reply)
{
	struct answer it = { .api = ctx, .request = request, .refused = refused, .reply = reply };

	/* Who watches must hear that the gateway lives, and see in the metrics why it refuses. */
	if (refused && refused->kind == ERROR_OVERLOADED && is_watched(request->path))
		it.refused = NULL;
	web_reply_add(reply, slice_of("x-sideways-request-id"), slice_of(request->id));
	find_route(&it);
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
