#!/bin/bash
# What LiteLLM's proxy answers when a provider of OpenAI's format refuses a request with 422.
#
# Guess: 422, or 400, with the provider's message; with `drop_params: true` perhaps a second call without the member
#        that the provider named.
# Seen:  without drop_params it is 422 with the message.  With `drop_params: true`, which most public config files have,
#        the client gets HTTP 200 and the four bytes `null`: the same body is sent twice, both refusals are dropped, and
#        the function ends without a value.  A client's SDK fails later, where it reads the answer.
# Date:  2026-11-29.  Source: litellm/llms/openai/openai.py (the loop of two around `completion`, which catches
#        UnprocessableEntityError), and this run.
set -eu
VERSION=1.108.7
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install -q "litellm[proxy]==$VERSION"
cat >"$work/provider.py" <<'PY'
import http.server, json, sys
class Provider(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        body = json.dumps({"error": {"message": "temperature: must be at most 1", "type": "invalid_request_error", "param": "temperature", "code": None}}).encode()
        self.send_response(422)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        with open(sys.argv[1], "a") as calls:
            print("asked", file=calls)
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
print(server.server_port, flush=True)
server.serve_forever()
PY
python3 "$work/provider.py" "$work/calls" >"$work/port" &
until [ -s "$work/port" ]; do sleep 0.1; done
echo "LiteLLM $VERSION" | tee "$work/seen"
for drop in false true; do
	cat >"$work/config.yaml" <<YAML
model_list:
  - model_name: m
    litellm_params: {model: openai/any, api_base: "http://127.0.0.1:$(cat "$work/port")/v1", api_key: k}
litellm_settings: {num_retries: 0, drop_params: $drop}
router_settings: {num_retries: 0, disable_cooldowns: true}
general_settings: {master_key: sk-beside-0f3a9c77d1}
YAML
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	: >"$work/calls"
	LITELLM_LOCAL_MODEL_COST_MAP=True HOME=$work "$work/v/bin/litellm" --config "$work/config.yaml" --host 127.0.0.1 --port "$port" --telemetry False >"$work/log" 2>&1 &
	proxy=$!
	until curl -sf "http://127.0.0.1:$port/health/liveliness" >/dev/null; do kill -0 $proxy; sleep 0.3; done
	curl -s -o "$work/body" -w "drop_params: $drop, status %{http_code}" "http://127.0.0.1:$port/v1/chat/completions" -H 'authorization: Bearer sk-beside-0f3a9c77d1' \
		-H 'content-type: application/json' -d '{"model":"m","temperature":1.5,"messages":[{"role":"user","content":"Hello"}]}' | tee -a "$work/seen"
	echo ", $(wc -l <"$work/calls") calls, body: $(head -c 4 "$work/body" | tr '\n' ' ')" | tee -a "$work/seen"
	kill $proxy
	wait $proxy || true
done
diff - "$work/seen" <<'SEEN'
LiteLLM 1.108.7
drop_params: false, status 422, 1 calls, body: {"er
drop_params: true, status 200, 2 calls, body: null
SEEN
echo 'as described'
