#!/bin/bash
# An overload that Anthropic tells inside a stream is not an OverloadedError for anthropic's Python SDK, and is not tried again.
#
# One would guess: `event: error` with the type overloaded_error raises the class that a 529 raises, so that one handler is enough,
# and the SDK's own retries cover it, since nothing else has come yet.
#
# What happens: the class is chosen by the status of the response, which is 200 by then. What is raised is the bare APIStatusError with
# status_code 200; handlers for OverloadedError or InternalServerError are passed by, and code that asks "status_code >= 500" says that
# all is well. max_retries does not count: one request is made. Told as 529 the same error is an OverloadedError after three requests.
#
# Seen on 2026-11-29 with anthropic 2.14.0; the event is as Anthropic's manual of streaming shows it.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install -q --disable-pip-version-check anthropic==2.14.0
"$work/v/bin/python" - <<'PY'
import http.server, json, sys, threading
import anthropic

ERROR = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

class Provider(http.server.BaseHTTPRequestHandler):
    status = requests = 0
    def log_message(self, *_): pass
    def do_POST(self):
        Provider.requests += 1
        self.rfile.read(int(self.headers["content-length"]))
        streamed = Provider.status == 200
        text = (f"event: error\ndata: {json.dumps(ERROR)}\n\n" if streamed else json.dumps(ERROR)).encode()
        self.send_response(Provider.status)
        self.send_header("content-type", "text/event-stream" if streamed else "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = anthropic.Anthropic(api_key="k", base_url=f"http://127.0.0.1:{server.server_port}", max_retries=2)
print("anthropic", anthropic.__version__)
seen = {}
for status in (200, 529):
    Provider.status, Provider.requests = status, 0
    try:
        for _ in client.messages.create(model="m", max_tokens=5, messages=[{"role": "user", "content": "x"}], stream=True): pass
    except anthropic.APIStatusError as error:
        seen[status] = (type(error).__name__, error.status_code, Provider.requests)
        print(f"told with status {status}: {type(error).__name__}, status_code {error.status_code}, {Provider.requests} request(s)")
sys.exit(seen != {200: ("APIStatusError", 200, 1), 529: ("OverloadedError", 529, 3)})
PY
