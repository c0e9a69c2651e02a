#ifndef PROVIDERS_OPENAI_PASSING_H
#define PROVIDERS_OPENAI_PASSING_H

/*
 * What has to change in the settings of an OpenAI chat body that is passed on, because of the model
 * (model_fit.h): its members are read without the messages and tools, fitted, and compared.
 */
#include "base/json_scan.h"
#include "providers/provider.h"

struct openai_passing {
	bool any;   /* the model's row is known: something may have to change */
	bool drops; /* drop_params: also what its column `refuses` names */
	struct chat_conversation said, sent; /* set where any is */
	const struct model_traits *traits;
	const char *dropped; /* names of what is left out, or NULL */
};

/* What cannot be read is left as it is: the provider says so.  traits must outlive *out. */
void openai_passing_read(const struct chat_request *request, const struct provider *provider,
    const struct model_traits *traits, bool drop_params, struct arena *arena,
    struct openai_passing *out);

/* What becomes of a member: NULL stays as it is, "" is left out, else its new value. */
const char *openai_passing_member(
    const struct openai_passing *passing, const struct json_cursor *member, struct arena *arena);

/* Members to add; index from 0 on.  False: there are no more. */
bool openai_passing_added(const struct openai_passing *passing, size_t index, const char **out_name,
    const char **out_json, struct arena *arena);

/* Would the model refuse this default parameter of the deployment? */
bool openai_passing_refuses(const struct openai_passing *passing, const char *name);

#endif
