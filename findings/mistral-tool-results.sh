#!/bin/bash
# What a Mistral model reads of a tool's result that happens to be JSON.
#
# Guess: a tool's result is a text and reaches the prompt as it is; at most it is put in quotes.  So a version "1.10" stays 1.10.
# Seen:  mistral-common (the tokenizer of Mistral's own API client and of vLLM) tries to read each result as JSON and writes it anew when that
#        succeeds.  The version 1.10 is read as the number 1.1, the id 9007199254740993.0 as another id, 1e15 as 1000000000000000.0 (one
#        more reason why a byte of the body is no bound of a token), and of a name that stands twice in an object only the last is left.
# Date:  2026-11-29.  Source: mistral_common/tokens/tokenizers/instruct.py of 1.13.1 (json.loads of the content), and this run.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q mistral-common==1.13.1 sentencepiece==0.2.3
cat >"$work/ask.py" <<'PY'
from importlib.metadata import version
from mistral_common.protocol.instruct.request import ChatCompletionRequest
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

tokenizer = MistralTokenizer.v3(is_tekken=True)
print("mistral-common", version("mistral-common"))
for result in ["1.10", "9007199254740993.0", "1e15", '{"a": 1, "a": 2}', "v1.10"]:
    call = {"id": "abcdefghi", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    chat = ChatCompletionRequest(model="m", messages=[
        {"role": "user", "content": "q"}, {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "abcdefghi", "name": "f", "content": result}])
    text = tokenizer.encode_chat_completion(chat).text
    print(result, "->", text[text.index('{"content": ') + 12:text.index(', "call_id"')])
PY
"$work/venv/bin/python" "$work/ask.py" | tee "$work/seen"
diff - "$work/seen" <<'SEEN'
mistral-common 1.13.1
1.10 -> 1.1
9007199254740993.0 -> 9007199254740992.0
1e15 -> 1000000000000000.0
{"a": 1, "a": 2} -> {"a": 2}
v1.10 -> "v1.10"
SEEN
echo 'as described'
