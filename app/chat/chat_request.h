#ifndef CHAT_CHAT_REQUEST_H
#define CHAT_CHAT_REQUEST_H

/*
 * What the gateway has to know of a client's chat request: found by scanning, with the body left as
 * it is, so that a provider that speaks the same format gets the client's own bytes.
 *
 * Members that are the gateway's business (fallbacks, num_retries, timeout, mock_..., and those by
 * which a client might name a host or a credential: api_base, base_url, api_key, ...) never go
 * upstream.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "prices/cost.h"

enum wire_format_id { WIRE_OPENAI_CHAT };

struct chat_request {
	enum wire_format_id format;
	struct slice body; /* the client's JSON, proven to be JSON */
	char *model;       /* as asked */
	bool stream;
	bool usage_wanted;  /* stream_options.include_usage was true */
	int64_t max_tokens; /* max_completion_tokens, else max_tokens; 0: none given */
	bool has_tools, has_images, has_media; /* media: documents, audio */
	int64_t approximate_tokens; /* a low guess (bytes / 6), to skip windows that are surely too
				       small */
	struct bound_input
	    bound; /* output_tokens as the client asked; the plan fills what will be sent */

	/* for the router, LiteLLM's names */
	char *
	    *fallbacks; /* model groups the client names; checked against its key like any other */
	size_t fallback_count;
	bool fallbacks_given, disable_fallbacks;
	int64_t num_retries; /* -1: not given */
	int64_t timeout_ms;  /* 0: not given */
	bool mock_testing_fallbacks;
};

/* Reads an OpenAI chat body.  ERROR_BAD_REQUEST names the member and what was wanted; everything is
 * in the arena or points into body. */
int chat_request_read(
    struct slice body, struct arena *arena, struct chat_request *out, struct error *err);

/* Is this a member that must not be passed to a provider? */
bool chat_request_is_own_member(const char *name, size_t len);

#endif
