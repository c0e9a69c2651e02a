"""OpenAI's Agents SDK, at Responses and, with `chat`, at chat completions."""
import asyncio
import sys

from agents import Agent, Runner, function_tool, set_default_openai_api, set_default_openai_client, set_tracing_disabled
from openai import AsyncOpenAI
from task import BASE, KEY, MODEL, PLAIN, TASK, run_command, show

set_tracing_disabled(True)
set_default_openai_client(AsyncOpenAI(api_key=KEY, base_url=f"{BASE}/v1"))
if "chat" in sys.argv:
    set_default_openai_api("chat_completions")


async def stream(agent, prompt):
    result = Runner.run_streamed(agent, prompt)
    async for _ in result.stream_events():
        pass
    return result.final_output


async def main():
    plain = Agent(name="plain", model=MODEL)
    show((await Runner.run(plain, PLAIN)).final_output, await stream(plain, PLAIN))
    print(await stream(Agent(name="worker", model=MODEL, tools=[function_tool(run_command)]), TASK))


asyncio.run(main())
