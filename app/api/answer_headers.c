/*
 * Headers about the way a request went.  See the header file.
 */
#include "api/answer_headers.h"

#include <stdio.h>

#include "api/rate_headers.h"
#include "base/clock.h"
#include "base/number.h"

#include "base/banned.h"

/* A figure under our name and under LiteLLM's, which may be NULL. */
static void set_both(
    struct web_reply *reply, const char *ours, const char *litellm, const char *value)
{
	if (!value)
		return;
	web_reply_header(reply, ours, value);
	if (litellm)
		web_reply_header(reply, litellm, value);
}

static void set_whole(struct web_reply *reply, const char *ours, const char *litellm, int64_t value)
{
	web_reply_header_int(reply, ours, value);
	if (litellm)
		web_reply_header_int(reply, litellm, value);
}

static void set_route(struct web_reply *reply, const struct relay_outcome *out)
{
	set_whole(reply, "x-sideways-attempts", NULL, out->attempts);
	set_whole(reply, "x-sideways-fallbacks", "x-litellm-attempted-fallbacks", out->fallbacks);
	web_reply_header_int(
	    reply, "x-litellm-attempted-retries", out->attempts > 0 ? out->attempts - 1 : 0);
	if (out->blocked_upward)
		web_reply_header_int(reply, "x-sideways-blocked-upward", out->blocked_upward);
	if (out->dropped)
		web_reply_header(reply, "x-sideways-dropped", out->dropped);
	if (!out->member)
		return;
	set_both(reply, "x-sideways-model", NULL, out->member->model);
	set_both(reply, "x-sideways-model-group", "x-litellm-model-group", out->group);
	set_both(reply, "x-sideways-deployment", "x-litellm-model-id", out->member->deployment->id);
	set_both(reply, "x-sideways-provider", NULL, out->member->deployment->provider);
	set_both(reply, "x-sideways-tier", NULL, out->tier);
}

static void set_money(struct web_reply *reply, const struct relay_outcome *out)
{
	if (out->settled)
		set_both(reply, "x-sideways-cost", "x-litellm-response-cost",
		    number_dollars_bare(out->cost_nano).text);
	if (!out->budget_known)
		return;
	set_both(
	    reply, "x-sideways-budget-left", NULL, number_dollars_bare(out->budget_left_nano).text);
	set_both(reply, "x-sideways-budget-limit", "x-litellm-key-max-budget",
	    number_dollars_bare(out->budget_limit_nano).text);
	web_reply_header(reply, "x-litellm-key-spend",
	    number_dollars_bare(out->budget_limit_nano - out->budget_left_nano).text);
}

void answer_headers_set(
    const struct web_request *request, struct web_reply *reply, const struct relay_outcome *out)
{
	int64_t total_us = clock_mono_us() - request->started_us,
		own_us = total_us - out->upstream_us;
	char milliseconds[32];

	set_route(reply, out);
	set_money(reply, out);
	rate_headers_set(request, reply, out);
	web_reply_header_int(reply, "x-litellm-response-duration-ms", total_us / 1000);
	if (!out->settled)
		return; /* the first event of a stream: the provider's time is not yet counted */
	snprintf(milliseconds, sizeof milliseconds, "%lld.%03lld", (long long)own_us / 1000,
	    (long long)own_us % 1000);
	set_both(reply, "x-sideways-overhead-ms", "x-litellm-overhead-duration-ms", milliseconds);
}
