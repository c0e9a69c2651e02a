/*
 * What a candidate's provider is sent: translated where it speaks another format, with the time
 * that it may take.
 */
#include <string.h>

#include "providers/provider_build.h"
#include "relay/cloud_access.h"
#include "relay/late_answer.h"
#include "relay/patience.h"
#include "relay/run.h"
#include "relay/translate.h"

#include "base/banned.h"

int upstream_call_access(struct run *run, const struct member *member, struct error *err)
{
	struct cloud_grant *grant;

	run->grant = NULL;
	if (!cloud_access_needed(member))
		return 0;
	grant = arena_alloc(run->arena, sizeof *grant);
	if (cloud_access_for(run, member, grant, err) != 0)
		return -1;
	run->grant = grant;
	return 0;
}

int upstream_call_build(
    struct run *run, const struct candidate *candidate, struct fetch_call *out, struct error *err)
{
	const struct member *member = candidate->member;
	struct provider_call call = {
		.provider = member->provider,
		.deployment = member->deployment,
		.model = member->model,
		.traits = member->traits,
		.api_key = member->api_key,
		.request = run->call->request,
		.price = &candidate->price,
		.output_limit = candidate->output_limit,
		.drop_params = run->settings->drop_params,
	};

	memset(out, 0, sizeof *out);
	if (upstream_call_access(run, member, err) != 0)
		return -1;
	call.grant = run->grant;
	if (translate_for(run, member, &call.conversation, &run->out->dropped, err) != 0 ||
	    provider_build(&call, translate_format(run, member), run->arena, out, err) != 0)
		return -1;
	trace_note_headers(run->call, run->number, out);
	patience_set(run, candidate, out);
	out->may_be_left = late_answer_allowed(run);
	return 0;
}
