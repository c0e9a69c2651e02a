/*
 * /health/liveness: the process answers.  /health/readiness: it can serve, that is, it has settings
 * and a store that takes durable writes, and is not stopping.  Open to all, so neither tells any
 * detail; the log does.
 */
#include "api/routes.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "web/worker.h"

#include "base/banned.h"

#define FAULTY_MAX    ((size_t)64 << 10) /* bytes of a list of entries: hundreds of them */
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

/* ,"faulty_entries":["nova (line 5)"]: which, and not why: the log and `sideways check` say that.
 */
static const char *faulty_entries(const struct catalog *catalog, struct arena *arena)
{
	const struct member *member;
	AUTO_TEXT struct text json = text_empty(FAULTY_MAX);

	for (size_t i = 0; catalog && (member = catalog_faulty_at(catalog, i)); i++) {
		const struct deployment *deployment = member->deployment;
		const char *entry =
		    arena_printf(arena, "%s (line %d)", deployment->group, deployment->origin.line);

		text_puts(&json, i ? "," : ",\"faulty_entries\":[");
		text_json_string(&json, entry, strlen(entry));
	}
	if (json.len)
		text_putc(&json, ']');
	return text_failed(&json) ? ",\"faulty_entries\":[\"too many to list\"]"
				  : arena_copy_slice(arena, text_slice(&json));
}

static const char *settings_words(bool settings, bool trouble)
{
	if (!settings)
		return "none: the file has errors, see the log";
	return trouble
		   ? "the changed file has errors, see the log; the previous settings stay in force"
		   : "in force";
}

void api_readiness(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	struct api *api = ctx;
	struct catalog *catalog = gateway_catalog(&api->gateway, NULL);
	bool settings = catalog != NULL, store = settings && store_answers(api);
	bool trouble = gateway_settings_trouble(&api->gateway, request->arena) != NULL;
	const char *faulty = faulty_entries(catalog, request->arena);
	const char *status = worker_draining()     ? "draining"
			     : !settings || !store ? "unhealthy"
			     : trouble || *faulty  ? "degraded"
						   : "healthy";
	const char *body = arena_printf(request->arena,
	    "{\"status\":\"%s\",\"db\":\"%s\",\"settings\":\"%s\",\"litellm_version\":"
	    "\"" PACKAGE_VERSION "\"%s}",
	    status, store ? "connected" : "disconnected", settings_words(settings, trouble),
	    faulty);

	catalog_release(catalog);
	web_reply_header(reply, "Cache-Control", "no-store");
	web_reply_status(reply, settings && store && !worker_draining() ? 200 : 503);
	web_reply_send(reply, "application/json", slice_of(body));
}
