/*
 * Which model reads with which tokenizer.  See the header.
 *
 * Names of OpenAI's models are those of tiktoken 0.14 (model.py); Claude's generations are those of
 * ctok 1.3.  A name that nobody listed gets what its provider has, or the widest row.
 */
#include "prices/tokenizers.h"

#include <string.h>
#include <strings.h>

#include "base/banned.h"

static const struct tokenizer rows[TOKENIZER_COUNT] = {
	/* clang-format off */
	/*                            name              percent other_twice text_begins form       framing tools vocabulary */
	[TOKENIZER_BYTE_LEVEL]    = { "byte-level",     100,    false,      false,      FORM_AS_IS, 64,    512, VOCABULARY_NONE },
	[TOKENIZER_SENTENCEPIECE] = { "sentencepiece",  100,    false,      true,       FORM_AS_IS, 64,    512, VOCABULARY_NONE },
	[TOKENIZER_UNKNOWN]       = { "unknown",        100,    true,       true,       FORM_NFKC,  192,   1024, VOCABULARY_NONE },
	[TOKENIZER_O200K]         = { "o200k_base",     100,    false,      false,      FORM_AS_IS, 16,    64, VOCABULARY_O200K },
	[TOKENIZER_HARMONY]       = { "o200k_harmony",  100,    false,      false,      FORM_AS_IS, 96,    64, VOCABULARY_O200K },
	[TOKENIZER_CL100K]        = { "cl100k_base",    100,    false,      false,      FORM_AS_IS, 16,    64, VOCABULARY_CL100K },
	[TOKENIZER_LLAMA3]        = { "llama3",         100,    false,      false,      FORM_AS_IS, 64,    512, VOCABULARY_NONE },
	[TOKENIZER_DEEPSEEK]      = { "deepseek",       100,    false,      false,      FORM_AS_IS, 64,    512, VOCABULARY_DEEPSEEK },
	[TOKENIZER_QWEN]          = { "qwen",           100,    false,      false,      FORM_NFC,   64,    512, VOCABULARY_QWEN },
	[TOKENIZER_NFC]           = { "byte-level NFC", 100,    false,      false,      FORM_NFC,   64,    512, VOCABULARY_NONE },
	[TOKENIZER_CLAUDE]        = { "claude",         200,    true,       true,       FORM_NFKC,  64,    1024, VOCABULARY_NONE },
	[TOKENIZER_CLAUDE_MARKED] = { "claude 4.7",     200,    true,       true,       FORM_NFKC,  64,    1024, VOCABULARY_NONE },
	/* clang-format on */
};

const struct tokenizer *tokenizer_row(enum tokenizer_kind kind)
{
	return &rows[kind < TOKENIZER_COUNT ? kind : TOKENIZER_UNKNOWN];
}

/* The first piece that stands in the name decides. */
static const struct {
	const char *piece;
	bool begins; /* the name begins with it, a maker's name before it left aside */
	enum tokenizer_kind kind;
} names[] = {
	{ "claude-instant", false, TOKENIZER_CLAUDE },
	{ "claude-2", false, TOKENIZER_CLAUDE },
	{ "claude-3", false, TOKENIZER_CLAUDE },
	{ "claude-opus-4-0", false, TOKENIZER_CLAUDE },
	{ "claude-opus-4-1", false, TOKENIZER_CLAUDE },
	{ "claude-opus-4.1", false, TOKENIZER_CLAUDE },
	{ "claude-opus-4-2025", false, TOKENIZER_CLAUDE },
	{ "claude-opus-4-5", false, TOKENIZER_CLAUDE },
	{ "claude-opus-4.5", false, TOKENIZER_CLAUDE },
	{ "claude-opus-4-6", false, TOKENIZER_CLAUDE },
	{ "claude-opus-4.6", false, TOKENIZER_CLAUDE },
	{ "claude-sonnet-4-0", false, TOKENIZER_CLAUDE },
	{ "claude-sonnet-4-2025", false, TOKENIZER_CLAUDE },
	{ "claude-sonnet-4-5", false, TOKENIZER_CLAUDE },
	{ "claude-sonnet-4.5", false, TOKENIZER_CLAUDE },
	{ "claude-sonnet-4-6", false, TOKENIZER_CLAUDE },
	{ "claude-sonnet-4.6", false, TOKENIZER_CLAUDE },
	{ "claude-haiku-4-5", false, TOKENIZER_CLAUDE },
	{ "claude-haiku-4.5", false, TOKENIZER_CLAUDE },
	{ "claude", false, TOKENIZER_CLAUDE_MARKED },
	{ "gpt-oss", false, TOKENIZER_HARMONY },
	{ "gpt-4o", true, TOKENIZER_O200K },
	{ "chatgpt-4o", true, TOKENIZER_O200K },
	{ "gpt-4.1", true, TOKENIZER_O200K },
	{ "gpt-4.5", true, TOKENIZER_O200K },
	{ "gpt-5", true, TOKENIZER_O200K },
	{ "o1-", true, TOKENIZER_O200K },
	{ "o3-", true, TOKENIZER_O200K },
	{ "o4-mini", true, TOKENIZER_O200K },
	{ "ft:gpt-4o", true, TOKENIZER_O200K },
	{ "ft:gpt-4.1", true, TOKENIZER_O200K },
	{ "gpt-4", true, TOKENIZER_CL100K },
	{ "gpt-3.5", true, TOKENIZER_CL100K },
	{ "gpt-35", true, TOKENIZER_CL100K },
	{ "ft:gpt-4", true, TOKENIZER_CL100K },
	{ "ft:gpt-3.5", true, TOKENIZER_CL100K },
	{ "text-embedding-3", true, TOKENIZER_CL100K },
	{ "text-embedding-ada-002", true, TOKENIZER_CL100K },
	{ "distill-llama", false, TOKENIZER_LLAMA3 },
	{ "distill-qwen", false, TOKENIZER_QWEN },
	{ "deepseek", false, TOKENIZER_DEEPSEEK },
	{ "llama-3", false, TOKENIZER_LLAMA3 },
	{ "llama3", false, TOKENIZER_LLAMA3 },
	{ "llama-4", false, TOKENIZER_BYTE_LEVEL },
	{ "llama", false, TOKENIZER_SENTENCEPIECE },
	{ "qwen3.", false, TOKENIZER_NFC },
	{ "qwen2", false, TOKENIZER_QWEN },
	{ "qwen3", false, TOKENIZER_QWEN },
	{ "qwen", false, TOKENIZER_NFC },
	{ "qwq", false, TOKENIZER_QWEN },
	{ "qvq", false, TOKENIZER_QWEN },
	{ "gemini", false, TOKENIZER_SENTENCEPIECE },
	{ "gemma", false, TOKENIZER_SENTENCEPIECE },
	{ "mistral", false, TOKENIZER_SENTENCEPIECE },
	{ "mixtral", false, TOKENIZER_SENTENCEPIECE },
	{ "ministral", false, TOKENIZER_SENTENCEPIECE },
	{ "magistral", false, TOKENIZER_SENTENCEPIECE },
	{ "codestral", false, TOKENIZER_SENTENCEPIECE },
	{ "devstral", false, TOKENIZER_SENTENCEPIECE },
	{ "pixtral", false, TOKENIZER_SENTENCEPIECE },
};

enum tokenizer_kind tokenizer_of(const char *model, enum tokenizer_kind otherwise)
{
	const char *slash = strrchr(model, '/'), *name = slash ? slash + 1 : model;

	if (strcasecmp(name, "o1") == 0 || strcasecmp(name, "o3") == 0)
		return TOKENIZER_O200K;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *at = strcasestr(name, names[i].piece);

		if (at && (!names[i].begins || at == name))
			return names[i].kind;
	}
	return otherwise;
}
