/*
 * GET /metrics, for Prometheus.  What is spent by whom is nobody else's business, so a scraper
 * presents metrics.key or the master key as a bearer token, or comes from a network of
 * metrics.allow.  Wrong ones are told the same as missing ones.
 */
#include "api/api_error.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/network.h"
#include "views/metrics_text.h"

#include "base/banned.h"

static bool is_secret(const char *secret, const char *presented)
{
	return secret && *secret &&
	       digest_equal(secret, strlen(secret), presented, strlen(presented));
}

static bool comes_from_allowed(const struct settings *settings, const struct web_request *request)
{
	const char *address = web_request_variable(request, "REMOTE_ADDR");

	for (size_t i = 0; address && i < settings->metrics_allow_count; i++)
		if (network_holds(settings->metrics_allow[i], address))
			return true;
	return false;
}

static int check_reader(
    const struct settings *settings, const struct web_request *request, struct error *err)
{
	const char *presented;

	if (comes_from_allowed(settings, request))
		return 0;
	presented = web_request_key(request, err);
	if (!presented)
		return -1;
	if (is_secret(settings->metrics_key, presented) ||
	    is_secret(settings->master_key, presented))
		return 0;
	return error_set(err, ERROR_UNAUTHENTICATED,
	    "the metrics are shown to whoever sends sideways_settings.metrics.key or the master "
	    "key, and to addresses in sideways_settings.metrics.allow");
}

void api_metrics(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	struct api *api = ctx;
	struct error err = { 0 };
	struct catalog *catalog = gateway_catalog(&api->gateway, &err);
	struct store *store = catalog ? gateway_store_caught_up(&api->gateway, &err) : NULL;
	AUTO_TEXT struct text text = text_empty(METRICS_BYTES_MAX);

	if (!store || check_reader(catalog_settings(catalog), request, &err) != 0 ||
	    metrics_text(store, catalog, clock_wall_ms(), &text, &err) != 0) {
		api_error_send(request, reply, &err, NULL);
	} else {
		web_reply_header(reply, "Cache-Control", "no-store");
		web_reply_send(
		    reply, "text/plain; version=0.0.4; charset=utf-8", text_slice(&text));
	}
	catalog_release(catalog);
}
