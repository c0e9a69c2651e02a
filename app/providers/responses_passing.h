#ifndef PROVIDERS_RESPONSES_PASSING_H
#define PROVIDERS_RESPONSES_PASSING_H

/*
 * What has to change in a Responses body that is passed on, because another model answers than the
 * client thought of (model_fit.h): levels of effort that it lacks, and sampling.
 */
#include "base/json_scan.h"
#include "providers/provider.h"

struct responses_passing {
	const struct chat_conversation *said; /* NULL: nothing is known of the model */
	struct chat_conversation sent;
	const char *dropped; /* names of what is left out, or NULL */
};

void responses_passing_read(const struct chat_request *request, const struct provider *provider,
    const struct model_traits *traits, struct arena *arena, struct responses_passing *out);

/* What becomes of a member: NULL stays as it is, "" is left out, else its new value. */
const char *responses_passing_member(
    const struct responses_passing *passing, const struct json_cursor *member, struct arena *arena);

#endif
