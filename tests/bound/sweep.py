#!/usr/bin/env python3
"""Repeats each short token of o200k with something between, and compares ctok's count with the bound of Claude's families.

    sweep.py [LENGTH]        tokens of up to LENGTH characters (default 2); ends with an error where a text passes its bound

Mutation seldom makes such texts (search.py): lines of "zz" passed a bound that three million others had not.
"""
import base64
import sys

from bounds import Bounds
from families import FAMILIES, HOME, kind

BETWEEN = [" ", "\n", ")", ",", "", "a", "1", ".", '"', "_"]


def texts(length):
    for line in (HOME / "node_modules/gpt-tokenizer/data/o200k_base.tiktoken").read_text().split("\n"):
        token = base64.b64decode(line.split(" ")[0])
        if token and token.isascii() and len(token) <= length:
            for between in BETWEEN:
                yield (token.decode() + between) * 20


def main():
    length, bounds, failed = int(sys.argv[1]) if len(sys.argv) > 1 else 2, Bounds(), False
    for family in ("claude-3", "claude-4.8"):
        tokenizer, load = FAMILIES[family]
        alone, all_texts, worst = load().alone, list(texts(length)), (0, "")
        for at in range(0, len(all_texts), 1000):
            some = all_texts[at:at + 1000]
            worst = max(worst, *((alone(text) / bound, text) for text, bound in zip(some, bounds.of_texts(some, kind(tokenizer)))))
        print(f"{family}: {len(all_texts)} texts, largest real / bound {worst[0]:.3f} {worst[1][:12]!r}", flush=True)
        failed |= worst[0] > 1
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
