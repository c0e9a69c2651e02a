#ifndef RELAY_DELIVERY_H
#define RELAY_DELIVERY_H

/*
 * One upstream call's answer on its way to the client: the callbacks of the fetch.
 *
 * A streamed answer is cut into events and each goes to the sink at once, as it came or as neutral
 * events; but its start is held back until something is said.  The first event that goes out is the
 * commit point.  Anything else (a whole answer, an error, a JSON body
 * where a stream was asked for) is collected, up to a limit, and judged when it is complete.
 * Silence is filled with keep-alive comments.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "chat/chat_reply.h"
#include "fetch/fetch.h"
#include "fetch/sse_reader.h"
#include "providers/aws_events.h"
#include "providers/failure.h"
#include "providers/provider.h"
#include "relay/charge.h"
#include "relay/run.h"

struct held_event;

struct delivery {
	/* What each event of a stream needs stands together: with hundreds of streams most of its
	 * time is waiting for memory. */
	struct run *run;
	const struct candidate *candidate;
	const struct wire_format *format; /* of the call */
	bool is_stream;                   /* the answer is an event stream with status 200 */
	bool passes;                      /* the answer goes on as it is, whatever it says */
	bool framed;                      /* it comes in Amazon's frames */
	bool translates;                  /* provider and client speak different formats */
	bool began;   /* an event of the answer has come, so that it may be billed */
	bool started; /* of a translated stream something was told */
	bool finish_seen, sse_ready;
	bool client_gone;
	bool runaway; /* more output than its limit allows: cut off */
	bool overdue;
	int64_t begin_by_us;    /* monotonic: a stream whose first event has not come is given up */
	int64_t output_most;    /* tokens that the bound covers, of all choices */
	int64_t first_words_us; /* monotonic, when the first delta came; 0: none */
	struct held_event *held; /* the start, as it came, until something follows it; the last */
	struct sse_reader sse;
	struct provider_stream stream;
	struct failure failure; /* class FAILURE_NONE while all is well */

	int64_t started_us;
	int64_t first_token_ms; /* -1: none */
	struct fetch_head head; /* copied; status 0 while none came */
	struct aws_events frames;
	struct text body;
	size_t held_bytes;
	struct chat_event start;         /* what is held, where it is translated */
	struct chat_collector collector; /* of a whole answer that is translated */
};

void delivery_init(struct delivery *delivery, struct run *run, const struct candidate *candidate);
void delivery_release(struct delivery *delivery);

/* May a provider that answers with this status have done what it bills? */
bool delivery_may_be_done(const struct delivery *delivery, int status);
/* On what terms the call is made; they last as long as the candidate. */
struct charge_terms delivery_terms(const struct delivery *delivery);
/* Works out what the client may be told in the usage of the event that was read last. */
void delivery_note_cost(const struct delivery *delivery);

/* Sets the callbacks of a call. */
void delivery_attach(struct delivery *delivery, struct fetch_call *call);

/* Judges the finished call: true when it is a whole answer (usage is in stream.usage or
 * *out_reply); else delivery->failure says what it was. */
bool delivery_finish(
    struct delivery *delivery, const struct fetch_result *result, struct provider_reply *out_reply);

#endif
