#ifndef BASE_ERROR_H
#define BASE_ERROR_H

/*
 * What went wrong, in words and as a kind.
 *
 * The caller owns the struct; the callee fills it on failure only and returns -1 (or NULL), so
 * that failing is one line: `return error_set(err, ERROR_TOO_LARGE, "body is %zu bytes, limit %zu",
 * n, max);` A text is a sentence a user can act on: the thing, its value, what was wanted, and
 * where. It never holds a secret or a prompt.  err may be NULL everywhere.
 *
 * The kind decides HTTP status, OpenAI type and code in one table (error_info, in error.c).
 */
#include <stdbool.h>

enum error_kind {
	ERROR_NONE,
	ERROR_INTERNAL,        /* a bug or an exhausted machine: 500 */
	ERROR_BAD_REQUEST,     /* the client's mistake: 400 */
	ERROR_KEPT_STATE,      /* goes on from a conversation that is kept at the provider: 400 */
	ERROR_UNSUPPORTED,     /* well formed, and not offered here: 400 */
	ERROR_TOO_LARGE,       /* body over the limit: 413 */
	ERROR_SLOW_BODY,       /* the request did not come in time: 408 */
	ERROR_ENCODING,        /* a compressed body: 415 */
	ERROR_UNAUTHENTICATED, /* no key, unknown, blocked or expired: 401 */
	ERROR_FORBIDDEN,       /* this key is not for that: 403 */
	ERROR_NOT_FOUND,       /* no such URL: 404 */
	ERROR_MODEL_NOT_FOUND, /* 404, code model_not_found */
	ERROR_METHOD,          /* 405 */
	ERROR_BUDGET,          /* a budget refused: 429, code budget_exceeded, never retried */
	ERROR_BUDGET_BUSY,     /* running calls hold what is missing: 429, may be asked again */
	ERROR_RATE,            /* rate limited after all candidates: 429 */
	ERROR_RATE_NEVER,      /* a limit that never has room for this request: 429, not retried */
	ERROR_UNPRICED,        /* a deployment without a price: 503 */
	ERROR_FAULTY_ENTRY,    /* an entry of model_list has an error: 503 */
	ERROR_NO_PROVIDER,     /* the entry names a provider that is not offered */
	ERROR_CONTEXT,         /* prompt too long: 400, code context_length_exceeded */
	ERROR_POLICY,          /* content filter: 400, code content_filter */
	ERROR_UPSTREAM,        /* provider failed or answered nonsense: 502 */
	ERROR_UPSTREAM_AUTH,   /* provider refused our key: 502, never retried by the client */
	ERROR_UPSTREAM_QUOTA,  /* our account at the provider is out of money: 502, never retried */
	ERROR_TIMEOUT,         /* 504 */
	ERROR_OVERLOADED,      /* this gateway or every candidate is busy or stopping: 503 */
	ERROR_IN_PROGRESS,     /* the first request with this Idempotency-Key runs: 409 */
	ERROR_KEY_REUSED,      /* another body under the same Idempotency-Key: 422 */
	ERROR_NOT_REPEATED,    /* charged before, and its answer is gone: 409, never retried */
	ERROR_STORE,           /* no durable hold can be taken: 503 */
	ERROR_SHARED,      /* what machines share cannot be changed from here, or not now: 503 */
	ERROR_CLIENT_GONE, /* nobody is left to answer: 499 in the log */
	ERROR_SETTINGS,    /* the settings file: command line only, 503 on the web */
	ERROR_USAGE,       /* wrong words on the command line */
	ERROR_KIND_COUNT
};

struct error {
	enum error_kind kind;
	char text[512];
};

/* How a kind is told to clients. */
struct error_info {
	const char *name; /* in logs and the store: "budget", "upstream_auth" */
	int status;       /* HTTP */
	const char *type; /* OpenAI's error.type */
	const char *code; /* OpenAI's error.code, or NULL */
	bool no_retry; /* answer with x-should-retry: false, because SDKs repeat 429 and 5xx blindly
			*/
};

const struct error_info *error_info(enum error_kind kind);

/* Fills err and returns -1. */
int error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "fmt: " before the text that is there, keeps the kind, returns -1. */
int error_prefix(struct error *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
