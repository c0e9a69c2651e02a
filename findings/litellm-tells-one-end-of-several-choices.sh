#!/bin/bash
# LiteLLM's stream of several choices tells how the first one ended, and says of all that they ended so.
#
# One would guess: with n=2 each choice has its own finish_reason in the stream, as in OpenAI's; of an answer that the token limit cut one
# learns it, whichever its number.
#
# What happens: the wrapper keeps one finish_reason for the whole stream. The chunk that ends the second choice comes out without its
# choice or not at all, and stream_chunk_builder, from which LiteLLM logs, caches and counts, writes the reason of the first to every
# choice: a text that was cut says "stop". Without a stream both reasons are right.
#
# Seen on 2026-11-30 with litellm 1.110.2 (litellm_core_utils/streaming_handler.py, streaming_chunk_builder_utils.py), openai 3.57.0.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install -q --disable-pip-version-check litellm==1.110.2 openai==3.57.0
LITELLM_LOCAL_MODEL_COST_MAP=True "$work/v/bin/python" - <<'PY'
import http.server, json, sys, threading
from importlib.metadata import version
import litellm, openai

TEXTS = [("Yes.", "stop"), ("No, and the reasons are", "length")]
USAGE = {"prompt_tokens": 10, "completion_tokens": 7, "total_tokens": 17}

def event(choices, **more):
    return "data: " + json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o", "choices": choices, **more}) + "\n\n"

def streamed():
    for index, (text, _) in enumerate(TEXTS):
        yield event([{"index": index, "delta": {"role": "assistant", "content": text}, "finish_reason": None}])
    for index, (_, reason) in enumerate(TEXTS):
        yield event([{"index": index, "delta": {}, "finish_reason": reason}])
    yield event([], usage=USAGE)
    yield "data: [DONE]\n\n"

def whole():
    choices = [{"index": index, "message": {"role": "assistant", "content": text}, "finish_reason": reason} for index, (text, reason) in enumerate(TEXTS)]
    return json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4o", "choices": choices, "usage": USAGE})

class Provider(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_POST(self):
        streams = json.loads(self.rfile.read(int(self.headers["content-length"]))).get("stream")
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if streams else "application/json")
        self.end_headers()
        self.wfile.write(("".join(streamed()) if streams else whole()).encode())

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
asked = {"messages": [{"role": "user", "content": "May I?"}], "n": 2}
more = {"stream": True, "stream_options": {"include_usage": True}}

def ends(chunks):
    return {choice.index: choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason}

by_openai = ends(openai.OpenAI(api_key="k", base_url=base).chat.completions.create(model="gpt-4o", **asked, **more))
litellm_asked = {"model": "openai/gpt-4o", "api_base": base, "api_key": "k", **asked}
chunks = list(litellm.completion(**litellm_asked, **more))
by_litellm = ends(chunks)
built = {choice.index: choice.finish_reason for choice in litellm.stream_chunk_builder(chunks, messages=asked["messages"]).choices}
without = {choice.index: choice.finish_reason for choice in litellm.completion(**litellm_asked).choices}
print("litellm", version("litellm"), "openai", version("openai"))
print("openai's SDK, stream:              ", by_openai)
print("litellm, no stream:                ", without)
print("litellm, stream:                   ", by_litellm)
print("litellm, stream_chunk_builder of it:", built)
told = {0: "stop", 1: "length"}
sys.exit(not (by_openai == told and without == told and by_litellm == {0: "stop"} and built == {0: "stop", 1: "stop"}))
PY
