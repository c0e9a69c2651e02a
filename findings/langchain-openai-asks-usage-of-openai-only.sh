#!/bin/bash
# LangChain's ChatOpenAI knows the tokens of a stream at OpenAI's own address, and not behind a gateway.
#
# One would guess: where a stream is counted depends on the model's settings, not on the address; a program that moves behind a
# gateway by base_url (or by OPENAI_BASE_URL, without a changed line) keeps its usage_metadata.
#
# What happens: stream_options.include_usage is asked for only when neither an address nor an HTTP client is named. With base_url, with the
# variable, or with one's own http_client the request has no stream_options, so who does as it is asked sends no usage, and
# usage_metadata is None: cost callbacks count nothing. stream_usage=True brings it back.
#
# Seen on 2026-11-29 with langchain-openai 1.7.4; where the address is OpenAI's, the request is caught before it leaves.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install -q --disable-pip-version-check langchain-openai==1.7.4
env -u OPENAI_BASE_URL -u OPENAI_API_BASE "$work/v/bin/python" - <<'PY'
import importlib.metadata, json, os, sys
import httpx2
from langchain_openai import ChatOpenAI

def stream_options(variable=None, **settings):
    asked = []
    def answer(request):
        asked.append(json.loads(request.content))
        usage = asked[0].get("stream_options", {}).get("include_usage")
        chunks = [{"choices": [{"index": 0, "delta": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}]}]
        if usage:
            chunks.append({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}})
        text = "".join("data: " + json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", **chunk}) + "\n\n" for chunk in chunks)
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, text=text + "data: [DONE]\n\n")
    if variable:
        os.environ[variable] = "http://127.0.0.1:9/v1"
    httpx2.HTTPTransport.handle_request = lambda self, request: answer(request)
    try:
        model = ChatOpenAI(model="m", api_key="k", **settings)
        total = None
        for chunk in model.stream("x"):
            total = chunk if total is None else total + chunk
    finally:
        if variable:
            del os.environ[variable]
    return asked[0].get("stream_options"), total.usage_metadata and total.usage_metadata["total_tokens"]

print("langchain-openai", importlib.metadata.version("langchain-openai"))
seen = {
    "OpenAI's own address": stream_options(),
    "base_url": stream_options(base_url="http://127.0.0.1:9/v1"),
    "OPENAI_BASE_URL": stream_options("OPENAI_BASE_URL"),
    "http_client": stream_options(http_client=httpx2.Client()),
    "base_url and stream_usage=True": stream_options(base_url="http://127.0.0.1:9/v1", stream_usage=True),
}
for name, (options, tokens) in seen.items():
    print(f"{name}: stream_options {options}, tokens {tokens}")
counted, not_counted = ({"include_usage": True}, 6), (None, None)
sys.exit(list(seen.values()) != [counted, not_counted, not_counted, not_counted, counted])
PY
