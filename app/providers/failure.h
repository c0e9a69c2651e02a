#ifndef PROVIDERS_FAILURE_H
#define PROVIDERS_FAILURE_H

/*
 * A provider's failure, classified: what kind it is and how long it asks to be left alone.  The
 * rules are rows of tables in failure.c;
 * what follows from a class is decided elsewhere, in relay/verdict.c.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "fetch/fetch.h"

enum failure_class {
	FAILURE_NONE,
	FAILURE_RETRY,       /* transient */
	FAILURE_RATE,        /* rate limit, by the minute */
	FAILURE_OVERLOAD,    /* 503, 529 */
	FAILURE_QUOTA,       /* the account's money or monthly cap is gone */
	FAILURE_AUTH,        /* our key is refused */
	FAILURE_NOT_FOUND,   /* the model is unknown there */
	FAILURE_CONTEXT,     /* the prompt is too long for the model */
	FAILURE_POLICY,      /* content filter */
	FAILURE_CLIENT,      /* the client's mistake */
	FAILURE_UNFIT,       /* the same said of words that are not the client's: relay/unfit.h */
	FAILURE_BROKEN,      /* unparsable, HTML, cut */
	FAILURE_TIMEOUT,     /* sent, and no answer in time: may have been billed */
	FAILURE_UNREACHABLE, /* name, connection, TLS: nothing was sent */
	FAILURE_LOCAL,       /* our own machine */
	FAILURE_ROOM,        /* it has no room for the answer, which came and is billed */
	FAILURE_CANCELLED,   /* the client left */
	FAILURE_CLASS_COUNT
};
const char *failure_name(enum failure_class failure);  /* "rate", for logs and the store */
const char *failure_words(enum failure_class failure); /* "rate limited", for people */
const char *failure_words_named(const char *name);     /* of a class by its name; else the name */

struct failure {
	enum failure_class class;
	int status;        /* HTTP; 0: none */
	bool told;         /* the provider said so itself, in an error object: nothing was billed */
	bool excused;      /* the client gave so little time that it says nothing of the provider */
	int64_t delay_ms;  /* what the provider asks for; -1: nothing said */
	char message[512]; /* the provider's words, cut, control bytes removed, anything that looks
			      like a key masked */
	char type[64], code[64], param[128]; /* as the provider named them; "" when absent */
};

/* An HTTP answer that is not the answer.  now_ms (wall) is for Retry-After dates. Also for a 200
 * with an error object and for an error event in a stream (head may be NULL then, status 200 or 0).
 */
void failure_of_reply(const char *provider, int status, const struct fetch_head *head,
    struct slice body, int64_t now_ms, struct failure *out);

/* A call that ended without a whole answer. */
void failure_of_fetch(const struct fetch_result *result, struct failure *out);

#endif
