#!/bin/bash
# Google's SDKs read only a part of the event stream format, Python's and JavaScript's each another, and one of them loses the text silently.
#
# One would guess: alt=sse is Server-Sent Events, so what may stand in any event stream (a comment as a sign of life, id, retry, a name
# of the event, no space after the colon, data on two lines) is passed over or put together, as openai's SDK and every browser do.
#
# What happens: in Python a comment, an id, an event's name or a missing space is taken for JSON and raises; data on two lines is read. In
# JavaScript comments are fine, data on two lines or a name after the data raises, and with an id or a name before the data the stream
# ends well and is empty: no text, no error. So a proxy in front of Gemini may send no ": ping" while a model thinks, and may not write
# its events as others are written; only "data: {one line}" and an empty line are read by both.
#
# Seen on 2026-11-30 with google-genai 3.6.1 (google/genai/_api_client.py) and @google/genai 2.32.0 (_api_client.ts), openai 3.57.0.
# Of the comments a gateway's report tells, too (maximhq/bifrost 6240 and 6804, August and September 2026).
set -eu
work=$(mktemp -d)
trap '[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install -q --disable-pip-version-check google-genai==3.6.1 openai==3.57.0
echo '{"type":"module","private":true}' >package.json
npm install --no-audit --no-fund --loglevel=error --ignore-scripts @google/genai@2.32.0 >/dev/null
cat >provider.py <<'PY'
import http.server, json

FORMS = {
    "plain": "data: {whole}\n\n",
    "comment": ": ping\n\ndata: {whole}\n\n",
    "id": "id: 7\ndata: {whole}\n\n",
    "name": "event: message\ndata: {whole}\n\n",
    "name-after": "data: {whole}\nevent: message\n\n",
    "no-space": "data:{whole}\n\n",
    "two-lines": "data: {first}\ndata: {rest}\n\n",
}
GEMINI = [{"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, **end}]} for text, end in (("Hel", {}), ("lo", {"finishReason": "STOP"}))]
OPENAI = [{"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": end}]} for text, end in (("Hel", None), ("lo", "stop"))]

class Provider(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        form = FORMS[self.path.split("/")[1]]
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for chunk in OPENAI if "chat" in self.path else GEMINI:
            whole = json.dumps(chunk)
            self.wfile.write(form.format(whole=whole, first="{", rest=whole[1:]).encode())

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
with open("port", "w") as file:
    file.write(f"{server.server_port}\n")
server.serve_forever()
PY
cat >python.py <<'PY'
import json, logging, sys
import openai
from google import genai

logging.disable(logging.CRITICAL)

def google(base):
    client = genai.Client(api_key="k", http_options={"base_url": base})
    return "".join(chunk.text or "" for chunk in client.models.generate_content_stream(model="m", contents="x"))

def other(base):
    stream = openai.OpenAI(api_key="k", base_url=base, max_retries=0).chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}], stream=True)
    return "".join(chunk.choices[0].delta.content for chunk in stream)

def read(ask, base):
    try:
        return ask(base)
    except Exception as error:
        return type(error).__name__

base, forms = sys.argv[1], sys.argv[2:]
print(json.dumps({maker.__name__: {form: read(maker, f"{base}/{form}") for form in forms} for maker in (google, other)}))
PY
cat >javascript.mjs <<'JS'
import { GoogleGenAI } from '@google/genai';
const [base, ...forms] = process.argv.slice(2);
const read = async (form) => {
	const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: `${base}/${form}` } });
	try {
		let text = '';
		for await (const chunk of await client.models.generateContentStream({ model: 'm', contents: 'x' })) text += chunk.text;
		return text;
	} catch (error) {
		return error.name;
	}
};
const answers = {};
for (const form of forms) answers[form] = await read(form);
console.log(JSON.stringify(answers));
JS
python3 provider.py &
pid=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.1; done
forms="plain comment id name name-after no-space two-lines"
# shellcheck disable=SC2086
v/bin/python python.py "http://127.0.0.1:$(cat port)" $forms >python.json
# shellcheck disable=SC2086
node javascript.mjs "http://127.0.0.1:$(cat port)" $forms >javascript.json
v/bin/pip list 2>/dev/null | grep -E '^(google-genai|openai) '
python3 - <<'PY'
import json, sys

read = json.load(open("python.json"))
read["javascript"] = json.load(open("javascript.json"))
print("@google/genai     ", json.load(open("node_modules/@google/genai/package.json"))["version"])
print(f"{'form':12}{'openai, Python':18}{'Google, Python':28}Google, JavaScript")
for form in read["google"]:
    print(f"{form:12}{read['other'][form]!r:18}{read['google'][form]!r:28}{read['javascript'][form]!r}")
def whole(maker): return {form for form, text in read[maker].items() if text == "Hello"}
everything = set(read["other"])
sys.exit(not (whole("other") == everything and whole("google") == {"plain", "two-lines"}
              and whole("javascript") == {"plain", "comment", "no-space"} and read["javascript"]["id"] == read["javascript"]["name"] == ""))
PY
