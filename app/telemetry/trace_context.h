#ifndef TELEMETRY_TRACE_CONTEXT_H
#define TELEMETRY_TRACE_CONTEXT_H

/*
 * The trace that a request belongs to: W3C Trace Context (traceparent, tracestate).
 *
 * Ids of our own are made of the request's id, so whoever sends the spans later, and the header
 * that goes to a provider now, agree without keeping anything.
 */
#include <stdbool.h>

#include "base/arena.h"

struct trace_context {
	char trace_id[33]; /* hexadecimal, as are the others */
	char parent_id[17];
	char flags[3];
	bool sampled;
};

/* False: the header is absent, or none of the standard's; then it counts as absent. */
bool trace_context_read(const char *traceparent, struct trace_context *out);

/* Of a request that came without one. */
void trace_context_new(const char *request_id, struct trace_context *out);

/* The request's own span (number 0), or that of an attempt; waits have numbers below 0. */
struct trace_span_id {
	char text[17];
};
struct trace_span_id trace_span_id_of(const char *request_id, int number);

#endif
