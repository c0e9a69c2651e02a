"""OpenAI's SDK at chat completions and, with `responses`, at Responses."""
import json
import sys

from openai import OpenAI
from task import BASE, DESCRIPTION, KEY, MODEL, PARAMETERS, PLAIN, TASK, run_command, show

client = OpenAI(api_key=KEY, base_url=f"{BASE}/v1")


def chat():
    plain = [{"role": "user", "content": PLAIN}]
    whole = client.chat.completions.create(model=MODEL, messages=plain).choices[0].message.content
    chunks = client.chat.completions.create(model=MODEL, messages=plain, stream=True)
    show(whole, "".join(c.choices[0].delta.content or "" for c in chunks if c.choices))
    messages = [{"role": "user", "content": TASK}]
    tools = [{"type": "function", "function": {"name": "run_command", "description": DESCRIPTION, "parameters": PARAMETERS}}]
    while True:
        with client.chat.completions.stream(model=MODEL, messages=messages, tools=tools) as stream:
            message = stream.get_final_completion().choices[0].message
        messages.append(message)
        if not message.tool_calls:
            return message.content
        for call in message.tool_calls:
            messages.append({"role": "tool", "tool_call_id": call.id, "content": run_command(**json.loads(call.function.arguments))})


def responses():
    whole = client.responses.create(model=MODEL, input=PLAIN).output_text
    with client.responses.stream(model=MODEL, input=PLAIN) as stream:
        show(whole, "".join(e.delta for e in stream if e.type == "response.output_text.delta"))
    items = [{"role": "user", "content": TASK}]
    tools = [{"type": "function", "name": "run_command", "description": DESCRIPTION, "parameters": PARAMETERS, "strict": True}]
    while True:
        with client.responses.stream(model=MODEL, input=items, tools=tools) as stream:
            reply = stream.get_final_response()
        items += reply.output
        calls = [item for item in reply.output if item.type == "function_call"]
        if not calls:
            return reply.output_text
        for call in calls:
            items.append({"type": "function_call_output", "call_id": call.call_id, "output": run_command(**json.loads(call.arguments))})


print(responses() if "responses" in sys.argv else chat())
