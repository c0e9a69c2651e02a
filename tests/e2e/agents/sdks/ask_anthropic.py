"""Anthropic's SDK."""
from anthropic import Anthropic
from task import BASE, DESCRIPTION, KEY, MODEL, PARAMETERS, PLAIN, TASK, run_command, show

client = Anthropic(api_key=KEY, base_url=BASE)
plain = {"model": MODEL, "max_tokens": 1000, "messages": [{"role": "user", "content": PLAIN}]}
whole = client.messages.create(**plain).content[0].text
with client.messages.stream(**plain) as stream:
    show(whole, "".join(stream.text_stream))
messages = [{"role": "user", "content": TASK}]
while True:
    with client.messages.stream(model=MODEL, max_tokens=1000, messages=messages, tools=[{"name": "run_command", "description": DESCRIPTION, "input_schema": PARAMETERS}]) as stream:
        reply = stream.get_final_message()
    messages.append({"role": "assistant", "content": reply.content})
    calls = [block for block in reply.content if block.type == "tool_use"]
    if not calls:
        break
    messages.append({"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": run_command(**call.input)} for call in calls]})
print(reply.content[-1].text)
