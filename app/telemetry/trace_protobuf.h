#ifndef TELEMETRY_TRACE_PROTOBUF_H
#define TELEMETRY_TRACE_PROTOBUF_H

/*
 * OTLP's JSON of traces as protobuf, for destinations that take no JSON.
 */
#include <jansson.h>

#include "base/text.h"

/* Appends an ExportTraceServiceRequest.  Members that its message does not have are left out. */
void trace_protobuf(struct text *out, const json_t *body);

#endif
