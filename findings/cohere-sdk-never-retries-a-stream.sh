#!/bin/bash
# Cohere's Python SDK tries a chat again after 429 and 503, and the same chat as a stream never, whatever max_retries says.
#
# One would guess: chat and chat_stream share the client, its request_options and its retries; a 429 comes before the first event, so
# there is nothing that a second request could repeat, and the SDKs of OpenAI and Anthropic do try it again.
#
# What happens: chat makes three requests by default, and 1 + n with request_options={"max_retries": n}. chat_stream makes one in both
# cases and raises: the option is taken and dropped. A program that begins to stream loses its retries without a word, and behind a
# gateway only its streams see each refusal of a limit.
#
# Seen on 2026-11-30 with cohere 7.3.1 (cohere/core/http_client.py: request has the loop, stream has none), openai 3.57.0.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install -q --disable-pip-version-check cohere==7.3.1 openai==3.57.0
"$work/v/bin/python" - <<'PY'
import http.server, sys, threading
from importlib.metadata import version
import cohere, openai

class Provider(http.server.BaseHTTPRequestHandler):
    status = 0
    requests = 0
    def log_message(self, *_): pass
    def do_POST(self):
        Provider.requests += 1
        self.rfile.read(int(self.headers["content-length"]))
        text = b'{"message": "Not now."}'
        self.send_response(Provider.status)
        self.send_header("content-type", "application/json")
        self.send_header("retry-after", "0.1")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
asked = {"model": "m", "messages": [{"role": "user", "content": "x"}]}

def by_cohere(stream, options):
    client = cohere.ClientV2(api_key="k", base_url=base)
    if stream:
        list(client.chat_stream(**asked, request_options=options))
    else:
        client.chat(**asked, request_options=options)

def by_openai(stream, options):
    client = openai.OpenAI(api_key="k", base_url=base, **options)
    client.chat.completions.create(**asked, stream=stream)

def requests(by, status, stream, options):
    Provider.status, Provider.requests = status, 0
    try:
        by(stream, options)
    except (cohere.core.api_error.ApiError, openai.APIStatusError) as error:
        assert error.status_code == status
    return Provider.requests

print("cohere", version("cohere"), "openai", version("openai"))
seen = {}
for by in (by_cohere, by_openai):
    for status in (429, 503):
        for options in ({}, {"max_retries": 3}):
            seen[by, status, len(options)] = counts = [requests(by, status, stream, options) for stream in (False, True)]
            print(f"{by.__name__} {status} {options}: {counts[0]} requests for a chat, {counts[1]} for a stream")
expected = {by_cohere: ([3, 1], [4, 1]), by_openai: ([3, 3], [4, 4])}
sys.exit(any(counts != expected[by][given] for (by, _, given), counts in seen.items()))
PY
