#ifndef ACCOUNTS_IDEMPOTENCY_H
#define ACCOUNTS_IDEMPOTENCY_H

/*
 * Idempotency keys: a request that is sent again gets the answer of the first one and is charged
 * once.
 *
 * The first request with a key claims it, durably, before anything is called; what it answered is
 * kept for 24 hours with the claim.  A key belongs to one virtual key and one body.  A failure that
 * cost nothing is forgotten, so that a retry is a real one; one that was charged is the answer.
 * When the worker of a claim dies, the claim is taken over if nothing can have been charged; else
 * it is lost, and a retry is told so instead of being charged again.
 *
 * Prompts are not stored (hashes of key and body are); answers are.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "store/store.h"

#define IDEMPOTENCY_KEEP_MS    INT64_C(86400000)
#define IDEMPOTENCY_ANSWER_MAX ((size_t)1 << 20) /* bytes; about 250,000 tokens */
#define IDEMPOTENCY_KEY_MAX    255

struct idempotency_claim {
	const char *key_id;
	const char *token;      /* of idempotency_token */
	const char *body_hash;  /* of idempotency_body */
	const char *request_id; /* this request's */
	int64_t deadline_ms;    /* wall time at which this request must be over */
};

enum idempotency_state {
	IDEMPOTENCY_OURS,       /* run it, then idempotency_end */
	IDEMPOTENCY_RUNNING,    /* another request with this key and body is running */
	IDEMPOTENCY_DONE,       /* replay the answer */
	IDEMPOTENCY_TOO_LONG,   /* done, and the answer was too long to keep */
	IDEMPOTENCY_LOST,       /* its worker died when it may have been charged */
	IDEMPOTENCY_OTHER_BODY, /* the key was used for something else */
};

struct idempotency_answer { /* in the arena */
	const char *request_id;
	int status;
	const char *content_type;
	bool streamed;
	struct slice body;
};

/* Claims the key, or says what has become of it.  -1: err. */
int idempotency_begin(struct store *store, const struct idempotency_claim *claim, int64_t now_ms,
    struct arena *arena, enum idempotency_state *out_state, struct idempotency_answer *out,
    struct error *err);

/* The claimed request is over.  body.ptr NULL: too long to keep.  Written in the order of this
 * process's changes, so after the ends of the request's holds. */
void idempotency_end(struct store *store, const struct idempotency_claim *claim,
    const struct idempotency_answer *answer);

/* The record of a replayed answer, under a request id of its own. */
void idempotency_record(struct store *store, const char *replay_id, const char *request_id,
    int64_t started_ms, int64_t latency_ms);

/* Housekeeping: adds the deletion of what is over, at most so many. */
void idempotency_trim_into(struct change *change, int64_t now_ms, int most);

#endif
