#ifndef TELEMETRY_TRACE_EXPORT_H
#define TELEMETRY_TRACE_EXPORT_H

/*
 * Traces on their way out, to OpenTelemetry collectors and whoever takes OTLP over HTTP.
 *
 * A request puts a row into the change that records it (trace_into).  The periodic work of whatever
 * process comes first reads what is due, makes spans of the record, and sends them in batches: so a
 * request never waits for a collector, what a process had not sent is sent by the next, and CGI
 * needs nothing of its own.  A destination that is away is tried again later; of more than
 * TRACES_KEPT requests the oldest are dropped and counted (sideways_traces_total).  As the protocol
 * says, 429, 502, 503, 504 and no answer are tried again, any other refusal drops the batch.
 */
#include <stdint.h>

#include "fetch/fetch.h"
#include "settings/settings.h"
#include "store/store.h"

#define TRACES_KEPT 20000

/* What the record does not hold of it: facts are a JSON object with any of
 *
 *	{"traceparent": "00-...", "tracestate": "...",
 *	 "request": {"gen_ai.request.temperature": 0.5},
 *	 "waits": [{"why": "for money", "from_ms": 1, "to_ms": 2}]}
 *
 * attempt: one that ended after its request; 0: the request with all that it has. */
void trace_into(struct change *change, const char *request_id, int attempt, const char *facts);

/* Sends what is due, for some seconds at most.  1: there is more; 0; -1: err.  Who may not be
 * reached is logged here. */
int traces_send(struct store *store, const struct trace_settings *settings,
    const struct prompt_settings *prompts, struct fetch_pool *pool, fetch_transport *transport,
    struct error *err);

#endif
