/*
 * One row of sums for an attempt, and its times.  See the header.
 */
#include "accounts/attempt_sums.h"

#include <string.h>

#include "store/histogram.h"

#include "base/banned.h"

#define HOUR_MS INT64_C(3600000)

static const char *or_none(const char *text)
{
	return text ? text : "";
}

void attempt_sums_into(
    struct change *change, const struct attempt *attempt, const struct attempt_sum *sum)
{
	change_add_sum(change, SQL_SUMS_ATTEMPTS);
	change_bind(change, ":made", sum->made, ":hour", attempt->started_ms / HOUR_MS, ":key_id",
	    attempt->key_id, ":team_id", or_none(attempt->team_id), ":model_group",
	    attempt->model_group, ":deployment_id", attempt->deployment_id, ":provider",
	    attempt->provider, ":model", attempt->model, ":tier", attempt->tier, ":direction",
	    attempt->direction, ":state", sum->state, ":outcome", or_none(sum->outcome), ":status",
	    sum->status);
	change_bind_addend(change, ":attempts", 1);
	change_bind_addend(change, ":failures", strcmp(or_none(sum->outcome), "ok") != 0);
	change_bind_addend(change, ":input_tokens", sum->input_tokens);
	change_bind_addend(change, ":cached_tokens", sum->cached_tokens);
	change_bind_addend(change, ":output_tokens", sum->output_tokens);
	change_bind_addend(change, ":cost_nano", sum->cost_nano);
	change_bind_addend(change, ":overrun_nano", sum->overrun_nano);
	change_bind_addend(change, ":latency_ms", sum->latency_ms > 0 ? sum->latency_ms : 0);
	if (sum->latency_ms >= 0)
		histogram_into(
		    change, "upstream", "upstream", attempt->model, sum->latency_ms * 1000);
	if (sum->first_token_ms >= 0)
		histogram_into(
		    change, "first_token", "upstream", attempt->model, sum->first_token_ms * 1000);
}
