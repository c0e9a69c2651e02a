#ifndef VOCABULARY_PIECES_H
#define VOCABULARY_PIECES_H

/*
 * How a tokenizer cuts text into pieces before it looks for tokens: no token reaches over a cut.
 * The vendors write it as a regular expression; these functions do the same by hand (tests/bound
 * compares them with the originals).
 */
#include "base/slice.h"

enum pieces_kind {
	PIECES_CL100K,     /* GPT-4; Llama 3's is the same */
	PIECES_O200K,      /* GPT-4o and later */
	PIECES_QWEN,       /* as cl100k, a digit alone */
	PIECES_QWEN_MARKS, /* the same, marks are of words */
	PIECES_DEEPSEEK,
	PIECES_TEKKEN, /* as o200k, a digit alone and no contractions */
	PIECES_GEMMA,  /* a word with the space before it; runs of blanks, and tags, alone */
};

/* The length of the piece that text begins with, at least 1; text is not empty and valid UTF-8. */
size_t piece_length(enum pieces_kind kind, struct slice text);

#endif
