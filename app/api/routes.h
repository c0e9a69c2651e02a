#ifndef API_ROUTES_H
#define API_ROUTES_H

/*
 * Which URLs there are: one table, in routes.c, and the functions behind it.
 */
#include "api/api.h"
#include "web/router.h"

extern const struct route api_routes[];
extern const size_t api_route_count;

typedef void api_handler(
    void *ctx, const struct web_request *request, struct slice parameter, struct web_reply *reply);
api_handler api_chat_completions, api_completions, api_responses, api_messages, api_count_tokens,
    api_input_tokens, api_moderations, api_gemini, api_azure_chat, api_azure_completions,
    api_embeddings, api_azure_embeddings, api_media, api_azure_media;
api_handler api_models, api_model, api_gemini_models, api_gemini_model;
api_handler api_root, api_list_routes, api_token_counter;
api_handler api_liveness, api_readiness, api_doctor, api_metrics;

/* Does the request carry the token of `sideways doctor`? */
int api_doctor_token(struct api *api, const struct web_request *request, struct error *err);

#endif
