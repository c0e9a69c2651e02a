#ifndef RELAY_TRACE_NOTE_H
#define RELAY_TRACE_NOTE_H

/*
 * What a request's trace needs while the request runs: its waits, what goes to providers, and the
 * facts that are kept beside the record (telemetry/trace_export.h).
 */
#include "fetch/fetch.h"
#include "relay/relay.h"

struct trace_wait {
	const char *why; /* "for money", "to retry" */
	int64_t from_ms, to_ms;
};

struct trace_waits { /* in the arena */
	struct trace_wait *items;
	size_t count;
};

/* A wait that began at this monotonic time is over; shorter ones than a millisecond are none. */
void trace_note_wait(
    struct trace_waits *waits, const char *why, int64_t began_us, struct arena *arena);

/* Facts for the record; NULL: nobody is to be told, by the settings or because the client's trace
 * is not recorded. */
const char *trace_note_facts(const struct relay_call *call, const struct trace_waits *waits);

/* The client's trace goes on at the provider: as it came, or as this attempt's span where traces
 * are sent. */
void trace_note_headers(const struct relay_call *call, int attempt, struct fetch_call *out);

#endif
