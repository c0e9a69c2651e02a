#ifndef API_COUNT_TOKENS_H
#define API_COUNT_TOKENS_H

/*
 * Anthropic's count_tokens and Gemini's countTokens: an estimate made here, from the size of the
 * text, because a fallback may take the request to a provider that counts otherwise.  The answer
 * says so in x-sideways-token-count: estimate.  Nothing is sent and nothing is charged.
 */
#include "api/model_call.h"

void count_tokens_answer(struct api *api, const struct web_request *request,
    const struct model_call *kind, struct web_reply *reply);

#endif
