#ifndef PROVIDERS_FEATURES_H
#define PROVIDERS_FEATURES_H

/*
 * What becomes of a request's features that a provider's format cannot say: one table, a row for
 * each feature, a column for each format (what single models refuse: model_fit.h).
 *
 * Dropped is what only shades the answer; the client is told in a response header.  What changes
 * the shape or the meaning of the answer is refused, which makes the plan skip the deployment; with
 * drop_params: true it is dropped as well, except for content, which is never left out silently.
 */
#include <stdbool.h>

#include "base/arena.h"
#include "chat/conversation.h"
#include "providers/provider.h"

/* Can this format say it?  0 is no feature, and every format can. */
bool features_says(enum wire_format_id format, enum chat_feature feature);

/* The names of the features that this format cannot serve, or NULL when it can. */
const char *features_refused(const struct chat_conversation *conversation,
    enum wire_format_id format, bool drop_params, struct arena *arena);

/* Takes out of a copied conversation what the format drops and what the model lacks (its column
 * `refuses`; NULL: that stays), and returns the names for the header; NULL: nothing. */
const char *features_drop(struct chat_conversation *conversation, enum wire_format_id format,
    const struct model_traits *lacking, struct arena *arena);

#endif
