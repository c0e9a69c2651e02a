#ifndef VOCABULARY_CLAUDE_H
#define VOCABULARY_CLAUDE_H

/*
 * Claude's tokens by ctok 1.3 (MIT), which rebuilt its vocabularies from Anthropic's counts and was
 * below none of 2.3 million texts that its author had counted there: as many as ctok has, or a few
 * more (see the .c).  An estimate: the margin on it stands in prices/tokenizers.c.
 */
#include "vocabulary/table.h"
#include "vocabulary/vocabulary.h"

struct claude_manner {
	const struct vocabulary_table *table;
	bool folds_quotes;         /* curly ones are straight */
	bool has_mark_of_capitals; /* for words that are nothing else */
};

/* The text stands among others: no mark is free at its beginning. */
int64_t claude_tokens(
    const struct claude_manner *manner, struct slice text, struct vocabulary_memo *memo);

#endif
