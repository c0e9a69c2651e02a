"""Google's Agent Development Kit, by its Gemini class."""
import asyncio
import os

from task import BASE, KEY, MODEL, PLAIN, TASK, run_command, show

os.environ.update(GOOGLE_API_KEY=KEY, GOOGLE_GEMINI_BASE_URL=BASE)
from google.adk.agents import Agent  # noqa: E402
from google.adk.agents.run_config import RunConfig, StreamingMode  # noqa: E402
from google.adk.models import Gemini  # noqa: E402
from google.adk.runners import InMemoryRunner  # noqa: E402
from google.genai import types  # noqa: E402


async def ask(prompt, mode, tools=()):
    runner = InMemoryRunner(agent=Agent(name="worker", model=Gemini(model=MODEL), tools=list(tools)), app_name="sideways")
    session = await runner.session_service.create_session(app_name="sideways", user_id="someone")
    text = ""
    async for event in runner.run_async(user_id="someone", session_id=session.id, run_config=RunConfig(streaming_mode=mode),
                                        new_message=types.Content(role="user", parts=[types.Part(text=prompt)])):
        if getattr(event, "error_message", None):
            raise RuntimeError(event.error_message)
        if not event.partial and event.content:
            text = "".join(part.text or "" for part in event.content.parts or [])
    return text


async def main():
    show(await ask(PLAIN, StreamingMode.NONE), await ask(PLAIN, StreamingMode.SSE))
    print(await ask(TASK, StreamingMode.SSE, [run_command]))


asyncio.run(main())
