#!/usr/bin/env python3
"""Writes app/chat/normal_unstable.inc: the characters that NFC changes, or that may change what stands before them.

A text without any of them is in NFC as it is.
    tests/bound/normal_unstable.py > app/chat/normal_unstable.inc
"""
import unicodedata2 as ucd  # 16.0.0

NEAR = 2
CODES = [*range(0x80, 0xD800), *range(0xE000, 0x110000)]
seconds = {*range(0x1161, 0x1176), *range(0x11A8, 0x11C3)}  # of Hangul
for code in CODES:
    parts = ucd.decomposition(chr(code)).split()
    if len(parts) == 2 and not parts[0].startswith("<"):
        seconds.add(int(parts[1], 16))
rows = []
for code in CODES:
    if code in seconds or ucd.combining(chr(code)) or ucd.normalize("NFC", chr(code)) != chr(code):
        if rows and code - rows[-1][1] <= NEAR:
            rows[-1][1] = code
        else:
            rows.append([code, code])
print(f"/* Made by tests/bound/normal_unstable.py from Unicode {ucd.unidata_version}.  First, last. */")
for row in rows:
    print("{ 0x%x, 0x%x }," % tuple(row))
