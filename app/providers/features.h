#ifndef PROVIDERS_FEATURES_H
#define PROVIDERS_FEATURES_H

/*
 * What becomes of a request's features that a provider's format cannot say: one table, a row for
 * each feature, a column for each format.
 *
 * Dropped is what only shades the answer; the client is told in a response header.  What changes
 * the shape or the meaning of the answer is refused, which makes the plan skip the deployment; with
 * drop_params: true it is dropped as well, except for content, which is never left out silently.
 */
#include <stdbool.h>

#include "base/arena.h"
#include "chat/conversation.h"
#include "providers/provider.h"

/* The names of the features that this format cannot serve, or NULL when it can. */
const char *features_refused(const struct chat_conversation *conversation,
    enum wire_format_id format, bool drop_params, struct arena *arena);

/* The same for what single models of a format refuse; the composers ask it too. */
const char *features_refused_by_model(const struct chat_conversation *conversation,
    const struct provider *provider, const char *model);

/* Takes out of a copied conversation what the format drops, and returns the names for the header;
 * NULL: nothing. */
const char *features_drop(
    struct chat_conversation *conversation, enum wire_format_id format, struct arena *arena);

/* The same for what single models of a format refuse: sampling, reasoning.  Adds to the names. */
const char *features_drop_for_model(struct chat_conversation *conversation,
    const struct provider *provider, const char *model, const char *names, struct arena *arena);

/* OpenAI's reasoning models and Anthropic's from 4.7 take only their own sampling. */
bool features_takes_no_sampling(const struct provider *provider, const char *model);

/* Anthropic's models that think by a budget refuse to within a tool loop that began without; those
 * that adapt do not mind. */
bool features_cannot_think_now(const struct chat_conversation *conversation,
    const struct provider *provider, const char *model);

/* OpenAI's own, under its name or Azure's; others speak its format. */
bool features_is_openai(const struct provider *provider);

/* What is left out of a request that is passed on, for the header: sampling in OpenAI's format
 * (openai_request.c), betas in Anthropic's.  NULL: nothing. */
const char *features_dropped_in_passing(
    const struct chat_request *request, const struct provider *provider, const char *model);
bool features_is_sampling(const struct json_cursor *member);

#endif
