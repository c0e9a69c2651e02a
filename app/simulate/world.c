/*
 * Providers that are played.  See the header.
 */
#include "simulate/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"

#include "base/banned.h"

#define ADDRESS       "https://simulated.invalid/d"
#define FAIL_MS       200 /* until a failure is told */
#define RETRY_AFTER_S "20"

static struct world *present;

void world_prepare(struct settings *settings, struct arena *arena)
{
	for (size_t i = 0; i < settings->deployment_count; i++) {
		struct deployment *deployment = &settings->deployments[i];

		deployment->api_base = arena_printf(arena, ADDRESS "%zu", i);
		if (!deployment->api_key)
			deployment->api_key = arena_printf(arena, "sk-simulated");
	}
}

void world_enter(struct world *world)
{
	present = world;
}

/* ---- what providers say ---- */

#define CHAT_ANSWER                                                                                \
	"{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\","     \
	"\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hello\"},"    \
	"\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":%lld,"                          \
	"\"completion_tokens\":%lld,\"total_tokens\":%lld}}"
#define MESSAGE_ANSWER                                                                             \
	"{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\","           \
	"\"content\":[{\"type\":\"text\",\"text\":\"hello\"}],\"stop_reason\":\"end_turn\","       \
	"\"stop_sequence\":null,\"usage\":{\"input_tokens\":%lld,\"output_tokens\":%lld}}"
#define GEMINI_ANSWER                                                                              \
	"{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"hello\"}]},"     \
	"\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":%lld,"    \
	"\"candidatesTokenCount\":%lld,\"totalTokenCount\":%lld},\"modelVersion\":\"m\"}"
#define RESPONSE_ANSWER                                                                            \
	"{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":\"completed\","    \
	"\"model\":\"m\",\"output\":[{\"type\":\"message\",\"id\":\"msg_1\",\"role\":"             \
	"\"assistant\","                                                                           \
	"\"status\":\"completed\",\"content\":[{\"type\":\"output_text\",\"text\":\"hello\","      \
	"\"annotations\":[]}]}],\"usage\":{\"input_tokens\":%lld,\"output_tokens\":%lld,"          \
	"\"total_tokens\":%lld}}"

enum speech { SPEAKS_CHAT, SPEAKS_MESSAGES, SPEAKS_GEMINI, SPEAKS_RESPONSES };

static enum speech speech_of(const char *url)
{
	if (strstr(url, ":generateContent"))
		return SPEAKS_GEMINI;
	if (strstr(url, "/messages"))
		return SPEAKS_MESSAGES;
	return strstr(url, "/responses") ? SPEAKS_RESPONSES : SPEAKS_CHAT;
}

static void write_answer(enum speech speech, char *body, size_t size)
{
	long long in = (long long)present->input_tokens, out = (long long)present->output_tokens;

	switch (speech) {
	case SPEAKS_MESSAGES:
		snprintf(body, size, MESSAGE_ANSWER, in, out);
		break;
	case SPEAKS_GEMINI:
		snprintf(body, size, GEMINI_ANSWER, in, out, in + out);
		break;
	case SPEAKS_RESPONSES:
		snprintf(body, size, RESPONSE_ANSWER, in, out, in + out);
		break;
	case SPEAKS_CHAT:
		snprintf(body, size, CHAT_ANSWER, in, out, in + out);
		break;
	}
}

/* The types under which failures are told; what is not listed is a server's error. */
static const struct {
	int status;
	const char *openai, *anthropic, *gemini;
} kinds[] = {
	/* clang-format off */
	{ 400, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT" },
	{ 401, "invalid_api_key",       "authentication_error",  "UNAUTHENTICATED" },
	{ 402, "insufficient_quota",    "billing_error",         "FAILED_PRECONDITION" },
	{ 403, "permission_error",      "permission_error",      "PERMISSION_DENIED" },
	{ 404, "model_not_found",       "not_found_error",       "NOT_FOUND" },
	{ 429, "rate_limit_exceeded",   "rate_limit_error",      "RESOURCE_EXHAUSTED" },
	{ 503, "server_error",          "overloaded_error",      "UNAVAILABLE" },
	{ 529, "server_error",          "overloaded_error",      "UNAVAILABLE" },
	{ 0,   "server_error",          "api_error",             "INTERNAL" },
	/* clang-format on */
};

static void write_failure(enum speech speech, int status, char *body, size_t size)
{
	size_t i = 0;

	while (kinds[i].status && kinds[i].status != status)
		i++;
	if (speech == SPEAKS_MESSAGES)
		snprintf(body, size,
		    "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"simulated\"}}",
		    kinds[i].anthropic);
	else if (speech == SPEAKS_GEMINI)
		snprintf(body, size,
		    "{\"error\":{\"code\":%d,\"message\":\"simulated\",\"status\":\"%s\"}}", status,
		    kinds[i].gemini);
	else
		snprintf(body, size,
		    "{\"error\":{\"message\":\"simulated\",\"type\":\"%s\",\"code\":\"%s\"}}",
		    kinds[i].openai, kinds[i].openai);
}

/* ---- calls ---- */

static void world_tell(
    const struct fetch_call *call, struct fetch_result *out, int status, const char *body)
{
	struct fetch_head head = { .status = status };

	head.headers[head.header_count++] =
	    (struct fetch_header){ "content-type", "application/json" };
	if (status == 429)
		head.headers[head.header_count++] =
		    (struct fetch_header){ "retry-after", RETRY_AFTER_S };
	*out = (struct fetch_result){
		.end = FETCH_DONE, .status = status, .sent = true, .first_byte_us = clock_mono_us()
	};
	if (call->on_head(call->ctx, &head) != 0 ||
	    call->on_body(call->ctx, body, strlen(body)) != 0)
		out->end = FETCH_STOPPED;
}

static const struct deployment *deployment_of(const char *url)
{
	size_t number = strtoul(url + strlen(ADDRESS), NULL, 10);

	return &present->settings->deployments[number];
}

/* The outage that this call meets; NULL: none. */
static const struct outage *outage_now(const struct deployment *deployment)
{
	int64_t now_ms = clock_wall_ms();

	for (size_t i = 0; i < present->outage_count; i++) {
		const struct outage *outage = &present->outages[i];

		if (now_ms >= outage->from_ms && now_ms < outage->until_ms &&
		    outage_is_of(outage, deployment) &&
		    (int)digest_random_below(100) < outage->percent)
			return outage;
	}
	return NULL;
}

void world_transport(
    struct fetch_pool *pool, const struct fetch_call *call, struct fetch_result *out)
{
	const struct outage *outage = outage_now(deployment_of(call->url));
	enum speech speech = speech_of(call->url);
	char body[1024];

	clock_fake_advance(outage ? FAIL_MS : present->latency_ms);
	if (outage && outage->status == 0) {
		*out = (struct fetch_result){ .end = FETCH_NOT_SENT };
		snprintf(out->detail, sizeof out->detail, "the connection was refused");
		return;
	}
	if (outage)
		write_failure(speech, outage->status, body, sizeof body);
	else
		write_answer(speech, body, sizeof body);
	world_tell(call, out, outage ? outage->status : 200, body);
}
