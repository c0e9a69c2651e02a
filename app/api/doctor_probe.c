/*
 * /health/doctor: answers for who measures the way to the gateway.  See doctor/probe.h.
 */
#include "doctor/probe.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_error.h"
#include "api/routes.h"
#include "base/clock.h"
#include "base/json_build.h"
#include "base/number.h"
#include "web/worker.h"

#include "base/banned.h"

#define WAIT_MOST_MS 600000 /* as request_timeout: nobody waits longer for a whole answer */
#define WAIT_STEP_MS 200    /* how soon a drain or a client that left is seen */

/* The value of NAME=VALUE in the query; empty when there is none. */
static struct slice query_value(const char *query, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = query; *at; at += strspn(at, "&")) {
		size_t part = strcspn(at, "&");

		if (part > len && strncmp(at, name, len) == 0 && at[len] == '=')
			return (struct slice){ at + len + 1, part - len - 1 };
		at += part;
	}
	return (struct slice){ "", 0 };
}

static bool slice_says(struct slice slice, const char *word)
{
	return slice.len == strlen(word) && memcmp(slice.ptr, word, slice.len) == 0;
}

int api_doctor_token(struct api *api, const struct web_request *request, struct error *err)
{
	struct catalog *catalog = gateway_catalog(&api->gateway, err);
	struct slice token = query_value(request->query, "token");
	struct digest_hex wanted;
	bool good;

	if (!catalog)
		return -1;
	wanted = doctor_probe_token(catalog_settings(catalog));
	catalog_release(catalog);
	good = digest_equal(wanted.text, strlen(wanted.text), token.ptr, token.len);
	if (good)
		return 0;
	return error_set(err, ERROR_FORBIDDEN,
	    "this is for `sideways doctor` with the settings file that the gateway has in force");
}

static bool arrived(const struct web_request *request, const char *name)
{
	const char *value = web_request_variable(request, name);

	if (!value)
		value = web_request_variable(
		    request, arena_printf(request->arena, "REDIRECT_%s", name));
	return value && *value;
}

static void send_echo(const struct web_request *request, struct web_reply *reply)
{
	json_t *root = json_object();
	char *text;

	json_set_all(root, "nonce server way https? base authorization? x_api_key? body_bytes",
	    request->id, web_request_variable(request, "SERVER_SOFTWARE"), web_request_way(request),
	    request->https, request->base_path, arrived(request, "HTTP_AUTHORIZATION"),
	    arrived(request, "HTTP_X_API_KEY"), (int64_t)request->body.len);
	text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	web_reply_send(reply, "application/json", slice_of(text));
	free(text);
}

static void send_events(const struct web_request *request, struct web_reply *reply)
{
	if (web_reply_begin_stream(reply) < 0)
		return;
	for (int i = 0; i < DOCTOR_EVENTS; i++) {
		const char *event = arena_printf(request->arena, "data: {\"event\":%d}\n\n", i);

		if (i > 0)
			clock_sleep_ms(DOCTOR_GAP_MS);
		if (web_reply_write(reply, event, strlen(event)) < 0 || web_reply_flush(reply) < 0)
			return;
	}
}

static void send_late(const struct web_request *request, struct web_reply *reply)
{
	struct slice text = query_value(request->query, "ms");
	int64_t wait_ms = 0, until_ms;

	if (number_whole(text, 0, WAIT_MOST_MS, &wait_ms, NULL) != 0)
		wait_ms = 0;
	until_ms = clock_mono_ms() + wait_ms;
	while (
	    clock_mono_ms() < until_ms && !worker_draining() && !web_request_client_gone(request))
		clock_sleep_ms(WAIT_STEP_MS);
	web_reply_send(reply, "application/json", slice_of("{\"waited\":true}"));
}

void api_doctor(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	struct slice what = query_value(request->query, "do");
	struct error err = { 0 };

	if (api_doctor_token(ctx, request, &err) < 0) {
		api_error_send(request, reply, &err, NULL);
		return;
	}
	if (slice_says(what, "stream")) {
		send_events(request, reply);
		return;
	}
	web_reply_header(reply, "Cache-Control", "no-store");
	if (slice_says(what, "wait"))
		send_late(request, reply);
	else
		send_echo(request, reply);
}
