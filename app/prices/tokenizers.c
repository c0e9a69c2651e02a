/*
 * The tokenizers, a row each.  See the header.
 */
#include "prices/tokenizers.h"

#include "base/banned.h"

static const struct tokenizer rows[TOKENIZER_COUNT] = {
	/* clang-format off */
	/*                            name              percent other_twice text_begins form       framing tools vocabulary          counted */
	[TOKENIZER_BYTE_LEVEL]    = { "byte-level",     100,    false,      false,      FORM_AS_IS, 64,    512, VOCABULARY_NONE,     100 },
	[TOKENIZER_SENTENCEPIECE] = { "sentencepiece",  100,    false,      true,       FORM_AS_IS, 64,    512, VOCABULARY_NONE,     100 },
	[TOKENIZER_UNKNOWN]       = { "unknown",        100,    true,       true,       FORM_NFKC,  192,   1024, VOCABULARY_NONE,    100 },
	[TOKENIZER_O200K]         = { "o200k_base",     100,    false,      false,      FORM_AS_IS, 16,    64, VOCABULARY_O200K,     100 },
	[TOKENIZER_HARMONY]       = { "o200k_harmony",  100,    false,      false,      FORM_AS_IS, 96,    64, VOCABULARY_O200K,     100 },
	[TOKENIZER_CL100K]        = { "cl100k_base",    100,    false,      false,      FORM_AS_IS, 16,    64, VOCABULARY_CL100K,    100 },
	[TOKENIZER_LLAMA3]        = { "llama3",         100,    false,      false,      FORM_AS_IS, 64,    512, VOCABULARY_LLAMA3,   100 },
	[TOKENIZER_DEEPSEEK]      = { "deepseek",       100,    false,      false,      FORM_AS_IS, 64,    512, VOCABULARY_DEEPSEEK, 100 },
	[TOKENIZER_QWEN]          = { "qwen",           100,    false,      false,      FORM_NFC,   64,    512, VOCABULARY_QWEN,     100 },
	[TOKENIZER_NFC]           = { "byte-level NFC", 100,    false,      false,      FORM_NFC,   64,    512, VOCABULARY_NONE,     100 },
	[TOKENIZER_TEKKEN]        = { "tekken",         100,    false,      true,       FORM_AS_IS, 64,    512, VOCABULARY_TEKKEN,   100 },
	[TOKENIZER_GEMMA]         = { "gemma",          100,    false,      true,       FORM_AS_IS, 64,    512, VOCABULARY_GEMMA,    100 },
	[TOKENIZER_GEMINI]        = { "gemini",         100,    false,      true,       FORM_AS_IS, 64,    512, VOCABULARY_GEMMA,    110 },
	[TOKENIZER_CLAUDE]        = { "claude",         220,    true,       true,       FORM_NFKC,  64,    1024, VOCABULARY_CLAUDE,  120 },
	[TOKENIZER_CLAUDE_MARKED] = { "claude 4.7",     300,    true,       true,       FORM_NFKC,  64,    1024, VOCABULARY_CLAUDE_MARKED, 160 },
	[TOKENIZER_CLAUDE_2]      = { "claude 2",       200,    true,       true,       FORM_NFKC,  64,    1024, VOCABULARY_NONE,    100 },
	[TOKENIZER_QWEN_3_5]      = { "qwen 3.5",       100,    false,      false,      FORM_NFC,   64,    512, VOCABULARY_QWEN_3_5, 100 },
	/* clang-format on */
};

const struct tokenizer *tokenizer_row(enum tokenizer_kind kind)
{
	return &rows[kind < TOKENIZER_COUNT ? kind : TOKENIZER_UNKNOWN];
}

enum tokenizer_kind tokenizer_named(struct slice name, enum tokenizer_kind otherwise)
{
	for (size_t i = 0; i < TOKENIZER_COUNT; i++)
		if (slice_is(name, rows[i].name))
			return (enum tokenizer_kind)i;
	return name.len > 0 ? TOKENIZER_UNKNOWN : otherwise;
}
