#!/bin/bash
# What LiteLLM's command line says when a proxy refuses every model of `models import`.
#
# Guess: each refusal is told, as `keys import` does ("Failed to import", and a count), and the exit status is not 0.
# Seen:  the server answers 403 to each POST /model/new; the command prints the table "Models Imported" with every model, a
#        summary that counts them, not a word of a refusal, and exits with 0.  `models add` of the same model fails with a
#        traceback.  A script that moves models to another proxy learns of nothing.
# Date:  2026-11-30.  Source: LiteLLM 1.108.7, litellm/proxy/client/cli/commands/models.py (`except Exception: pass`, "For summary, ignore
#        errors"), and this run.
set -eu
VERSION=1.108.7
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install -q "litellm[proxy]==$VERSION"
cat >"$work/proxy.py" <<'PY'
import http.server, sys
class Proxy(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"error": {"message": "only an admin may add models", "type": "auth_error", "param": null, "code": "403"}}'
        self.send_response(403)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        with open(sys.argv[1], "a") as calls:
            print("refused", self.path, file=calls)
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 "$work/proxy.py" "$work/calls" >"$work/port" &
until [ -s "$work/port" ]; do sleep 0.1; done
cat >"$work/models.yaml" <<'YAML'
model_list:
  - model_name: one
    litellm_params: {model: openai/one}
  - model_name: two
    litellm_params: {model: openai/two}
YAML
lite() { env HOME="$work" COLUMNS=100 LITELLM_LOCAL_MODEL_COST_MAP=True "$work/v/bin/litellm-proxy" --base-url "http://127.0.0.1:$(cat "$work/port")" --api-key sk-1 "$@" >"$work/said" 2>&1; }
{
	echo "LiteLLM $VERSION"
	status=0; lite models import "$work/models.yaml" || status=$?
	echo "models import: exit $status, refused $(grep -c '^refused /model/new$' "$work/calls") of 2, says \"$(grep -o 'Models Imported' "$work/said")\", $(grep -c 'openai/' "$work/said") models in its table"
	echo "words of a failure: $(grep -ciE 'fail|error|403|refused' "$work/said" || true)"
	status=0; lite models add three -p model=openai/three || status=$?
	echo "models add: exit $status, 403 is told: $(grep -q '403' "$work/said" && echo yes || echo no)"
} | tee "$work/seen"
diff - "$work/seen" <<'SEEN'
LiteLLM 1.108.7
models import: exit 0, refused 2 of 2, says "Models Imported", 2 models in its table
words of a failure: 0
models add: exit 1, 403 is told: yes
SEEN
echo 'as described'
