#ifndef FETCH_TRANSFER_H
#define FETCH_TRANSFER_H

/*
 * A call while it runs, and how it ended.  For fetch/ only.
 */
#include "base/arena.h"
#include "base/text.h"
#include "fetch/handle.h"

struct transfer {
	const struct fetch_call *call;
	struct fetch_result *out;
	struct handle *handle;
	struct arena arena;
	struct curl_slist headers[FETCH_HEADERS_MAX + 1];
	struct fetch_head head;
	size_t head_bytes, body_bytes;
	size_t piece, piece_at; /* of the request body, while it is read */
	bool begun;             /* a connection was ready, and the request was handed to it */
	int64_t now_us;         /* of this round of the loop */
	int64_t started_us, last_byte_us, woken_us;
	bool head_done;            /* it is there */
	bool head_told;            /* on_head has been called */
	struct text came, telling; /* of the body, for a fiber */
	bool held_back;            /* there is more than may be kept */
	bool encoded;              /* Content-Encoding: something */
	bool stopped;              /* a callback ended it */
	bool too_large;
	bool watch_client;
	enum fetch_end ended; /* by the loop: a time limit, a leaving client */
	bool is_ended;
	struct fetch_pool *pool;
};

/* Says in t->out how the call ended: libcurl's result, seen with what the loop decided. */
void transfer_conclude(struct transfer *t, CURLcode code);

#endif
