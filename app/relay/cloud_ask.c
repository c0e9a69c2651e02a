/*
 * One question to a service that gives out credentials.  See cloud_access.h.
 */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "relay/cloud_access.h"

#include "base/banned.h"

#define ANSWER_MAX ((size_t)256 << 10)
#define ASK_MS     10000

struct answer {
	struct text body;
	int status;
};

static int note_head(void *ctx, const struct fetch_head *head)
{
	((struct answer *)ctx)->status = head->status;
	return 0;
}

static int take_body(void *ctx, const char *bytes, size_t len)
{
	text_add(&((struct answer *)ctx)->body, bytes, len);
	return 0;
}

int cloud_ask(struct run *run, struct cloud_question *question, int *out_status,
    struct slice *out_body, struct error *err)
{
	const struct gateway *gateway = run->call->gateway;
	fetch_transport *transport = gateway->transport ? gateway->transport : fetch_http;
	struct fetch_call *call = &question->call;
	int64_t left = (run->deadline_us - clock_mono_us()) / 1000;
	struct answer answer = { .status = 0 };
	struct fetch_result result = { .end = FETCH_LOCAL };

	call->total_timeout_ms = left < ASK_MS ? left : ASK_MS;
	call->first_byte_timeout_ms = call->idle_timeout_ms = call->total_timeout_ms;
	if (call->connect_timeout_ms == 0)
		call->connect_timeout_ms = call->total_timeout_ms;
	call->max_body_bytes = ANSWER_MAX;
	call->client_fd = -1;
	call->on_head = note_head;
	call->on_body = take_body;
	call->ctx = &answer;
	text_init(&answer.body, ANSWER_MAX);
	if (left > 0)
		transport(gateway->pool, call, &result);
	*out_status = answer.status;
	*out_body = (struct slice){ arena_copy_slice(run->arena, text_slice(&answer.body)),
		answer.body.len };
	if (answer.body.len)
		explicit_bzero(answer.body.bytes, answer.body.len);
	text_release(&answer.body);
	return result.end == FETCH_DONE
		   ? 0
		   : error_set(err, ERROR_UPSTREAM_AUTH, "%s did not answer (%s)", question->what,
			 result.detail);
}

int64_t cloud_time(const char *text)
{
	struct tm utc = { 0 };
	const char *end = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &utc) : NULL;

	return end && (*end == 'Z' || *end == '.' || *end == '+') ? (int64_t)timegm(&utc) * 1000
								  : 0;
}
