#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

/*
 * One request, from admission to settlement.  Read this first.
 *
 *	admit    may this key use this model, what budgets apply                      admit.c
 *	plan     the candidates in order; those that are skipped or blocked, and why   plan.c
 *	attempt  hold the bound, call the provider, pass the answer on                 attempt.c
 *	verdict  what follows from the outcome: one table                              verdict.c
 *	settle   end the hold, write the record                                        settle.c
 *
 * The relay knows no HTTP server: a streamed answer goes to a chat_sink, a whole one into the
 * outcome.
 */
#include <stdbool.h>
#include <stdint.h>

#include "accounts/keys.h"
#include "accounts/ledger.h"
#include "base/arena.h"
#include "base/error.h"
#include "chat/chat_reply.h"
#include "chat/chat_request.h"
#include "chat/chat_sink.h"
#include "relay/gateway.h"
#include "telemetry/request_log.h"

struct rate_headers { /* of key and team, those with the least left; limit LIMIT_NONE: none */
	int64_t requests_limit, requests_left, requests_reset_ms;
	int64_t tokens_limit, tokens_left, tokens_reset_ms;
};

struct relay_outcome { /* fills as the request goes on; a sink may read it at its first event */
	const char *request_id;
	struct virtual_key key;
	const char *asked_model;
	const char *group;           /* that answered */
	const struct member *member; /* that answered; NULL while none has */
	const char *tier;
	int attempts;       /* upstream calls */
	int64_t held_bytes; /* of a whole answer, which lasts as long as the arena (base/held.h) */
	bool cooling;       /* nobody was left but deployments in cooldown */
	int fallbacks;      /* groups left behind */
	int blocked_upward;
	int retries_refused; /* repeats, by the gateway's retry budget */
	struct not_spent not_spent;
	struct usage usage;
	int64_t bound_nano; /* of the answering attempt, until it is settled */
	int64_t cost_nano;  /* of all attempts; settled */
	bool settled;
	bool budget_known;
	/* The key's tightest budget, at admission; less this call's cost once that is known. */
	int64_t budget_limit_nano, budget_left_nano;
	int64_t told_cost_nano; /* for usage.cost, as far as it is known; -1: not */
	const struct fetch_head
	    *head;            /* the last that a provider sent; NULL: none did, or it is not told */
	const char *api_base; /* where it came from; NULL: not told */
	int64_t upstream_us;  /* time spent waiting for providers and the client */
	int64_t first_token_ms;         /* -1: none */
	bool committed;                 /* the first event went to the client */
	struct slice body;              /* a whole answer in the client's format, in the arena */
	int passed_status;              /* of an answer that is passed through; 0: of no such */
	const char *content_type;       /* of that body, as the provider said; may be NULL */
	const struct chat_reply *reply; /* or a neutral one, when the provider speaks another */
	const char *unfit;   /* deployments that would not take the request as it was put for them;
				NULL: none */
	const char *dropped; /* names of what the provider's format could not say; NULL: nothing */
	int64_t retry_after_ms;        /* -1: none; for 429 and 503 */
	struct budget_refusal refusal; /* when err is ERROR_BUDGET */
	bool has_refusal;
	struct rate_headers rate;
	const char *limit_kind; /* a limit of key or team refused: "requests" or "tokens" */
	/* Of a client's mistake that the provider found; the status alone also of money that is
	 * gone, as settings or key want it: */
	int upstream_status; /* 0: none */
	char upstream_param[128], upstream_code[64];
};

struct relay_call {
	struct gateway *gateway;
	struct catalog *catalog; /* held by the caller */
	struct store *store;
	struct arena *arena;
	const struct chat_request *request;
	const struct virtual_key *key; /* from relay_authenticate */
	const char *request_id;
	int64_t started_us;
	int client_fd;
	struct request_caller caller;
	bool
	    exact; /* each hold is a row of its own, for who looks for it later (Idempotency-Key) */
	struct chat_sink *sink; /* needed for streams; client_gone is used for whole answers too */
};

/* Whose key is it?  Before the body is looked at, so that strangers cost little.  In the arena. */
int relay_authenticate(struct store *store, const struct catalog *catalog, const char *credential,
    struct arena *arena, struct virtual_key *out, struct error *err);

/* May this key use this model?  *out_group: its name after aliases.  For answers that need no call.
 */
int relay_may_use(const struct catalog *catalog, const struct virtual_key *key, const char *model,
    struct arena *arena, const char **out_group, struct error *err);

/*
 * 0: the answer is in out->body, or went to the sink.  -1: err is what to tell the client; when
 * out->committed is set an error event must follow on the stream.  Holds are ended and the request
 * is recorded in either case.
 */
int relay_run(const struct relay_call *call, struct relay_outcome *out, struct error *err);

#endif
