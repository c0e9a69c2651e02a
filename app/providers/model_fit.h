#ifndef PROVIDERS_MODEL_FIT_H
#define PROVIDERS_MODEL_FIT_H

/*
 * A conversation brought to what one model takes (config/models.tsv), after features.h has brought
 * it to what its format can say: levels of effort, the way to switch thinking off, sampling, stop
 * sequences, penalties, forced calls, schemas.
 */
#include "base/arena.h"
#include "chat/conversation.h"
#include "providers/provider.h"

/* Takes out of the conversation what the model refuses and adds its names to `names`; what it wants
 * in another way is changed.  format: that the call is written in. */
const char *model_fit(struct chat_conversation *conversation, const struct provider *provider,
    const struct model_traits *traits, enum wire_format_id format, const char *names,
    struct arena *arena);

/* What a model refuses so that the deployment is passed over, or NULL: begun answers (Claude's,
 * also at a cloud, in the format that its calls are written in); with drop_params false OpenAI's
 * models refuse stop sequences here, because they have none at /responses either, which is the
 * request's way and not the client's choice. */
const char *model_refuses(const struct chat_conversation *conversation,
    const struct provider *provider, const struct model_traits *traits, enum wire_format_id format,
    bool drop_params);

/* Anthropic's models that think by a budget refuse to within a tool loop that began without; those
 * that adapt do not mind. */
bool model_cannot_think_now(const struct chat_conversation *conversation,
    const struct provider *provider, const struct model_traits *traits);

/* Are temperature and its like to be left out?  The efforts in the conversation count. */
bool model_takes_no_sampling(
    const struct model_traits *traits, const struct chat_conversation *conversation);

/* Thinks by efforts (thinking.type adaptive), not by a budget. */
bool model_adapts(const struct model_traits *traits);

/* OpenAI's own, under its name or Azure's; others speak its format. */
bool model_is_openai(const struct provider *provider);

#endif
