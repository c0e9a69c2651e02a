#!/bin/bash
# A stream that ends in the middle is a whole answer for the SDKs of OpenAI, Anthropic and Google, even by their own collectors.
#
# One would guess: each of the three formats says how a stream ends ([DONE] after a finish_reason, message_stop, a finishReason), so a
# stream without it raises, at the latest where the SDK itself puts the answer together (get_final_message, get_final_completion).
#
# What happens: when the response ends cleanly (a proxy that ran out of time ends it so), nothing is raised. anthropic's
# get_final_message gives a Message with stop_reason None, openai's get_final_completion a completion with finish_reason None, and
# google-genai's iterator just stops. Only openai's Responses collector raises. A gateway must say it in the stream itself.
#
# Seen on 2026-11-29 with openai 3.57.0, anthropic 2.14.0, google-genai 3.6.1.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install -q --disable-pip-version-check openai==3.57.0 anthropic==2.14.0 google-genai==3.6.1
"$work/v/bin/python" - <<'PY'
import http.server, json, sys, threading
import anthropic, openai
from google import genai

class Provider(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    text = b""
    def log_message(self, *_): pass
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("content-length", str(len(Provider.text)))  # all of it comes: for HTTP the response is whole
        self.end_headers()
        self.wfile.write(Provider.text)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}"
asked = [{"role": "user", "content": "x"}]

def event(value, name=None):
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(value)}\n\n"

def anthropic_message():
    message = {"id": "m", "type": "message", "role": "assistant", "content": [], "model": "m", "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 5, "output_tokens": 1}}
    yield event({"type": "message_start", "message": message}, "message_start")
    yield event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}, "content_block_start")
    yield event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Take no more than"}}, "content_block_delta")

def openai_chat():
    yield event({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Take no more than"}, "finish_reason": None}]})

def openai_response():
    response = {"id": "r", "object": "response", "created_at": 1, "model": "m", "output": [], "status": "in_progress", "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
    yield event({"type": "response.created", "sequence_number": 0, "response": response}, "response.created")

def gemini_answer():
    yield event({"candidates": [{"content": {"role": "model", "parts": [{"text": "Take no more than"}]}}]})

def by_anthropic():
    with anthropic.Anthropic(api_key="k", base_url=base).messages.stream(model="m", max_tokens=5, messages=asked) as stream:
        message = stream.get_final_message()
    return message.content[0].text, message.stop_reason

def by_openai():
    with openai.OpenAI(api_key="k", base_url=base).chat.completions.stream(model="m", messages=asked) as stream:
        for _ in stream: pass
        choice = stream.get_final_completion().choices[0]
    return choice.message.content, choice.finish_reason

def by_responses():
    with openai.OpenAI(api_key="k", base_url=base).responses.stream(model="m", input="x") as stream:
        return stream.get_final_response().output_text, None

def by_google():
    client = genai.Client(api_key="k", http_options={"base_url": base})
    parts = list(client.models.generate_content_stream(model="m", contents="x"))
    return parts[-1].text, parts[-1].candidates[0].finish_reason

print("openai", openai.__version__, "anthropic", anthropic.__version__, "google-genai", genai.__version__)
ended = {}
for name, make, ask in (("anthropic", anthropic_message, by_anthropic), ("openai chat", openai_chat, by_openai), ("openai responses", openai_response, by_responses), ("google", gemini_answer, by_google)):
    Provider.text = "".join(make()).encode()
    try:
        ended[name] = ask()
        print(f"{name}: {ended[name][0]!r}, why it ended: {ended[name][1]}")
    except Exception as error:
        ended[name] = None
        print(f"{name}: {type(error).__name__}: {error}")
whole = ("Take no more than", None)
sys.exit(ended != {"anthropic": whole, "openai chat": whole, "openai responses": None, "google": whole})
PY
