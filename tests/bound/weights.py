#!/usr/bin/env python3
"""Writes what each token of o200k weighs at Claude, by ctok: three bytes each, for app/vocabulary.

    tests/bound/weights.py 3.0 > config/vocabularies/claude_3.weights
    tests/bound/weights.py 4.8 > config/vocabularies/claude_4_8.weights

Claude's vocabulary knows the bounds of words and capitals, so what a token costs depends on what stands around it.  The first two bytes are
four weights of four bits, the most that a text grows by when the token is put where it stands free: behind a word and before a space, behind
a word and before another, behind another and before a space, behind another and before another, the first in the lowest bits; others are
signs, line breaks and the text's ends.  0 there: the third byte holds.  That one also has letters and digits beside it, and spaces that no
word before them takes in.  A part of a character counts two for each byte.  sweep.py repeats tokens with something between them and looks for more than is weighed.
"""
import base64
import sys
import unicodedata

from ctok import token_count
from families import HOME

BEHIND = [["y"], [".", "(", "\n"]]
BEFORE = [[" y"], [".", ")", "\n", "y"]]
TOUCHED = [("1", "1"), ("\n", "\n"), ("a", ""), ("", "a"), ("a", "a"), ("aX", ""), ("A", "A")]


def growth(token, around, counts):
    """The most that the token adds between two sides, of which each stands with a word beside it where the token is left out."""
    most = 1
    for left, right in around:
        before = counts("y " + left) if left[-1:].isalnum() else counts("y " + left + "z") - counts("z") + counts("")
        behind = counts("y" + (" " if right[:1].isalpha() else "") + right + " y") - counts("y")
        most = max(most, counts("y " + left + token + right + " y") - before - behind)
    return min(255, most)


def stands_free(token, left, right):
    return (not (token[0].isalnum() and left == "y") and not (token[0] == " " and left == "\n") and
            not (token[-1].isalnum() and right == "y"))


def free_weights(token, counts):
    four = [growth(token, [(left, right) for left in lefts for right in rights if stands_free(token, left, right)], counts)
            for lefts in BEHIND for rights in BEFORE]
    return four[:2] + [max(four[0], four[2]), max(four[1], four[3])]  # a sign may leave to the token what a word takes over


def again_and_again(token, counts):
    """What the token adds when it stands once more behind itself, alone and in lines: what its own surroundings make of it."""
    return [-(-(counts(12 * text) - counts(4 * text)) // 8) for text in (token, token + "\n")]


def packed(free, touched):
    four = [w if w < 16 else 0 for w in free]
    return bytes([four[0] | four[1] << 4, four[2] | four[3] << 4, touched])


def is_cjk(c):
    return "\u3040" <= c <= "\u30ff" or "\u3400" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" or "\uf900" <= c <= "\ufaff"


def unlucky(token):
    """What no list of surroundings shows: a capital may be a mark of its own, and a letter or two meet nothing in the vocabulary; Han, Kana
    and Hangul are words as they are."""
    letters = [c for c in token if c.isalpha()]
    return token[:2].lstrip(" ")[:1].isupper() + (0 < len(letters) <= 2 and not all(map(is_cjk, letters)))


def has_foreign_number(token):
    """The search found lines of Burmese digits and brackets, a token a sign more than the digit beside others costs."""
    return any(c > "\x7f" and unicodedata.category(c)[0] == "N" for c in token)


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
            out += packed([2 * len(ranks[rank])] * 4, 2 * len(ranks[rank]))
            continue
        free, more = free_weights(token, counts), has_foreign_number(token)
        touched = max(*free, growth(token, TOUCHED, counts)) + unlucky(token)
        if token.isascii() and len(token) <= 4 and any(c.isalpha() for c in token):
            alone, line = again_and_again(token, counts)
            free[2:] = [max(w, line - 1) for w in free[2:]]  # a line break weighs 1
            touched = max(touched, alone, line - 1)
        out += packed([w + more for w in free], min(255, touched + more))
    sys.stdout.buffer.write(out)


if __name__ == "__main__":
    main()
