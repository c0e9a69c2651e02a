/*
 * Headers about the way a request went.  See the header file.
 */
#include "api/answer_headers.h"

#include "api/rate_headers.h"
#include "base/clock.h"
#include "base/number.h"

#include "base/banned.h"

/* A figure under our name and under LiteLLM's, or under one of them. */
struct names {
	struct slice ours, litellm;
};
#define BOTH(name, other) ((struct names){ SLICE(name), SLICE(other) })
#define OURS(name)        ((struct names){ .ours = SLICE(name) })
#define LITELLM(name)     ((struct names){ .litellm = SLICE(name) })

static void set(struct web_reply *reply, struct names names, struct slice value)
{
	if (!value.ptr)
		return;
	if (names.ours.ptr)
		web_reply_add(reply, names.ours, value);
	if (names.litellm.ptr)
		web_reply_add(reply, names.litellm, value);
}

static void set_number(struct web_reply *reply, struct names names, struct number_text value)
{
	set(reply, names, number_slice(&value));
}

static void set_route(struct web_reply *reply, const struct relay_outcome *out)
{
	set_number(reply, OURS("x-sideways-attempts"), number_text(out->attempts));
	set_number(reply, BOTH("x-sideways-fallbacks", "x-litellm-attempted-fallbacks"),
	    number_text(out->fallbacks));
	set_number(reply, LITELLM("x-litellm-attempted-retries"),
	    number_text(out->attempts > 0 ? out->attempts - 1 : 0));
	if (out->blocked_upward)
		set_number(
		    reply, OURS("x-sideways-blocked-upward"), number_text(out->blocked_upward));
	set(reply, OURS("x-sideways-unfit"), slice_of(out->unfit));
	set(reply, OURS("x-sideways-dropped"), slice_of(out->dropped));
	if (!out->member)
		return;
	set(reply, OURS("x-sideways-model"), slice_of(out->member->model));
	set(reply, BOTH("x-sideways-model-group", "x-litellm-model-group"), slice_of(out->group));
	set(reply, BOTH("x-sideways-deployment", "x-litellm-model-id"),
	    slice_of(out->member->deployment->id));
	set(reply, OURS("x-sideways-provider"), slice_of(out->member->deployment->provider));
	set(reply, OURS("x-sideways-tier"), slice_of(out->tier));
	set(reply, LITELLM("x-litellm-model-api-base"), slice_of(out->api_base));
}

static void set_money(struct web_reply *reply, const struct relay_outcome *out)
{
	if (out->settled)
		set_number(reply, BOTH("x-sideways-cost", "x-litellm-response-cost"),
		    number_dollars_bare(out->cost_nano));
	if (!out->budget_known)
		return;
	set_number(
	    reply, OURS("x-sideways-budget-left"), number_dollars_bare(out->budget_left_nano));
	set_number(reply, BOTH("x-sideways-budget-limit", "x-litellm-key-max-budget"),
	    number_dollars_bare(out->budget_limit_nano));
	set_number(reply, LITELLM("x-litellm-key-spend"),
	    number_dollars_bare(out->budget_limit_nano - out->budget_left_nano));
}

void answer_headers_set(
    const struct web_request *request, struct web_reply *reply, const struct relay_outcome *out)
{
	int64_t total_us = clock_mono_us() - request->started_us,
		own_us = total_us - out->upstream_us;

	set_route(reply, out);
	set_money(reply, out);
	rate_headers_set(request, reply, out);
	set_number(reply, LITELLM("x-litellm-response-duration-ms"), number_text(total_us / 1000));
	if (out->settled) /* at a stream's first event the provider's time is not yet counted */
		set_number(reply, BOTH("x-sideways-overhead-ms", "x-litellm-overhead-duration-ms"),
		    number_thousandths(own_us));
}
