#!/bin/bash
# The official Python package of OTLP's messages reads OTLP's own JSON without an error, and gets every trace id wrong.
#
# One would guess: opentelemetry-proto has the generated messages, protobuf has json_format, and OTLP/JSON is "the JSON mapping of
# protobuf"; so json_format.Parse of a collector's JSON gives the spans, or refuses what it does not understand.
#
# What happens: OTLP writes trace and span ids in hexadecimal where protobuf's mapping has base64, and hexadecimal digits happen to
# be base64. 32 digits become 24 bytes and 16 become 12, without a word, so the message holds ids that no trace has (a trace id is
# 16 bytes, a span id 8). The way back is wrong, too: MessageToJson writes base64, which a collector refuses. A receiver or a test
# that is made of the two packages accepts every document and matches none.
#
# Seen on 2026-11-30 with opentelemetry-proto 1.45.2 and protobuf 7.36.2, Python 3.11.7.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check opentelemetry-proto==1.45.2 protobuf==7.36.2
cat >run.py <<'PY'
import json, sys
from importlib.metadata import version

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TRACE, SPAN = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"  # of the example in opentelemetry-proto's repository
document = {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": TRACE, "spanId": SPAN, "name": "x", "kind": 2}]}]}]}
print("opentelemetry-proto", version("opentelemetry-proto"), "protobuf", version("protobuf"), "Python", sys.version.split()[0])
read = json_format.Parse(json.dumps(document), ExportTraceServiceRequest()).resource_spans[0].scope_spans[0].spans[0]
print("written:", TRACE, SPAN)
print("read:   ", read.trace_id.hex(), read.span_id.hex(), f"({len(read.trace_id)} and {len(read.span_id)} bytes)")
right = ExportTraceServiceRequest()
right.resource_spans.add().scope_spans.add().spans.add(trace_id=bytes.fromhex(TRACE), span_id=bytes.fromhex(SPAN))
back = json.loads(json_format.MessageToJson(right))["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
print("written back:", back)
sys.exit(0 if (len(read.trace_id), len(read.span_id)) == (24, 12) and back["traceId"] != TRACE else 1)
PY
v/bin/python run.py
