#ifndef PROVIDERS_PROVIDER_H
#define PROVIDERS_PROVIDER_H

/*
 * The providers, one row each (provider_list.c), and what a wire format has to do (its methods).
 *
 * A call is built from the deployment and the client's request: URL, credential and headers come
 * from the settings alone, and the credential's header is written by the function that writes the
 * origin, so that a key never goes to another host.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "chat/chat_event.h"
#include "chat/chat_request.h"
#include "chat/conversation.h"
#include "fetch/fetch.h"
#include "models/model_traits.h"
#include "prices/cost.h"
#include "providers/chunk_alike.h"
#include "providers/text_tokens.h"
#include "settings/settings.h"

enum key_header {
	KEY_BEARER,
	KEY_API_KEY,   /* api-key: Azure */
	KEY_X_API_KEY, /* Anthropic */
	KEY_X_GOOG,    /* x-goog-api-key: Gemini */
	KEY_OPTIONAL,  /* Bearer when there is one */
	KEY_NONE,
};

enum provider_quirk {
	QUIRK_NONE = 0,
	QUIRK_MAX_COMPLETION_TOKENS =
	    1, /* wants max_completion_tokens, refuses max_tokens on reasoning models */
	QUIRK_NO_STREAM_USAGE =
	    2, /* stream_options is refused or unknown; usage comes anyway or is counted */
	QUIRK_AZURE = 4,             /* URL with deployment and api-version */
	QUIRK_REASONING_APART = 8,   /* completion_tokens leaves out reasoning_tokens */
	QUIRK_COST_TICKS = 16,       /* usage.cost_in_usd_ticks, 1e-10 dollars */
	QUIRK_COST_DOLLARS = 32,     /* usage.cost, or usage.cost.total_cost */
	QUIRK_LOCAL = 64,            /* runs on machines of one's own: plain HTTP, no key needed */
	QUIRK_COST_ESTIMATED = 8192, /* usage.estimated_cost, dollars */
	QUIRK_BASE_REQUIRED = 128,   /* has no public address: api_base must be given */
	QUIRK_EMBEDDINGS = 512,      /* has them, in OpenAI's format */
	QUIRK_REASONING_DETAILS = 16384, /* reasoning_details come back with the turn */
	QUIRK_RESULTS_LAST = 256,        /* after results only the assistant may speak; messages
					    have no members but those of old */
	QUIRK_OWN_V1 = 1024, /* OpenAI's format is below /v1 of the address that people write */
	/* The arguments of a tool are an object, or the request is refused: OpenAI's own words (see
	 * object_schema.c), DeepSeek's "schema must be a JSON Schema of 'type: \"object\"', got
	 * 'type: null'", Moonshot's "parameters.type is required and must be \"object\""
	 * (14790897/MiqroForge-Desktop#1165, measured 2026-09-21). */
	QUIRK_OBJECT_TOOLS = 4096,
	QUIRK_AZURE_AI = 2048, /* Azure AI Foundry: /models below services.ai.azure.com */
	/* What it has worked on is billed where it refuses it, too: a prompt or its answer that the
	 * content filter stops, an input that is too long, a timeout (Azure OpenAI's pages on
	 * content filtering, managing costs and the FAQ, of 2024-06-12). */
	QUIRK_BILLS_REFUSALS = 131072,
	QUIRK_BEDROCK = 32768, /* providers/cloud.h has both */
	QUIRK_VERTEX = 65536,
};

struct wire_format;
struct media_address;

struct provider {
	const char *name;         /* as in "deepseek/deepseek-chat" */
	const char *base_url;     /* without a slash at the end; NULL when api_base is required */
	const char *key_variable; /* read from the environment when the settings give no api_key */
	enum key_header key_header;
	enum tokenizer_kind tokenizer;
	unsigned quirks;
	const struct wire_format *format;
	fetch_transport *transport;
};

/* NULL: no such provider. */
const struct provider *provider_find(const char *name);
const struct provider *provider_at(size_t index); /* for lists; NULL after the last */

/* Whose call of a cloud it is, when a plain key does not say so.  Each NULL: not this way. */
struct cloud_grant {
	const char *token; /* a Bearer's */
	const char *quota_project;
	const char *key_id, *secret, *session_token; /* AWS: calls are signed */
};

struct provider_call {
	const struct provider *provider;
	const struct deployment *deployment;
	const char *model;               /* wildcards filled in */
	struct model_traits traits;      /* of the model */
	const char *api_key;             /* resolved; NULL: none */
	const struct cloud_grant *grant; /* NULL: none */
	const struct chat_request *request;
	const struct price *price; /* that it is held at */
	/* What the client's body says, when its format is not the provider's; NULL: the body is
	 * passed on.  Repaired (conversation_repair) and with the deployment's defaults. */
	const struct chat_conversation *conversation;
	int64_t output_limit; /* max tokens to send; 0: as the client's body says */
	bool drop_params;     /* what the model lacks is left out of a body that is passed on */
};

/* A whole answer, looked into. */
struct provider_reply {
	struct usage usage;
	char *model; /* that answered; may be NULL */
	char finish_reason[32];
	struct slice body; /* to be passed on instead, where it lacks something; {NULL, 0}: as it
			      came */
};

/* The state of a streamed answer. */
struct provider_stream {
	const struct provider *provider;
	bool usage_wanted;        /* else usage is hidden from the client */
	bool passed_on;           /* to a client of the same format */
	bool alike_thinks;        /* the text of `alike` is reasoning */
	bool finished;            /* every choice begun has its finish_reason */
	bool done;                /* the format's last event came */
	bool failed, billed;      /* its only choice; and its usage came with that or after */
	int64_t delta_events;     /* with content, reasoning or tool arguments: for an estimate */
	int64_t text_bytes;       /* of what is surely billed as output: words, arguments */
	struct text_tokens text;  /* of all that was streamed, thinking too */
	struct chunk_alike alike; /* the last of OpenAI's chunks that was nothing but text */
	uint64_t begun[2], ended[2]; /* choices by their index, a bit each; n is at most 128 */
	void *indexes;               /* of OpenAI's calls, as the client sees them */
	void *decoding;              /* what decode_event remembers, in the request's arena */
	struct usage usage;          /* the largest of each count that was seen */
	struct usage told;      /* where usage is estimated: what the provider told of it, itself
					 marked so where it cannot be true */
	int64_t pictures;       /* that came */
	struct tool_uses uses;  /* of tools at the provider, that were begun */
	int64_t results, again; /* bytes of their results; tokens that were read again for them */
	char model[128];
};

enum stream_step {
	STREAM_FORWARD, /* *out goes to the client */
	STREAM_HIDE,    /* nothing for the client in it */
	STREAM_DONE,    /* the format's last event, which the client's format writes itself */
	STREAM_ERROR,   /* *out is the provider's error object: classify it */
	STREAM_FAILING, /* the same, and what it used may still follow */
};

/* For clients of another format: a whole answer as neutral events, from START to the last FINISH;
 * USAGE and END are the caller's.  What emit returns ends the work. */
typedef void decode_whole(struct slice body, struct arena *arena, chat_emit *emit, void *ctx);

struct wire_format {
	const char *name;
	enum wire_format_id id;
	int (*build)(const struct provider_call *call, struct arena *arena, struct fetch_call *out,
	    struct error *err);
	/* A 200 body.  -1: it is no answer (an error object, HTML, cut JSON, an answer that failed
	 * or that the model spoilt); where it says what was billed all the same, out->usage has
	 * it. */
	int (*read_reply)(const struct provider *provider, struct slice body, struct arena *arena,
	    struct provider_reply *out, struct error *err);
	/* One event's data.  *out is a part of data or stands in the arena.  A failure keeps the
	 * usage that it tells, or that was told before it, in stream->usage. */
	enum stream_step (*read_event)(struct provider_stream *stream, const char *event,
	    struct slice data, struct arena *arena, struct slice *out);
	decode_whole *decode_reply;
	/* After read_event said STREAM_FORWARD. */
	void (*decode_event)(struct provider_stream *stream, struct slice data, struct arena *arena,
	    chat_emit *emit, void *ctx);
};

extern const struct wire_format moderations_format;
extern const struct wire_format openai_chat_format, responses_format, anthropic_format,
    gemini_format, converse_format, embeddings_format, gemini_embeddings_format,
    cloud_embeddings_format;

/* What of a request decides the way to a model that is to be had at /responses for some only. */
struct provider_wish {
	enum wire_format_id asked; /* the client's format */
	const char *model;         /* wildcards filled in */
	bool tools;
	const struct media_address *media; /* of WIRE_MEDIA */
	bool no_thinking;  /* effort none, in the client's words or the deployment's */
	bool server_tools; /* that only Responses have, and that may run there */
};

/* Is this request to be sent to OpenAI's /responses?  model_info.mode says so, else the model's row
 * (config/models.tsv).  A client that speaks Responses itself stays there wherever it can. */
bool provider_by_responses(const struct provider *provider, const struct deployment *deployment,
    const struct model_traits *traits, const struct provider_wish *wish);

/* How a deployment's calls are written for such a request: embeddings in theirs, else its
 * provider's format, Responses where the model wants it, or OpenAI's chat for a demonstration.
 * NULL: it has no embeddings, or no moderations. */
const struct wire_format *provider_format(const struct provider *provider,
    const struct deployment *deployment, const struct model_traits *traits,
    const struct provider_wish *wish);

/* How calls of a deployment travel: its provider's way, or the demonstration's when it has a
 * mock_response. */
fetch_transport *provider_transport(
    const struct provider *provider, const struct deployment *deployment);

/* What a cut stream, or one whose usage cannot be true (usage_floor.h), must have cost at least:
 * usage as seen, else counted from what was streamed (output: the larger of events and
 * text_tokens.h; input: what was told and read again for a search's results, else the bound's). */
void provider_stream_estimate(struct provider_stream *stream, int64_t input_tokens_bound);

#endif
