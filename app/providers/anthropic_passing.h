#ifndef PROVIDERS_ANTHROPIC_PASSING_H
#define PROVIDERS_ANTHROPIC_PASSING_H

/*
 * What has to change in a Messages body that is passed on, because another generation of models
 * answers than the client thought of (model_fit.h): sampling, efforts, the two ways to think,
 * forced calls, and schemas.
 */
#include "base/json_scan.h"
#include "providers/provider.h"

struct anthropic_passing {
	bool any; /* the model's row is known: something may have to change */
	const struct chat_conversation *said;
	struct chat_conversation sent;
	const struct model_traits *traits;
	bool schema_in_words;                /* the model knows no schemas */
	const struct deployment *deployment; /* that says which server_tools are allowed */
	int64_t limit;                       /* of the answer and the thinking; 0: none */
	const char *dropped;                 /* names of what is left out, or NULL */
};

/* traits must outlive *out. */
void anthropic_passing_read(const struct chat_request *request, const struct provider *provider,
    const struct deployment *deployment, const struct model_traits *traits, int64_t limit,
    struct arena *arena, struct anthropic_passing *out);

/* What becomes of a member: NULL stays as it is, "" is left out, else its new value. */
const char *anthropic_passing_member(
    const struct anthropic_passing *passing, const struct json_cursor *member, struct arena *arena);

/* The member `system` of a body that has none; NULL: none. */
const char *anthropic_passing_system(const struct anthropic_passing *passing, struct arena *arena);

#endif
