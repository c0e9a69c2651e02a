"""LlamaIndex, by OpenAILike."""
import asyncio

from llama_index.core.agent.workflow import FunctionAgent
from llama_index.llms.openai_like import OpenAILike
from task import BASE, KEY, MODEL, PLAIN, TASK, run_command, show

llm = OpenAILike(model=MODEL, api_key=KEY, api_base=f"{BASE}/v1", is_chat_model=True, is_function_calling_model=True)


async def main():
    show(str(llm.complete(PLAIN)), list(llm.stream_complete(PLAIN))[-1].text)
    print(await FunctionAgent(tools=[run_command], llm=llm).run(TASK))


asyncio.run(main())
