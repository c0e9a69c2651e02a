"""llm by Simon Willison, its library: a model of OpenAI's format as extra-openai-models.yaml describes it."""
from llm.default_plugins.openai_models import Chat
from task import BASE, KEY, MODEL, PLAIN, TASK, run_command, show

model = Chat(MODEL, model_name=MODEL, api_base=f"{BASE}/v1", supports_tools=True)
model.key = KEY
show(model.prompt(PLAIN, stream=False).text(), "".join(model.prompt(PLAIN, stream=True)))
print(model.chain(TASK, tools=[run_command]).text())
