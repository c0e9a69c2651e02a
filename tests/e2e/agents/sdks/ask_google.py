"""Google's SDK, which calls the function itself."""
from google import genai
from google.genai import types
from task import BASE, KEY, MODEL, PLAIN, TASK, run_command, show

client = genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=BASE))
whole = client.models.generate_content(model=MODEL, contents=PLAIN).text
show(whole, "".join(chunk.text or "" for chunk in client.models.generate_content_stream(model=MODEL, contents=PLAIN)))
chat = client.chats.create(model=MODEL, config=types.GenerateContentConfig(tools=[run_command]))
print("".join(chunk.text or "" for chunk in chat.send_message_stream(TASK)))
