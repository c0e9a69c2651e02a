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
from search import Maker


class Chats:
    def __init__(self, seed):
        self.random, self.maker, self.kept = random.Random(seed), Maker(seed), []

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


def search(name, number, seed):
    tokenizer, load = RENDERED[name]
    count, bounds, chats, best, refused, why = load(), Bounds(), Chats(seed), (0, None), 0, ""
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
            chats.keep(real / bound, chat)
            best = max(best, (real / bound, len(compact(chat))))
    print(f"{name}: {number} chats, none passes the bound; best {best[0]:.3f} ({best[1]} bytes); {refused} refused by the template {why}; {time.time() - begin:.0f} s", flush=True)
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
