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
	change_bind_int(change, ":made", sum->made);
	change_bind_int(change, ":hour", attempt->started_ms / HOUR_MS);
	change_bind_text(change, ":key_id", attempt->key_id);
	change_bind_text(change, ":team_id", or_none(attempt->team_id));
	change_bind_text(change, ":model_group", attempt->model_group);
	change_bind_text(change, ":deployment_id", attempt->deployment_id);
	change_bind_text(change, ":provider", attempt->provider);
	change_bind_text(change, ":model", attempt->model);
	change_bind_text(change, ":tier", attempt->tier);
	change_bind_text(change, ":direction", attempt->direction);
	change_bind_text(change, ":state", sum->state);
	change_bind_text(change, ":outcome", or_none(sum->outcome));
	change_bind_int(change, ":status", sum->status);
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
