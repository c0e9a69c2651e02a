#ifndef VOCABULARY_VOCABULARY_H
#define VOCABULARY_VOCABULARY_H

/*
 * Counting tokens with the vocabularies that vendors have published, exactly as they do.
 *
 * The tables are a part of the program's file (made by make_table.c): processes share their pages,
 * and one that does not count never reads them.  Counting takes no lock and allocates nothing.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum vocabulary_id {
	VOCABULARY_NONE,
	VOCABULARY_O200K,
	VOCABULARY_CL100K,
	VOCABULARY_QWEN,     /* 2, 2.5 and 3; text is expected in NFC */
	VOCABULARY_DEEPSEEK, /* V3 and R1 */
	VOCABULARY_COUNT
};

/* Pieces that were met before and are no tokens; zeroed by its owner at first, of one vocabulary.
 */
#define VOCABULARY_MEMO 4096
struct vocabulary_memo {
	struct vocabulary_known {
		char piece[30];
		uint8_t length, tokens;
	} known[VOCABULARY_MEMO];
};

/* The tokens of a text, valid UTF-8, alone.  Exact, but for pieces of more than PIECE_MAX bytes
 * (long runs of one character, prose without spaces), which count at most a token a byte. */
int64_t vocabulary_tokens(enum vocabulary_id id, struct slice text, struct vocabulary_memo *memo);

#endif
