#!/usr/bin/env python3
"""Writes a vocabulary as pairs of ranks, for app/vocabulary/make_table.c, from a .tiktoken file (lines of base64 and rank), a
tekken.json (the first 130072 of its tokens are used) or a tokenizer.json (byte-level, with merges that make each token once).  One of
SentencePiece (tokenizer.json, too) becomes a list of tokens in the order of their merges.

    tests/bound/vocabulary_pairs.py o200k_base.tiktoken > config/vocabularies/o200k_base.pairs
    tests/bound/vocabulary_pairs.py tokenizer-gemma3/models/tokenizer.json > config/vocabularies/gemma3.tokens
"""
import base64
import json
import sys


def of_tokenizer_json(path):
    model = json.load(open(path))["model"]
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]  # GPT-2's letters for bytes: these stand for themselves
    others = [b for b in range(256) if b not in plain]
    byte_of = {chr(b): b for b in plain} | {chr(256 + n): b for n, b in enumerate(others)}
    singles = sorted(byte_of, key=model["vocab"].get)
    ranks = {letter: rank for rank, letter in enumerate(singles)}
    out = bytes(byte_of[letter] for letter in singles)
    for merge in model["merges"]:
        left, right = merge.split(" ") if isinstance(merge, str) else merge
        assert left + right not in ranks
        ranks[left + right] = len(ranks)
        out += ranks[left].to_bytes(3, "little") + ranks[right].to_bytes(3, "little")
    return out


def is_made(token, ranks):
    """Whether its own characters come to it: four of Gemma 3's are never made, because what they begin with goes another way first."""
    parts = list(token)
    while len(parts) > 1:
        least, at = min((ranks.get(a + b, len(ranks)), at) for at, (a, b) in enumerate(zip(parts, parts[1:])))
        if least == len(ranks):
            return False
        parts[at:at + 2] = [parts[at] + parts[at + 1]]
    return True


def of_sentencepiece(model, added):
    merged = dict.fromkeys(left + right for left, right in model["merges"])  # ranks of one token stand together
    ranks = {token: rank for rank, token in enumerate(merged)}
    merged = {token: None for token in merged if is_made(token, ranks)}
    single = [t for t in model["vocab"] if len(t) == 1]
    tags = [t["content"] for t in added if not t["special"] and t["content"] not in merged and t["content"][0] == "<" and not t["content"].startswith(("<unused", "<mask"))]
    tokens = [t.replace("\u2581", " ").encode() for t in single + list(merged) + tags]
    return b"".join(bytes([len(t)]) + t for t in tokens)


def of_json(path):
    found = json.load(open(path))
    if "vocab" in found:
        return {base64.b64decode(t["token_bytes"]): t["rank"] for t in found["vocab"][:found["config"]["default_vocab_size"] - found["config"]["default_num_special_tokens"]]}
    sys.stdout.buffer.write(of_sentencepiece(found["model"], found["added_tokens"]) if found["model"]["byte_fallback"] else of_tokenizer_json(path))
    sys.exit(0)


ranks = of_json(sys.argv[1]) if sys.argv[1].endswith(".json") else {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in open(sys.argv[1]) if line.strip())}
tokens = sorted(ranks, key=ranks.get)
assert [ranks[t] for t in tokens] == list(range(len(tokens))) and all(len(t) == 1 for t in tokens[:256])


def halves(token, rank):
    """The two tokens that the tokenizer merges last to make this one; None: it is not made of earlier ones."""
    parts = [bytes([b]) for b in token]
    while len(parts) > 2:
        pairs = [(ranks.get(a + b, rank), at) for at, (a, b) in enumerate(zip(parts, parts[1:]))]
        least, at = min(pairs)
        if least >= rank:
            return None
        parts[at:at + 2] = [parts[at] + parts[at + 1]]
    return parts


out, written = b"".join(tokens[:256]), {token: rank for rank, token in enumerate(tokens[:256])}
for rank, token in enumerate(tokens[256:], 256):
    two = halves(token, rank)
    if not two or any(half not in written for half in two):
        continue  # 232 of Qwen 3.5's, that a tokenizer meets only where they are a whole piece: without them a text has the same tokens or more
    written[token] = len(written)
    out += b"".join(written[half].to_bytes(3, "little") for half in two)
print(f"{len(tokens) - len(written)} tokens left out", file=sys.stderr)
sys.stdout.buffer.write(out)
