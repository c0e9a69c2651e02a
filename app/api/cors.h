#ifndef API_CORS_H
#define API_CORS_H

/*
 * Calls from pages in a browser (general_settings.cors_origins; off when left out, because a page
 * that calls models has a key in it).  Only the addresses of api_routes: never the panel, nor the
 * management.
 */
#include <stdbool.h>

#include "api/api.h"

/* Sets the headers for an origin that is allowed.  True: it was a preflight, and is answered. */
bool cors_answer(struct api *api, const struct web_request *request, struct web_reply *reply);

#endif
