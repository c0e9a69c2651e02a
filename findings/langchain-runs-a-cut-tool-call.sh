#!/bin/bash
# LangChain's agent runs a tool call that the token limit cut in the middle of a number, with what came of the number.
#
# One would guess: arguments that end in the middle are no JSON, so the call is not run; the message says finish_reason "length", and
# whether the program looks at the answer as it streams or at its end changes nothing of what it does.
#
# What happens: without a stream the call is an invalid_tool_call, and nothing runs. In a stream the pieces are put together by a parser
# that closes what is open: {"to": "Ann", "cents": 12 becomes a valid call of 12 cents (of 1250 perhaps), the agent runs it and asks the model
# again. agent.stream(stream_mode="messages") makes any model stream, so to watch an agent is enough. A gateway that lowers
# max_tokens to fit a budget has to know that such an answer is acted on.
#
# Seen on 2026-11-30 with langchain 1.5.2, langchain-core 1.8.3 (messages/ai.py, parse_partial_json), langchain-openai 1.7.4. Upstream's
# issue 39275 of August 2026, closed without a change, tells it of arguments that are missing; of a number that is cut nobody speaks.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install -q --disable-pip-version-check langchain==1.5.2 langchain-core==1.8.3 langchain-openai==1.7.4 langgraph==1.2.24
"$work/v/bin/python" - <<'PY'
import http.server, json, sys, threading
from importlib.metadata import version
from langchain.agents import create_agent
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

ARGUMENTS = '{"to": "Ann", "cents": 12'  # the limit came before 1250 was written

def piece(delta, finish=None):
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

def whole(message, finish):
    return {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}]}

def call(arguments, **more):
    return {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "pay", "arguments": arguments}, **more}]}

class Provider(http.server.BaseHTTPRequestHandler):
    requests = 0
    def log_message(self, *_): pass
    def do_POST(self):
        Provider.requests += 1
        streams = json.loads(self.rfile.read(int(self.headers["content-length"]))).get("stream")
        first = Provider.requests == 1
        if streams:
            said = [call("", index=0), {"tool_calls": [{"index": 0, "function": {"arguments": ARGUMENTS}}]}] if first else [{"content": "Done."}]
            events = [piece({"role": "assistant", **said[0]}), *map(piece, said[1:]), piece({}, "length" if first else "stop")]
            text = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
        else:
            text = json.dumps(whole(call(ARGUMENTS), "length") if first else whole({"content": "Done."}, "stop"))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if streams else "application/json")
        self.end_headers()
        self.wfile.write(text.encode())

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
paid = []

@tool
def pay(to: str, cents: int) -> str:
    """Pay."""
    paid.append((to, cents))
    return "paid"

def agent():
    return create_agent(ChatOpenAI(model="m", api_key="k", base_url=f"http://127.0.0.1:{server.server_port}"), [pay])

def asked_for_its_end(asked):
    agent().invoke(asked)

def watched(asked):
    for _ in agent().stream(asked, stream_mode="messages"): pass

print(", ".join(f"{name} {version(name)}" for name in ("langchain", "langchain-core", "langchain-openai", "langgraph")))
seen = {}
for way in (asked_for_its_end, watched):
    paid.clear()
    Provider.requests = 0
    way({"messages": [{"role": "user", "content": "Pay Ann 12.50."}]})
    seen[way] = (list(paid), Provider.requests)
    print(f"{way.__name__}: arguments {ARGUMENTS!r}, finish_reason 'length'; paid {paid}, {Provider.requests} requests")
sys.exit(seen != {asked_for_its_end: ([], 1), watched: ([("Ann", 12)], 2)})
PY
