#ifndef API_MODEL_CALL_H
#define API_MODEL_CALL_H

/*
 * One call of a model, in any client format: authenticate, read, let the relay do the work, answer.
 */
#include "accounts/keys.h"
#include "api/api.h"
#include "cache/given_items.h"
#include "chat/client_format.h"
#include "chat/media.h"

struct model_call {
	enum wire_format_id format;
	const char *path_model;              /* from the URL; NULL: the body names it */
	bool path_stream;                    /* the URL asks for a stream */
	const struct media_address *media;   /* of WIRE_MEDIA */
	const struct media_request *passing; /* to the deployments of path_model, as it is */
	bool as_array; /* Gemini without alt=sse: a JSON array, an element an event */
};

void model_call_answer(struct api *api, const struct web_request *request,
    const struct model_call *kind, struct web_reply *reply);

/* Whose key, and the body read: for calls that send nothing.  The catalog is the caller's to
 * release in any case; out_items is filled for the Responses format. */
int model_call_read(struct api *api, const struct web_request *request,
    const struct model_call *kind, struct catalog **out_catalog, struct virtual_key *out_key,
    struct given_items *out_items, struct chat_request *out, struct error *err);

#endif
