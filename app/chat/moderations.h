#ifndef CHAT_MODERATIONS_H
#define CHAT_MODERATIONS_H

/*
 * OpenAI's moderations: a text, texts, or parts with pictures go to the provider as they are, and
 * its judgement comes back as it is.  Nothing is generated and no usage is told, so a call costs
 * its bound; OpenAI takes nothing for its own (a deployment with input_cost_per_token: 0).  For
 * chat/ only; others go through client_format().
 */
#include "chat/client_format.h"

int moderations_read(struct slice body, const char *path_model, bool path_stream,
    struct arena *arena, struct chat_request *out, struct error *err);

#endif
