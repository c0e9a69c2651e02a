#ifndef VOCABULARY_VOCABULARY_H
#define VOCABULARY_VOCABULARY_H

/*
 * Counting tokens with the vocabularies that vendors have published, exactly as they do.
 *
 * Claude's are not published.  There ctok counts, which rebuilt them from Anthropic's counts
 * (claude.h): an estimate.
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
	VOCABULARY_QWEN,          /* 2, 2.5 and 3; text is expected in NFC */
	VOCABULARY_DEEPSEEK,      /* V3 and R1 */
	VOCABULARY_LLAMA3,        /* an upper bound: its vocabulary begins with all of cl100k's */
	VOCABULARY_TEKKEN,        /* Mistral's */
	VOCABULARY_GEMMA,         /* 3 and 4, and Gemini 2 and 3 */
	VOCABULARY_QWEN_3_5,      /* and 3.6 */
	VOCABULARY_CLAUDE,        /* 3 to 4.6, estimated; as the next, and these two last */
	VOCABULARY_CLAUDE_MARKED, /* from 4.7 */
	VOCABULARY_COUNT
};

/* Pieces that were met before and are no tokens, of one vocabulary. */
#define VOCABULARY_MEMO 4096
struct vocabulary_memo {
	size_t slots; /* in use, and set to nothing: those of a short text are few */
	struct vocabulary_known {
		char piece[29];
		uint16_t tokens;
		uint8_t length;
	} known[VOCABULARY_MEMO];
};

/* For texts of so many bytes in all. */
void vocabulary_memo_begin(struct vocabulary_memo *memo, size_t text_bytes);

/* The tokens of a text, valid UTF-8, alone.  Exact, but for pieces of more than PIECE_MAX parts
 * (long runs of one character, prose without spaces), which count at most a token a byte. */
int64_t vocabulary_tokens(enum vocabulary_id id, struct slice text, struct vocabulary_memo *memo);

#endif
