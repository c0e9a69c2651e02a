#!/usr/bin/env python3
"""Searches by mutation for texts whose real tokens pass our bound.

    search.py [--texts N] [--seconds S] [--seed N] [FAMILY...]

Texts are kept by their ratio of real tokens to bound, and mostly made from those that were best so far.
Every third is JSON, which is rendered again as vendors do before it is counted.  A text that passes the
bound is printed and ends the family with a failure.  texts.c and text_maker.c make them.
"""
import argparse
import os
import pathlib
import struct
import subprocess
import sys
import time

from families import FAMILIES, kind

TEXTS = os.environ.get("TEXTS", str(pathlib.Path(__file__).parent / "../../build/tests/bound/texts"))
ALLOWED = {"sentencepiece": 1, "claude": 1, "claude47": 1, "unknown": 1}  # a token for a text that begins


def search(name, texts, seconds, seed):
    """texts.c makes the texts and bounds them; here they are counted."""
    tokenizer, load = FAMILIES[name]
    counter, begin, done = load(), time.process_time(), 0
    program = subprocess.Popen([TEXTS, str(kind(tokenizer)), str(ALLOWED.get(tokenizer, 0)), str(texts), str(int(seconds)), str(seed),
                                "" if counter.separator == "\0" else counter.separator, str(counter.mark)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    while True:
        length = struct.unpack("=I", program.stdout.read(4) or b"\0\0\0\0")[0]
        if length == 0:
            break
        numbers = counter.count(program.stdout.read(length).decode())
        program.stdin.write(struct.pack("=I", len(numbers)) + numbers.tobytes())
        program.stdin.flush()
        done += 1000
    print(f"{name}: {done / max(time.process_time() - begin, 0.001):.0f} texts counted in a second of one core", file=sys.stderr, flush=True)
    return program.wait() == 0


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--texts", type=int, default=20000)
    options.add_argument("--seconds", type=float, default=10**9)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("families", nargs="*")
    asked = options.parse_args()
    good = [search(f, asked.texts, asked.seconds, asked.seed) for f in asked.families or FAMILIES]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
