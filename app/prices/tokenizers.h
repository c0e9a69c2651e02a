#ifndef PRICES_TOKENIZERS_H
#define PRICES_TOKENIZERS_H

/*
 * The tokenizers of the vendors, a row each: how many tokens a text can become at most.
 * docs/bound.md has the sources, tests/bound searches for texts that pass them.
 */
#include <stdbool.h>

#include "base/slice.h"
#include "vocabulary/vocabulary.h"

enum tokenizer_kind {
	TOKENIZER_BYTE_LEVEL,    /* a token is a byte or more of the text as it is */
	TOKENIZER_SENTENCEPIECE, /* the same, and a space before each text */
	TOKENIZER_UNKNOWN,
	TOKENIZER_O200K,
	TOKENIZER_HARMONY, /* o200k, with the system message of gpt-oss */
	TOKENIZER_CL100K,
	TOKENIZER_LLAMA3,
	TOKENIZER_DEEPSEEK,
	TOKENIZER_QWEN,          /* of Qwen 2, 2.5 and 3 */
	TOKENIZER_NFC,           /* byte-level after NFC, as those of Qwen after 3.6 */
	TOKENIZER_TEKKEN,        /* Mistral's since 2024 */
	TOKENIZER_GEMMA,         /* 3 */
	TOKENIZER_GEMINI,        /* 2 and 3, and Gemma 4 */
	TOKENIZER_CLAUDE,        /* 3 to 4.6 */
	TOKENIZER_CLAUDE_MARKED, /* from 4.7: capitals and bounds of words are tokens too */
	TOKENIZER_CLAUDE_2,      /* and before: a vocabulary of its own */
	TOKENIZER_QWEN_3_5,      /* and 3.6 */
	TOKENIZER_COUNT
};

enum tokenizer_form { FORM_AS_IS, FORM_NFC, FORM_NFKC };

struct tokenizer {
	const char *name;
	int percent;                   /* tokens of 100 bytes; above 100 it is a margin */
	bool other_twice;              /* bytes outside of ASCII count once more: a margin */
	bool text_begins;              /* a token more for each text */
	enum tokenizer_form form;      /* that text is brought into first */
	int framing;                   /* tokens around any request: the template's own words */
	int tools;                     /* more where there are tools */
	enum vocabulary_id vocabulary; /* to count with */
	int counted_percent;           /* of the count; above 100 it is a margin */
};

const struct tokenizer *tokenizer_row(enum tokenizer_kind kind);

/* By its name, as the column `tokenizer` of config/models.tsv has it; `otherwise` is the provider's
 * own, for models of which it says nothing.  A name that is not known counts as the widest. */
enum tokenizer_kind tokenizer_named(struct slice name, enum tokenizer_kind otherwise);

#endif
