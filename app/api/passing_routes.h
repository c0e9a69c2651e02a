#ifndef API_PASSING_ROUTES_H
#define API_PASSING_ROUTES_H

/*
 * The addresses of general_settings.pass_through_endpoints, which come after those of routes.c.
 */
#include "api/api.h"
#include "web/router.h"

/* As router_find, for a path that is none of the table's. */
enum route_found passing_route(struct api *api, const struct web_request *request,
    const struct route **out_route, char out_allow[64]);

#endif
