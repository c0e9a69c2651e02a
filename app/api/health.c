/*
 * /health/liveness: the process answers.  /health/readiness: it can serve, that is, it has settings
 * and a store that takes durable writes, and is not stopping.  Open to all, so neither tells any
 * detail; the log does.
 */
#include "api/routes.h"
#include "base/clock.h"
#include "base/log.h"
#include "web/worker.h"

#include "base/banned.h"

#define PING_EVERY_MS 1000 /* a flood of probes must not become a flood of disk writes */

void api_liveness(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	web_reply_send(reply, "application/json", slice_of("\"I'm alive!\""));
}

static bool store_answers(struct api *api)
{
	struct store *store = gateway_store(&api->gateway, NULL);
	int64_t now_ms = clock_mono_ms();
	struct error err;
	bool failed;

	if (!store)
		return false;
	if (now_ms - __atomic_load_n(&api->pinged_ms, __ATOMIC_ACQUIRE) < PING_EVERY_MS)
		return !__atomic_load_n(&api->ping_failed, __ATOMIC_ACQUIRE);
	failed = store_ping(store, &err) != 0;
	if (failed)
		log_event(LOG_ERROR, "store", "%s", err.text);
	__atomic_store_n(&api->ping_failed, failed, __ATOMIC_RELEASE);
	__atomic_store_n(&api->pinged_ms, now_ms, __ATOMIC_RELEASE);
	return !failed;
}

void api_readiness(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	struct api *api = ctx;
	struct catalog *catalog = gateway_catalog(&api->gateway, NULL);
	bool settings = catalog != NULL, store = settings && store_answers(api);
	bool trouble = gateway_settings_trouble(&api->gateway, request->arena) != NULL;
	const char *status = worker_draining()     ? "draining"
			     : !settings || !store ? "unhealthy"
			     : trouble             ? "degraded"
						   : "healthy";
	const char *body = arena_printf(request->arena,
	    "{\"status\":\"%s\",\"db\":\"%s\",\"settings\":\"%s\"}", status,
	    store ? "connected" : "disconnected",
	    !settings ? "none: the file has errors, see the log"
	    : trouble
		? "the changed file has errors, see the log; the previous settings stay in force"
		: "in force");

	catalog_release(catalog);
	web_reply_header(reply, "Cache-Control", "no-store");
	web_reply_status(reply, settings && store && !worker_draining() ? 200 : 503);
	web_reply_send(reply, "application/json", slice_of(body));
}
