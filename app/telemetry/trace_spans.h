#ifndef TELEMETRY_TRACE_SPANS_H
#define TELEMETRY_TRACE_SPANS_H

/*
 * A request of the record as spans of OpenTelemetry: one of its own, with a child for each attempt,
 * each candidate that was skipped or blocked, and each wait.  Their attributes are the columns of
 * sql/traces.sql.  A prompt only where log_prompts wants it in traces, at most TRACE_PROMPT_MAX of
 * it; answers never, since the record has none.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "settings/settings.h"
#include "store/store.h"

#define TRACE_PROMPT_MAX ((size_t)64 << 10)

struct trace_due {
	const char *request_id;
	int attempt;       /* that one alone; 0: the request with all that it has */
	const char *facts; /* trace_facts.h */
};

/* Adds the spans to an array.  A request that is no longer in the record has none. */
int trace_spans_add(struct store *store, const struct prompt_settings *prompts,
    const struct trace_due *due, enum trace_dialect dialect, json_t *spans, struct error *err);

/* The body of a call: ExportTraceServiceRequest, with the spans (taken) of this service. */
json_t *trace_spans_wrap(const struct trace_settings *settings,
    const struct trace_destination *destination, json_t *spans);

#endif
