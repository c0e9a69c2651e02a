#!/usr/bin/env python3
"""Writes app/vocabulary/char_classes.inc: what pre-tokenizers ask of a character, in pages of 256.

    tests/bound/char_classes.py > app/vocabulary/char_classes.inc
"""
import unicodedata2 as ucd  # 16.0.0

UPPER, LOWER, MARK, NUMBER, SPACE, SIGN = 1, 2, 4, 8, 16, 32  # as pieces.c has them
SPACES = {9, 10, 11, 12, 13, 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
CLASSES = {"Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Lm": UPPER | LOWER, "Lo": UPPER | LOWER, "M": MARK, "N": NUMBER, "P": SIGN, "S": SIGN}


def class_of(code):
    category = ucd.category(chr(code))
    return CLASSES.get(category, CLASSES.get(category[0], 0)) | (SPACE if code in SPACES else 0)


pages, index = [], []
for first in range(0, 0x110000, 256):
    page = [class_of(code) for code in range(first, first + 256)]
    if page not in pages:
        pages.append(page)
    index.append(pages.index(page))
print(f"/* Made by tests/bound/char_classes.py from Unicode {ucd.unidata_version}. */")
print(f"static const uint8_t class_pages[{len(index)}] = {{")
for at in range(0, len(index), 32):
    print("\t" + ", ".join(map(str, index[at:at + 32])) + ",")
print("};")
print(f"static const uint8_t classes[{len(pages)}][256] = {{")
for page in pages:
    print("\t{")
    for at in range(0, 256, 32):
        print("\t\t" + ", ".join(map(str, page[at:at + 32])) + ",")
    print("\t},")
print("};")
