#!/usr/bin/env python3
"""Searches by mutation for chats with tools, schemas, arguments and results that pass our bound once a vendor has rendered them.

    chats.py [--chats N] [--seed N] [NAME...]
"""
import argparse
import copy
import json
import random
import sys
import time

from bounds import Bounds
from families import kind
from rendered import RENDERED

ASCII = [chr(c) for c in range(32, 127)]
BLOCKS = [(0x80, 0x250), (0x2B0, 0x530), (0x590, 0x750), (0x900, 0xE80), (0xF00, 0x1200), (0x1E00, 0x2400), (0x2A00, 0x3400),
          (0x4E00, 0x4F00), (0xAC00, 0xAD00), (0xF900, 0x10000), (0x11000, 0x11900), (0x1D100, 0x1D200), (0x1D400, 0x1D800),
          (0x1F100, 0x1F700), (0x20000, 0x20100), (0x2F800, 0x2FA20)]
PIECES = ["\n", "\t", "  ", "    ", "', '", '","', "1e15", "[1,2", "0.", "12", "é", "\u0301", "\u0323", "\u0958", "\U0001d160", "\ufdfa",
          "Ǖ", "\u0328", "<|", "|>", "'s", "'LL", "//", "\r\n", "~ ", "Y,N,", "aB", "ZZ", "\x7f", "\u00a0", "\u2028", "\ufb2c", "ﷺ", "각", "\u1100", "\u1161"]


class Texts:
    """Texts, JSON or not; text_maker.c is its greater brother."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def character(self):
        r = self.random.random()
        if r < 0.6:
            return self.random.choice(ASCII)
        if r < 0.75:
            return self.random.choice(PIECES)
        low, high = self.random.choice(BLOCKS)
        return chr(self.random.randrange(low, high))

    def text(self):
        unit = "".join(self.character() for _ in range(self.random.randint(1, 6)))
        return unit * self.random.randint(1, 6) if self.random.random() < 0.7 else unit

    def value(self, depth=0):
        r = self.random.random()
        if r < 0.35:
            return self.random.choice([1, 0, -1, 7.5, 12, 1e15, 123456, 1e22, 5e-7, 0.1, True, None])
        if r < 0.6 or depth == 3:
            return self.text()[:12]
        if r < 0.85:
            return [self.value(depth + 1) for _ in range(self.random.randint(0, 6))]
        return {self.text()[:4]: self.value(depth + 1) for _ in range(self.random.randint(0, 4))}

    def json(self):
        text = json.dumps(self.value(), ensure_ascii=False, separators=(",", ":"))
        # The client may write what Python would not: 1e15 for 1000000000000000.0.
        return text.replace("1000000000000000.0", "1e15").replace("1e+22", "1e22")[:400]


class Chats:
    def __init__(self, seed):
        self.random, self.maker, self.kept = random.Random(seed), Texts(seed), []

    def text(self):
        return self.maker.text().encode("utf-8", "replace").decode().strip() or "a"

    def name(self):
        return "".join(self.random.choice("abcXYZ_0123") for _ in range(self.random.randint(1, 9))) + "f"

    def schema(self, depth=0):
        r = self.random.random()
        if depth == 3 or r < 0.35:
            out = {"type": self.random.choice(["string", "number", "integer", "boolean"])}
            if self.random.random() < 0.4:
                out["enum"] = [self.random.choice([1, 2, 3.5, "a", self.text()[:6]]) for _ in range(self.random.randint(1, 9))]
            if self.random.random() < 0.2:
                out["default"] = self.random.choice([0, 1e15, "x", [1, 2, 3]])
        elif r < 0.5:
            out = {"type": "array", "items": self.schema(depth + 1)}
        else:
            names = [self.name() for _ in range(self.random.randint(0, 5))]
            out = {"type": "object", "properties": {n: self.schema(depth + 1) for n in names}}
            if self.random.random() < 0.5:
                out["required"] = names
        if self.random.random() < 0.4:
            out["description"] = self.text()
        return out

    def tool(self):
        parameters = self.schema()
        if parameters["type"] != "object":
            parameters = {"type": "object", "properties": {"v": parameters}}
        return {"type": "function", "function": {"name": self.name(), "description": self.text(), "parameters": parameters}}

    def turn(self, number):
        question = {"role": "user", "content": self.text()}
        if self.random.random() < 0.4:
            return [question, {"role": "assistant", "content": self.text()}]
        calls = [{"id": "call%05d" % (10 * number + i), "type": "function",
                  "function": {"name": self.name(), "arguments": json.dumps({self.name(): self.maker.value()}, separators=(",", ":"), ensure_ascii=False)}}
                 for i in range(self.random.randint(1, 2))]
        results = [{"role": "tool", "tool_call_id": c["id"], "name": c["function"]["name"],
                    "content": self.maker.json() if self.random.random() < 0.7 else self.text()} for c in calls]
        return [question, {"role": "assistant", "content": "", "tool_calls": calls}] + results + [{"role": "assistant", "content": self.text()}]

    def fresh(self):
        messages = [{"role": "system", "content": self.text()}] if self.random.random() < 0.5 else []
        for number in range(self.random.choice([0, 0, 1, 1, 2, 5, 20])):
            messages += self.turn(number)
        chat = {"model": "m", "messages": messages + [{"role": "user", "content": self.text()}]}
        if self.random.random() < 0.6:
            chat["tools"] = [self.tool() for _ in range(self.random.choice([1, 1, 2, 3, 10]))]
        return chat

    def chat(self):
        if not self.kept or self.random.random() < 0.3:
            return self.fresh()
        chat = copy.deepcopy(self.random.choice(self.kept)[1])
        at = self.random.choice(chat["messages"])
        if at["role"] == "tool":
            at["content"] = self.maker.json()
        elif at.get("tool_calls"):
            at["tool_calls"][0]["function"]["arguments"] = json.dumps({"a": self.maker.value()}, separators=(",", ":"), ensure_ascii=False)
        else:
            at["content"] = self.text()
        if chat.get("tools") and self.random.random() < 0.5:
            chat["tools"][self.random.randrange(len(chat["tools"]))] = self.tool()
        return chat

    def keep(self, ratio, chat):
        self.kept.append((ratio, chat))
        if len(self.kept) > 300:
            self.kept = sorted(self.kept, key=lambda k: -k[0])[:100]


def compact(chat):
    text = json.dumps(chat, ensure_ascii=False, separators=(",", ":"))
    return text.replace("1000000000000000.0", "1e15").encode("utf-8", "replace")


def bones(chat):
    """The chat with its words left out, and how many texts they were: what the vendor writes around them, and what we allow for it,
    is in both."""
    bare, texts = copy.deepcopy(chat), 0

    def schema(at):
        nonlocal texts
        if isinstance(at, dict):
            for key, value in at.items():
                if key == "description":
                    at[key], texts = "a", texts + 1
                else:
                    schema(value)
    for message in bare["messages"]:
        if message["content"]:
            message["content"], texts = "a", texts + 1
        for call in message.get("tool_calls", []):
            call["function"]["arguments"], texts = "{}", texts + 1
    for tool in bare.get("tools", []):
        schema(tool)
    return bare, texts


def bare_excess(chat, count, bounds, tokenizer):
    """Real tokens of the words alone above our count of them, without a margin.  What stands around a text may split it once more."""
    bare, texts = bones(chat)
    ours, without = bounds.of([compact(chat), compact(bare)], kind(tokenizer), Bounds.BARE)
    return count(json.loads(compact(chat))) - count(bare) - (ours - without) - texts if ours >= 0 else None


def search(name, number, seed):
    tokenizer, load = RENDERED[name]
    count, bounds, chats, best, refused, why, nearest = load(), Bounds(), Chats(seed), (0, None), 0, "", -10**9
    begin = time.time()
    for done in range(number // 100):
        batch = [chats.chat() for _ in range(100)]
        for chat, bound in zip(batch, bounds.of([compact(c) for c in batch], kind(tokenizer), Bounds.OPENAI)):
            try:
                real = count(json.loads(compact(chat)))
            except Exception as error:  # a template that refuses such a chat
                refused, why = refused + 1, repr(error)[:100]
                continue
            if real > bound:
                print(f"{name}: {real} real tokens, bound {bound}: {compact(chat).decode()}")
                return False
            excess = bare_excess(chat, count, bounds, tokenizer)
            nearest = nearest if excess is None else max(nearest, excess)
            if nearest > 0:
                print(f"{name}: {excess} real tokens more than are counted, and a margin hides them: {compact(chat).decode()}")
                return False
            chats.keep(real / bound, chat)
            best = max(best, (real / bound, len(compact(chat))))
    bare = f"; {-nearest} tokens below the bare count at the nearest" if nearest > -10**9 else ""
    print(f"{name}: {number} chats, none passes the bound{bare}; best {best[0]:.3f} ({best[1]} bytes); {refused} refused by the template {why}; {time.time() - begin:.0f} s", flush=True)
    return refused < number / 2


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--chats", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("names", nargs="*")
    asked = options.parse_args()
    good = [search(n, asked.chats, asked.seed) for n in asked.names or RENDERED]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
