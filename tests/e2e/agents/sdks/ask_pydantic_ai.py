"""Pydantic AI, with each vendor's own model class."""
import sys

from pydantic_ai import Agent
from task import BASE, KEY, MODEL, PLAIN, TASK, run_command, show


def model(kind):
    if kind == "anthropic":
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider
        return AnthropicModel(MODEL, provider=AnthropicProvider(api_key=KEY, base_url=BASE))
    if kind == "google":
        from pydantic_ai.models.google import GoogleModel
        from pydantic_ai.providers.google import GoogleProvider
        return GoogleModel(MODEL, provider=GoogleProvider(api_key=KEY, base_url=BASE))
    from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
    from pydantic_ai.providers.openai import OpenAIProvider
    made = OpenAIResponsesModel if kind == "responses" else OpenAIChatModel
    return made(MODEL, provider=OpenAIProvider(api_key=KEY, base_url=f"{BASE}/v1"))


made = model(sys.argv[1])
whole = Agent(made).run_sync(PLAIN).output
stream = Agent(made).run_stream_sync(PLAIN)
show(whole, list(stream.stream_text())[-1])
print(Agent(made, tools=[run_command]).run_sync(TASK).output)
