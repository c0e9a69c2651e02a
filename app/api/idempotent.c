/*
 * Replaying answers to retries.  See the header.
 */
#include "api/idempotent.h"

#include <string.h>

#include "accounts/idempotency.h"
#include "api/api_error.h"
#include "api/replay.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/text.h"
#include "relay/relay.h"
#include "telemetry/request_line.h"

#include "base/banned.h"

#define WAIT_MS     25000 /* web servers cut silent answers after 30 or 60 s */
#define LOOK_MS     50
#define GRACE_MS    120000 /* beyond the time a request may take */
#define HASH_PREFIX 16     /* bytes of the path's hash that go before the body */

/* The ends of the paths that call models; an answer of administration may hold a secret and is
 * never kept. */
static const char *const path_ends[] = { "/chat/completions", "/completions", "/embeddings",
	"/messages", "/responses", ":generateContent", ":streamGenerateContent" };

static const char *key_of(const struct web_request *request)
{
	const char *key = web_request_variable(request, "HTTP_IDEMPOTENCY_KEY");

	return key && *key ? key : NULL;
}

bool idempotent_wanted(const struct web_request *request)
{
	size_t len = strlen(request->path);

	if (strcmp(request->method, "POST") != 0 || !key_of(request))
		return false;
	for (size_t i = 0; i < sizeof path_ends / sizeof path_ends[0]; i++) {
		size_t end = strlen(path_ends[i]);

		if (len >= end && strcmp(request->path + len - end, path_ends[i]) == 0)
			return true;
	}
	return false;
}

struct retry {
	struct store *store;
	struct idempotency_claim claim;
	enum idempotency_state state;
	struct idempotency_answer answer;
};

/* Path, query and body: the same words to another route are another request. */
static const char *hash_request(const struct web_request *request)
{
	const char *place = arena_printf(request->arena, "%s?%s", request->path, request->query);
	struct digest_hex of_place = digest_sha256(place, strlen(place));
	struct digest_hex of_body = digest_sha256(request->body.ptr, request->body.len);

	return arena_printf(request->arena, "%.*s%s", HASH_PREFIX, of_place.text, of_body.text);
}

static int identify(
    struct api *api, const struct web_request *request, struct retry *retry, struct error *err)
{
	const char *key = key_of(request), *credential;
	struct catalog *catalog = gateway_catalog(&api->gateway, err);
	struct virtual_key owner;
	int result = -1;

	retry->store = catalog ? gateway_store(&api->gateway, err) : NULL;
	credential = retry->store ? web_request_key(request, err) : NULL;
	if (credential)
		result = relay_authenticate(
		    retry->store, catalog, credential, request->arena, &owner, err);
	if (result == 0 && strlen(key) > IDEMPOTENCY_KEY_MAX)
		result = error_set(err, ERROR_BAD_REQUEST, "Idempotency-Key: longer than %d bytes",
		    IDEMPOTENCY_KEY_MAX);
	if (result == 0)
		retry->claim = (struct idempotency_claim){
			.key_id = owner.id,
			.token = arena_copy(request->arena, digest_sha256(key, strlen(key)).text),
			.body_hash = hash_request(request),
			.request_id = request->id,
			.deadline_ms = clock_wall_ms() +
				       catalog_settings(catalog)->request_deadline_ms + GRACE_MS,
		};
	catalog_release(catalog);
	return result;
}

/* Claims, and while another one runs waits for its end. */
static int idempotent_begin(
    const struct web_request *request, struct retry *retry, struct error *err)
{
	int64_t give_up_ms = clock_mono_ms() + WAIT_MS;

	for (;;) {
		if (idempotency_begin(retry->store, &retry->claim, clock_wall_ms(), request->arena,
			&retry->state, &retry->answer, err) != 0)
			return -1;
		if (retry->state != IDEMPOTENCY_RUNNING || clock_mono_ms() >= give_up_ms)
			return 0;
		if (web_request_client_gone(request))
			return error_set(err, ERROR_CLIENT_GONE, "the client left");
		clock_sleep_ms(LOOK_MS);
	}
}

/* ---- the first request ---- */

static void idempotent_run(struct api *api, const struct route *route,
    const struct web_request *request, struct slice parameter, struct web_reply *reply,
    const struct retry *retry)
{
	struct web_request staying = *request;
	struct idempotency_answer answer;
	AUTO_TEXT struct text record = text_empty(IDEMPOTENCY_ANSWER_MAX);

	staying.detached = true;
	staying.client_fd = -1; /* nothing watches it */
	web_reply_record(reply, &record);
	route->handle(api, &staying, parameter, reply);
	answer = (struct idempotency_answer){
		.status = web_reply_begun(reply) ? web_reply_status_of(reply) : 500,
		.content_type = web_reply_header_of(reply, "Content-Type"),
		.streamed = web_reply_streamed(reply),
		.body = text_failed(&record) ? (struct slice){ NULL, 0 } : text_slice(&record),
	};
	web_reply_record(reply, NULL);
	idempotency_end(retry->store, &retry->claim, &answer);
}

/* ---- later ones ---- */

/* What was asked stands in the line of the first request. */
static void write_line(
    struct api *api, const struct web_request *request, const struct retry *retry, int64_t took_ms)
{
	struct catalog *catalog = gateway_catalog(&api->gateway, NULL);
	struct request_record record = { .id = request->id,
		.started_ms = clock_wall_ms() - took_ms,
		.key_id = retry->claim.key_id,
		.outcome = "replayed",
		.status = retry->answer.status,
		.streamed = retry->answer.streamed,
		.latency_ms = took_ms,
		.first_token_ms = -1 };

	if (catalog)
		request_line_write(catalog_settings(catalog)->request_log, &record);
	catalog_release(catalog);
}

static void replay(struct api *api, const struct web_request *request, struct web_reply *reply,
    const struct retry *retry)
{
	const struct idempotency_answer *answer = &retry->answer;
	int64_t took_ms = (clock_mono_us() - request->started_us) / 1000;

	web_reply_header(reply, "idempotent-replayed", "true");
	web_reply_header(reply, "x-sideways-original-request-id", answer->request_id);
	web_reply_header(reply, "x-sideways-cost", "0.000000000");
	if (answer->status >= 400)
		web_reply_header(reply, "x-should-retry", "false");
	web_reply_status(reply, answer->status);
	replay_send(reply, answer->content_type, answer->streamed, answer->body);
	idempotency_record(
	    retry->store, request->id, answer->request_id, clock_wall_ms() - took_ms, took_ms);
	write_line(api, request, retry, took_ms);
}

static void refuse(
    const struct web_request *request, struct web_reply *reply, const struct retry *retry)
{
	struct error err = { 0 };

	if (retry->state == IDEMPOTENCY_OTHER_BODY)
		(void)error_set(&err, ERROR_KEY_REUSED,
		    "this Idempotency-Key was used for another request; a key stands for one body");
	else if (retry->state == IDEMPOTENCY_RUNNING) {
		web_reply_header(reply, "Retry-After", "1");
		(void)error_set(&err, ERROR_IN_PROGRESS,
		    "the first request with this Idempotency-Key is still running; ask again for "
		    "its answer");
	} else if (retry->state == IDEMPOTENCY_TOO_LONG)
		(void)error_set(&err, ERROR_NOT_REPEATED,
		    "the first request with this Idempotency-Key has been answered and charged, "
		    "and its answer was too long to keep; use a new key to ask again");
	else
		(void)error_set(&err, ERROR_NOT_REPEATED,
		    "the worker of the first request with this Idempotency-Key died, and its call "
		    "may have been made and charged, so it is not made again (request %s); use a "
		    "new key to ask again",
		    retry->answer.request_id);
	api_error_send(request, reply, &err, NULL);
}

void idempotent_handle(struct api *api, const struct route *route,
    const struct web_request *request, struct slice parameter, struct web_reply *reply)
{
	struct retry retry = { .store = NULL };
	struct error err = { 0 };

	if (identify(api, request, &retry, &err) != 0 ||
	    idempotent_begin(request, &retry, &err) != 0)
		api_error_send(request, reply, &err, NULL);
	else if (retry.state == IDEMPOTENCY_OURS)
		idempotent_run(api, route, request, parameter, reply, &retry);
	else if (retry.state == IDEMPOTENCY_DONE)
		replay(api, request, reply, &retry);
	else
		refuse(request, reply, &retry);
}
