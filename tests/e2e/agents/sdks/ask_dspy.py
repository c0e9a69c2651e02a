"""DSPy's LM, which asks by LiteLLM's SDK.  Its modules write their tools into the text of the prompt; here is the way with native tools.
What it shows as a stream is an answer by its asynchronous way: streams are not tried."""
import asyncio
import json

import dspy
from task import BASE, DESCRIPTION, KEY, MODEL, PARAMETERS, PLAIN, TASK, run_command, show

lm = dspy.LM(f"openai/{MODEL}", api_base=f"{BASE}/v1", api_key=KEY, cache=False)


async def later():
    return (await lm.aforward(prompt=PLAIN)).choices[0].message.content


show(lm(PLAIN)[0], asyncio.run(later()))
messages = [{"role": "user", "content": TASK}]
tools = [{"type": "function", "function": {"name": "run_command", "description": DESCRIPTION, "parameters": PARAMETERS}}]
while True:
    message = lm.forward(messages=messages, tools=tools).choices[0].message
    messages.append(message.model_dump(exclude_none=True))
    if not message.tool_calls:
        break
    for call in message.tool_calls:
        messages.append({"role": "tool", "tool_call_id": call.id, "content": run_command(**json.loads(call.function.arguments))})
print(message.content)
