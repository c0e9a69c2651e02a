#!/usr/bin/env python3
"""Bound / real tokens of the input for a corpus of bodies, before and after: a table in Markdown.

    table.py [--all] [FAMILY...]        --all: a row for each body

"before" is the bound of August 2026: a token a byte of JSON, with margins.  "after" is what app/ says now.
"""
import json
import re
import statistics
import sys

from bounds import Bounds
from corpus import bodies
from families import FAMILIES, kind
from rendered import RENDERED


def before(body, tokenizer, tools):
    size = len(body)
    if tokenizer == "sentencepiece":
        return size + size // 16 + 64 + (512 if tools else 0)
    if tokenizer.startswith("claude") or tokenizer == "unknown":
        return size + len(re.sub(rb"[\x00-\x7f]", b"", body)) + size // 16 + 64 + (1024 if tools else 0)
    return size + 64 + (512 if tools else 0)


def said(message):
    """The text of a message, which may come in parts."""
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


def texts_of(chat):
    """What a vendor without a template here is given at least: each text, and tools as compact JSON; 4 tokens a message."""
    for message in chat["messages"]:
        yield said(message)
        for call in message.get("tool_calls", []):
            yield call["function"]["name"] + call["function"]["arguments"]
    if chat.get("tools"):
        yield json.dumps(chat["tools"], ensure_ascii=False)


def counting(family):
    alone = FAMILIES[family][1]().alone
    return lambda texts: [alone(t) for t in texts]


def by_texts(family):
    count = counting(family)
    return lambda chat: sum(count(list(texts_of(chat)))) + 4 * len(chat["messages"])


def cookbook(encoding):
    """OpenAI's cookbook, "How to count tokens with tiktoken": 3 a message, tools by 7, 3, 3 and 12."""
    count = counting(encoding)

    def tokens(chat):
        total = 3
        for message in chat["messages"]:
            total += 3 + sum(count([message["role"], said(message)]))
            for call in message.get("tool_calls", []):
                total += 3 + sum(count([call["function"]["name"], call["function"]["arguments"]]))
        for tool in (t["function"] for t in chat.get("tools", [])):
            total += 7 + sum(count([tool["name"] + ":" + tool["description"].rstrip(".")])) + 3
            for name, schema in tool["parameters"]["properties"].items():
                total += 3 + count([f"{name}:{schema.get('type', '')}:{schema.get('description', '').rstrip('.')}"])[0]
                if schema.get("enum"):
                    total += sum(3 + count([str(e)])[0] for e in schema["enum"]) - 3
        return total + (12 if chat.get("tools") else 0)
    return tokens


def families():
    for name in ("gpt-oss", "qwen3", "qwen3.5", "deepseek-v3.1", "llama3.3", "mistral-v3-tekken", "gemma4"):
        yield name, RENDERED[name][0], RENDERED[name][1]
    yield "gpt-4o", "o200k", lambda: cookbook("o200k")
    yield "gpt-4", "cl100k", lambda: cookbook("cl100k")
    yield "claude-4.6", "claude", lambda: by_texts("claude-3")
    yield "claude-4.8", "claude47", lambda: by_texts("claude-4.8")


def main():
    asked, bounds, failed = [a for a in sys.argv[1:] if a != "--all"], Bounds(), False
    corpus = {name: (chat, json.dumps(chat, ensure_ascii=False, separators=(",", ":")).encode()) for name, chat in bodies().items()}
    sizes = sorted(len(body) for _, body in corpus.values())
    print(f"{len(corpus)} bodies of {sizes[0]} to {sizes[-1]} bytes\n")
    print("| family | bodies | before: median | least | after: median | least | most |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name, tokenizer, load in families():
        if asked and name not in asked:
            continue
        count, rows = load(), []
        for title, (chat, body) in corpus.items():
            try:
                real = count(chat)
            except Exception as error:
                print(f"{name}: {title}: {error!r}"[:150], file=sys.stderr)
                continue
            after = bounds.of([body], kind(tokenizer), Bounds.OPENAI)[0]
            rows.append((before(body, tokenizer, chat.get("tools")) / real, after / real, title, real, len(body)))
        old, new = [r[0] for r in rows], [r[1] for r in rows]
        print(f"| {name} | {len(rows)} | {statistics.median(old):.2f} | {min(old):.2f} | {statistics.median(new):.2f} | {min(new):.2f} | {max(new):.2f} |", flush=True)
        failed |= min(new) < 1
        for row in rows if "--all" in sys.argv else []:
            print(f"    {row[2]}: {row[4]} bytes, {row[3]} tokens, before {row[0]:.2f}, after {row[1]:.2f}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
