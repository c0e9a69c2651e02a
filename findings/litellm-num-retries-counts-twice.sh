#!/bin/bash
# LiteLLM's num_retries=2 makes five requests to a provider of OpenAI's format, and sends a refused key three times.
#
# One would guess: num_retries=2 is one request and two more, whoever the provider is, and only for what may pass by itself (429, 5xx); a
# 400 or a 401 is told at once, as OpenAI's own SDK does. Without the option nothing is tried again.
#
# What happens: the number is given to the openai package inside (1 + 2 requests) and then to LiteLLM's own loop, which takes it for the
# number of attempts (2 more): 2n + 1 requests. Anthropic's adapter has no retries inside, so there it is n + 1. The outer loop does
# not look at the error: 400 and 401 are sent n + 1 times. max_retries, which is the openai package's word, does nothing for Anthropic,
# and without any option a provider of OpenAI's format gets three requests, Anthropic one. A limit of requests, or a gateway's own
# count of attempts, is off by a factor that depends on the model's prefix.
#
# Seen on 2026-11-30 with litellm 1.110.2 (main.py, completion_with_retries; utils.py, client), openai 3.57.0, tenacity 9.1.4.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install -q --disable-pip-version-check litellm==1.110.2 openai==3.57.0 tenacity==9.1.4
LITELLM_LOCAL_MODEL_COST_MAP=True "$work/v/bin/python" - <<'PY' 2>"$work/noise" || { cat "$work/noise"; exit 1; }
import http.server, json, sys, threading
from importlib.metadata import version
import litellm

litellm.suppress_debug_info = True

class Provider(http.server.BaseHTTPRequestHandler):
    status = 0
    requests = 0
    def log_message(self, *_): pass
    def do_POST(self):
        Provider.requests += 1
        self.rfile.read(int(self.headers["content-length"]))
        text = json.dumps({"type": "error", "error": {"type": "api_error", "message": "No."}}).encode()
        self.send_response(Provider.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()

def requests(model, status, **options):
    Provider.status, Provider.requests = status, 0
    try:
        litellm.completion(model=model, api_key="k", api_base=f"http://127.0.0.1:{server.server_port}", messages=[{"role": "user", "content": "x"}], **options)
    except Exception:
        pass
    return Provider.requests

print(", ".join(f"{name} {version(name)}" for name in ("litellm", "openai", "tenacity")))
seen = {}
for options in ({}, {"max_retries": 2}, {"num_retries": 1}, {"num_retries": 2}):
    for status in (500, 401):
        for model in ("openai/gpt-4o", "anthropic/claude-sonnet-4-5"):
            seen[str(options), status, model.split("/")[0]] = requests(model, status, **options)
            print(f"{options} {status} {model}: {Provider.requests} requests")
def row(options): return [seen[str(options), status, maker] for status in (500, 401) for maker in ("openai", "anthropic")]
sys.exit([row({}), row({"max_retries": 2}), row({"num_retries": 1}), row({"num_retries": 2})] != [[3, 1, 1, 1], [3, 1, 1, 1], [3, 2, 2, 2], [5, 3, 3, 3]])
PY
