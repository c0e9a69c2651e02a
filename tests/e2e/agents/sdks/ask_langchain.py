"""LangChain, with each vendor's own chat class."""
import sys

from langchain.agents import create_agent
from task import BASE, KEY, MODEL, PLAIN, TASK, run_command, show


def model(kind):
    if kind == "anthropic":
        from langchain_anthropic import ChatAnthropic
        return ChatAnthropic(model=MODEL, api_key=KEY, base_url=BASE)
    if kind == "google":
        from langchain_google_genai import ChatGoogleGenerativeAI
        return ChatGoogleGenerativeAI(model=MODEL, api_key=KEY, base_url=BASE)
    from langchain_openai import ChatOpenAI
    return ChatOpenAI(model=MODEL, api_key=KEY, base_url=f"{BASE}/v1", use_responses_api=kind == "responses")


made = model(sys.argv[1])
show(made.invoke(PLAIN).text, "".join(chunk.text for chunk in made.stream(PLAIN)))
for state in create_agent(made, tools=[run_command]).stream({"messages": [("user", TASK)]}, stream_mode="values"):
    last = state["messages"][-1]
print(last.text)
