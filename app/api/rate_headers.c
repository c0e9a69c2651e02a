/*
 * Limits as headers.  See the header file.
 */
#include "api/rate_headers.h"

#include <stdio.h>
#include <string.h>

#include "api/wire_style.h"
#include "base/clock.h"

#include "base/banned.h"

struct moment {
	char text[40];
};

/* OpenAI's durations: "24ms", "1s", "6m0s". */
static struct moment as_duration(int64_t in_ms)
{
	struct moment moment;
	int64_t seconds = (in_ms + 999) / 1000;

	if (in_ms < 1000)
		snprintf(moment.text, sizeof moment.text, "%lldms", (long long)in_ms);
	else if (seconds < 60)
		snprintf(moment.text, sizeof moment.text, "%llds", (long long)seconds);
	else
		snprintf(moment.text, sizeof moment.text, "%lldm%llds", (long long)seconds / 60,
		    (long long)seconds % 60);
	return moment;
}

static struct moment as_time(int64_t in_ms)
{
	struct moment moment;

	snprintf(
	    moment.text, sizeof moment.text, "%s", clock_iso(clock_wall_ms() + in_ms + 999).text);
	return moment;
}

struct style {
	bool anthropic;
	struct slice names[6]; /* limit, remaining and reset, of requests and of tokens */
	struct moment (*reset)(int64_t in_ms);
};

static const struct style styles[] = {
	/* clang-format off */
	{ true,
	  { SLICE("anthropic-ratelimit-requests-limit"), SLICE("anthropic-ratelimit-requests-remaining"),
	    SLICE("anthropic-ratelimit-requests-reset"),
	    SLICE("anthropic-ratelimit-tokens-limit"), SLICE("anthropic-ratelimit-tokens-remaining"),
	    SLICE("anthropic-ratelimit-tokens-reset") },
	  as_time },
	{ false,
	  { SLICE("x-ratelimit-limit-requests"), SLICE("x-ratelimit-remaining-requests"),
	    SLICE("x-ratelimit-reset-requests"),
	    SLICE("x-ratelimit-limit-tokens"), SLICE("x-ratelimit-remaining-tokens"),
	    SLICE("x-ratelimit-reset-tokens") },
	  as_duration },
	/* clang-format on */
};

static const struct style *style_of(const struct web_request *request)
{
	const struct style *style = styles;

	while (style->anthropic && wire_style_of(request) != WIRE_ANTHROPIC)
		style++;
	return style;
}

static void set_three(struct web_reply *reply, const struct style *style, const struct slice *names,
    int64_t limit, int64_t left, int64_t reset_ms)
{
	if (limit < 0)
		return;
	web_reply_add_int(reply, names[0], limit);
	web_reply_add_int(reply, names[1], left);
	web_reply_add(reply, names[2], slice_of(style->reset(reset_ms).text));
}

static void set_rate(
    const struct web_request *request, struct web_reply *reply, const struct rate_headers *rate)
{
	const struct style *style = style_of(request);

	set_three(reply, style, style->names, rate->requests_limit, rate->requests_left,
	    rate->requests_reset_ms);
	set_three(reply, style, style->names + 3, rate->tokens_limit, rate->tokens_left,
	    rate->tokens_reset_ms);
}

/* As LiteLLM 1.108.7 names them (litellm_core_utils/llm_response_utils/get_headers.py). */
static void set_upstream(
    struct web_reply *reply, const struct fetch_head *head, bool has_own, struct arena *arena)
{
	static const char *const plain[] = { "x-ratelimit-limit-requests",
		"x-ratelimit-remaining-requests", "x-ratelimit-limit-tokens",
		"x-ratelimit-remaining-tokens" };

	for (size_t i = 0; i < head->header_count; i++) {
		const char *name = head->headers[i].name;

		if (!strstr(name, "ratelimit-"))
			continue;
		web_reply_header(
		    reply, arena_printf(arena, "llm_provider-%s", name), head->headers[i].value);
		for (size_t j = 0; !has_own && j < sizeof plain / sizeof plain[0]; j++)
			if (strcmp(name, plain[j]) == 0)
				web_reply_header(reply, name, head->headers[i].value);
	}
}

void rate_headers_set(
    const struct web_request *request, struct web_reply *reply, const struct relay_outcome *out)
{
	bool has_own = out->rate.requests_limit >= 0 || out->rate.tokens_limit >= 0;

	if (has_own)
		set_rate(request, reply, &out->rate);
	if (out->head)
		set_upstream(reply, out->head, has_own, request->arena);
	if (out->key.limits.rpm >= 0 && out->key.id)
		web_reply_add_int(reply, slice_of("x-litellm-key-rpm-limit"), out->key.limits.rpm);
	if (out->key.limits.tpm >= 0 && out->key.id)
		web_reply_add_int(reply, slice_of("x-litellm-key-tpm-limit"), out->key.limits.tpm);
}
