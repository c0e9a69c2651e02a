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
#include "base/json_scan.h"
#include "base/slice.h"
#include "chat/conversation.h"
#include "prices/cost.h"

struct media_request;

struct chat_request {
	enum wire_format_id format;
	struct slice body;    /* the client's JSON, proven to be JSON */
	struct slice largest; /* of its members' values, which nobody has to walk again */
	/* Made by the reader where the format needs it; NULL: client_format's converse makes it. */
	struct chat_conversation *conversation;
	const struct media_request *media; /* of WIRE_MEDIA; else NULL */
	char *model;                       /* as asked */
	bool stream;
	bool usage_wanted;  /* stream_options.include_usage was true */
	int64_t max_tokens; /* max_completion_tokens, else max_tokens; 0: none given */
	bool base64_wanted; /* of vectors */
	bool has_tools, has_images, has_media; /* media: documents, audio */
	bool has_call_ids;          /* ids of tool calls may stand in an OpenAI chat's messages */
	int64_t approximate_tokens; /* a low guess (bytes / 6), to skip windows that are surely too
				       small */
	struct bound_input
	    bound; /* output_tokens as the client asked; the plan fills what will be sent */

	/* anthropic-version as the client sent it, and of anthropic-beta what goes on and what does
	 * not, for providers of that format; NULL: none */
	const char *vendor_version, *vendor_beta, *vendor_beta_dropped;

	/* Members that nobody knows (unknown_members.h): their names, of which the first
	 * held_back_count do not go on once they are sorted; and those as a list to tell, or NULL.
	 */
	struct slice *unknown;
	size_t unknown_count, held_back_count;
	const char *held_back;

	/* for the router, LiteLLM's names */
	char *
	    *fallbacks; /* model groups the client names; checked against its key like any other */
	size_t fallback_count;
	bool fallbacks_given, disable_fallbacks;
	int64_t num_retries; /* -1: not given */
	int64_t timeout_ms;  /* 0: not given */
	bool mock_testing_fallbacks;
};

/* Reads an OpenAI chat body.  path_model: from the URL (Azure), or NULL when the body names it.
 * ERROR_BAD_REQUEST names the member and what was wanted; everything is in the arena or points into
 * body. */
int chat_request_read(struct slice body, const char *path_model, struct arena *arena,
    struct chat_request *out, struct error *err);

/* What the input is likely to be, in tokens, from its size: an estimate for clients that want a
 * figure before a provider has counted.  Nothing is charged by it. */
int64_t chat_request_estimate(const struct chat_request *request);

/* Sorts the client's anthropic-beta (NULL: none) into vendor_beta and, of what is known to change
 * price, window or count of calls, vendor_beta_dropped. */
void chat_request_read_betas(const char *header, struct arena *arena, struct chat_request *out);

/* Walks the members of the body, and a member's value or {NULL, 0}: without walking through what is
 * large in it. */
struct json_cursor chat_request_members(const struct chat_request *request);
struct slice chat_request_member(const struct chat_request *request, const char *name);

/* ---- for the readers of other formats ---- */

/* A model's name: 1 to 256 bytes without control characters. */
int chat_request_read_model(struct slice value, struct arena *arena, char **out, struct error *err);
/* The same of a whole number within bounds. */
int chat_request_whole(struct slice value, const char *name, int64_t least, int64_t most,
    int64_t *out, struct error *err);

/* A service tier that costs the listed price at most: OpenAI's auto, default, flex (half of it) and
 * scale (paid beforehand), Groq's on_demand.  Others are dearer (priority, fast: about twice as
 * much) or not known here, and no price table lists them. */
int chat_request_check_tier(struct slice value, struct error *err);

/* What the body weighs, less its media: fills bound and approximate_tokens.  has_tools is set, and
 * tally is what the scan of the body met. */
void chat_request_weigh(
    struct chat_request *request, const struct json_tally *tally, int64_t media_bytes);

/* A tool that runs at the provider, with the client's own limit of its uses, if that is a number.
 */
void chat_request_name_tool(
    struct chat_request *request, enum server_tool_id id, struct slice most);

/* Refuses (ERROR_UNSUPPORTED) a member that a format does not know, but some vendor does, and whose
 * cost has no bound here. */
int chat_request_check_member(const struct json_cursor *member, struct error *err);

/* What such a member does where the settings add it to each request (extra_body). */
enum chat_request_dear {
	DEAR_NOT,
	DEAR_STEERS, /* bounded, but another host or model may have another price */
	DEAR_UNBOUNDED
};
enum chat_request_dear chat_request_dear_name(const char *name);

/* Is this a member that must not be passed to a provider, however its name is written? */
bool chat_request_owns(const struct json_cursor *member);

#endif
