"""Strands, with its models of OpenAI's format and, with `anthropic`, of Anthropic's.  It streams always."""
import sys

from strands import Agent, tool
from strands.models.anthropic import AnthropicModel
from strands.models.openai import OpenAIModel
from task import BASE, KEY, MODEL, PLAIN, TASK, run_command, show


def model():
    if "anthropic" in sys.argv:
        return AnthropicModel(client_args={"api_key": KEY, "base_url": BASE}, model_id=MODEL, max_tokens=1000)
    return OpenAIModel(client_args={"api_key": KEY, "base_url": f"{BASE}/v1"}, model_id=MODEL)


def ask(prompt, tools=()):
    return str(Agent(model=model(), tools=list(tools), callback_handler=None)(prompt)).strip()


show(ask(PLAIN), ask(PLAIN))
print(ask(TASK, [tool(run_command)]))
