#!/usr/bin/env python3
"""Writes app/chat/normal_growth.inc: how many bytes of UTF-8 a character gains at most by NFC and by NFKC.

A character that stands before a combining mark may come apart, so the longer of the composed and the
decomposed form counts; not for Hangul, whose syllables are composed again whatever follows.
Neighbours with nearly the same figures share a row, with the larger.
    tests/bound/normal_growth.py > app/chat/normal_growth.inc
"""
import unicodedata as ucd

NEAR = 8  # code points between rows that may become one


def size(text):
    return len(text.encode())


def gain(code, composed, decomposed):
    text = chr(code)
    forms = [composed] if 0xAC00 <= code <= 0xD7A3 else [composed, decomposed]
    return max(0, max(size(ucd.normalize(form, text)) for form in forms) - size(text))


rows = []
for code in list(range(0x80, 0xD800)) + list(range(0xE000, 0x110000)):
    nfc, nfkc = gain(code, "NFC", "NFD"), gain(code, "NFKC", "NFKD")
    if not nfc and not nfkc:
        continue
    if rows and code - rows[-1][1] <= NEAR and abs(rows[-1][2] - nfc) <= 1 and abs(rows[-1][3] - nfkc) <= 1:
        rows[-1][1:] = [code, max(rows[-1][2], nfc), max(rows[-1][3], nfkc)]
    else:
        rows.append([code, code, nfc, nfkc])
print(f"/* Made by tests/bound/normal_growth.py from Unicode {ucd.unidata_version}.  First, last, bytes by NFC, by NFKC. */")
for row in rows:
    print("{ 0x%x, 0x%x, %d, %d }," % tuple(row))
