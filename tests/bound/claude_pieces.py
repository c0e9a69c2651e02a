#!/usr/bin/env python3
"""Writes what ctok knows of Claude's vocabularies, for app/vocabulary/claude.c.

    tests/bound/claude_pieces.py v3 > config/vocabularies/claude_3.tokens
    tests/bound/claude_pieces.py v4.7 > config/vocabularies/claude_4_7.tokens
    tests/bound/claude_pieces.py characters > config/vocabularies/claude.characters

A file of tokens has each token's length in a byte and then itself; marks of words and case are the bytes 1 to 4, which no text has.  The
beginnings of characters that are a token are among them.  The file of characters has a byte for the class of each code point below
65536, then, in two bytes of each, the small letter of a capital, else 0, and then rows of two bytes a code point: one that NFC
changes, and the up to three that it becomes, in order; a row of nothing ends them.  All characters above are letters that stand alone.
"""
import re
import sys
import unicodedata

from ctok.constants import BOW_G, CAPS_G, DIGIT, EOW_G, FUNNY_SPACE, PUNCT, SHIFT_G, SPACE, STRIP_CONTROL, STRIP_PRIVATE, WORDY
from ctok.main import _model
from ctok.normalize import _hard_kind, _is_lower, _is_selector, _is_upper, _lower, _stray_mark, classify

MARKS = str.maketrans({BOW_G: "\1", EOW_G: "\2", SHIFT_G: "\3", CAPS_G: "\4"})
# as app/vocabulary/claude.c has them
STRIPPED, BLANK, OTHER_SPACE, WORD, UPPER, ODD, CASELESS, UNASSIGNED, STRAY, DIGITS, OTHER_DIGITS, SIGN, LETTER_ALONE, NUMBER_ALONE, SIGN_ALONE, SELECTOR, CHANGED = range(17)


def tokens(family):
    model = _model(family)
    found = {piece.translate(MARKS).encode() for piece in model.vocab} | {bytes.fromhex(begin) for begin in model.bytes.tokens}
    return b"".join(bytes([len(token)]) + token for token in sorted(found) if len(token) > 1)


def is_changed(code):
    if 0xD800 <= code < 0xE000:
        return False
    becomes = unicodedata.normalize("NFC", chr(code))
    return becomes != chr(code) and max(becomes) < "\U00010000"  # eight Han become longer ones, which stand alone as well


def class_of(code):
    c = chr(code)
    if is_changed(code):
        return CHANGED
    if c in "\0 " or FUNNY_SPACE.match(c):
        return BLANK
    if STRIP_CONTROL.match(c) or STRIP_PRIVATE.match(c):
        return STRIPPED
    if re.match("[\ud800-\udfff]", c):
        return LETTER_ALONE
    kind = classify(c)
    if kind == WORDY:
        if c == "\u1e9e" or _stray_mark(c):
            return ODD if c == "\u1e9e" else STRAY
        if _is_upper(c) and c != "\u0130":
            return UPPER
        if unicodedata.category(c) == "Cn":
            return UNASSIGNED
        return WORD if _is_lower(c) or unicodedata.category(c)[0] in "LM" else CASELESS
    if kind == DIGIT:
        return DIGITS if c.isascii() else OTHER_DIGITS
    if _is_selector(c):
        return SELECTOR
    return {SPACE: OTHER_SPACE, PUNCT: SIGN}.get(kind) or {"letter": LETTER_ALONE, "number": NUMBER_ALONE, "punct": SIGN_ALONE}[_hard_kind(c)]


def two(code):
    return code.to_bytes(2, "little")


def characters():
    classes = bytes(map(class_of, range(0x10000)))
    changed = [(code, [*map(ord, unicodedata.normalize("NFC", chr(code)))]) for code in range(0x10000) if is_changed(code)]
    return (classes + b"".join(two(ord(_lower(chr(code))) if kind == UPPER else 0) for code, kind in enumerate(classes))
            + b"".join(b"".join(map(two, [code, *parts] + [0] * (3 - len(parts)))) for code, parts in changed) + bytes(8))


sys.stdout.buffer.write(characters() if sys.argv[1] == "characters" else tokens(sys.argv[1]))
