/*
 * Byte pair encoding over a vocabulary's table.  See the header.
 *
 * A piece that is a token counts 1, which is most of them.  Any other is merged as the vendors'
 * tokenizers do: of all neighbours that make a token together those of the lowest rank become one,
 * the leftmost first, until none is left.  SentencePiece begins with characters, others with bytes;
 * the bytes of most characters become one in any case, and that is where merging begins then.
 */
#include "vocabulary/vocabulary.h"

#include "base/utf8.h"
#include "vocabulary/claude.h"
#include "vocabulary/pieces.h"
#include "vocabulary/table.h"

#include "base/banned.h"

#define PIECE_MAX 400 /* bytes or characters that are merged; the work grows with the square */
#define NO_RANK   UINT32_MAX

/* The tables stand in the program's file. */
#define TABLE(name, file)                                                                          \
	extern const struct vocabulary_table name;                                                 \
	__asm__(".pushsection .rodata,\"a\",%progbits\n.balign 64\n.globl " #name "\n" #name       \
		":\n.incbin \"" file "\"\n.byte 0,0,0,0,0,0,0,0\n.popsection\n")

TABLE(vocabulary_o200k, "app/vocabulary/o200k_base.table");
TABLE(vocabulary_cl100k, "app/vocabulary/cl100k_base.table");
TABLE(vocabulary_qwen, "app/vocabulary/qwen3.table");
TABLE(vocabulary_qwen_3_5, "app/vocabulary/qwen3_6.table");
TABLE(vocabulary_deepseek, "app/vocabulary/deepseek_v3.table");
TABLE(vocabulary_tekken, "app/vocabulary/tekken.table");
TABLE(vocabulary_gemma, "app/vocabulary/gemma3.table");
TABLE(vocabulary_claude_3, "app/vocabulary/claude_3.table");
TABLE(vocabulary_claude_4_7, "app/vocabulary/claude_4_7.table");

struct vocabulary {
	const struct vocabulary_table *table;
	enum pieces_kind pieces;
	bool by_halves;
	bool by_characters; /* SentencePiece: a character without a token of its own is its bytes */
};

static const struct vocabulary vocabularies[VOCABULARY_CLAUDE] = {
	[VOCABULARY_O200K] = { &vocabulary_o200k, PIECES_O200K, false, false },
	[VOCABULARY_CL100K] = { &vocabulary_cl100k, PIECES_CL100K, false, false },
	[VOCABULARY_QWEN] = { &vocabulary_qwen, PIECES_QWEN, true, false },
	[VOCABULARY_QWEN_3_5] = { &vocabulary_qwen_3_5, PIECES_QWEN_MARKS, true, false },
	[VOCABULARY_DEEPSEEK] = { &vocabulary_deepseek, PIECES_DEEPSEEK, true, false },
	[VOCABULARY_LLAMA3] = { &vocabulary_cl100k, PIECES_CL100K, false, false },
	[VOCABULARY_TEKKEN] = { &vocabulary_tekken, PIECES_TEKKEN, false, false },
	[VOCABULARY_GEMMA] = { &vocabulary_gemma, PIECES_GEMMA, false, true },
};

static const struct claude_manner claude_manners[] = {
	{ &vocabulary_claude_3, .folds_quotes = true, .has_mark_of_capitals = true },
	{ &vocabulary_claude_4_7, .folds_quotes = false, .has_mark_of_capitals = false },
};

/* What a text is counted with; all bytes before end may be read. */
struct count {
	const struct vocabulary *vocabulary;
	const char *end;
	struct vocabulary_memo *memo;
};

/* ---- merging ---- */

struct part {
	uint16_t at;
	uint32_t rank; /* of this part and the next together */
};

/* OpenAI merges whatever makes a token together; others only the two halves that it was learnt
 * from. */
static inline uint32_t pair_rank(
    const struct count *count, const char *bytes, const struct part *part)
{
	const struct vocabulary_table *table = count->vocabulary->table;
	const char *at = bytes + part[0].at;
	size_t len = (size_t)(part[2].at - part[0].at), left = (size_t)(part[1].at - part[0].at);
	const struct vocabulary_slot *slot;
	uint64_t begin, hash;

	if (len == 2) /* 0 becomes NO_RANK */
		return table->pair[(unsigned char)at[0] << 8 | (unsigned char)at[1]] - 1;
	begin = vocabulary_begin(at, len, count->end);
	hash = vocabulary_hash(begin, at, len, count->end);
	if (!vocabulary_may_be_token(table, hash, len))
		return NO_RANK;
	slot = vocabulary_find(table, begin, hash, at, len);
	if (!slot || (count->vocabulary->by_halves && slot->left_rest >> 24 != left))
		return NO_RANK;
	return slot->rank_length >> 8;
}

/* Parts are counted without the two at the end, which only say where the text ends. */
static size_t merge(const struct count *with, const char *bytes, struct part *parts, size_t count)
{
	for (;;) {
		uint32_t least = NO_RANK;
		size_t at = 0;

		for (size_t i = 0; i + 1 < count; i++)
			if (parts[i].rank < least) {
				least = parts[i].rank;
				at = i;
			}
		if (least == NO_RANK)
			return count;
		memmove(&parts[at + 1], &parts[at + 2], (count - at) * sizeof *parts);
		count--;
		parts[at].rank = at + 1 < count ? pair_rank(with, bytes, &parts[at]) : NO_RANK;
		if (at > 0)
			parts[at - 1].rank = pair_rank(with, bytes, &parts[at - 1]);
	}
}

/* What the parts are together; one that is no token is its bytes. */
static size_t weigh(
    const struct count *with, const char *bytes, const struct part *parts, size_t count)
{
	const struct vocabulary_table *table = with->vocabulary->table;
	size_t tokens = 0;

	for (size_t i = 0; i < count; i++) {
		const char *at = bytes + parts[i].at;
		size_t len = (size_t)(parts[i + 1].at - parts[i].at);
		uint64_t begin = vocabulary_begin(at, len, with->end);
		const struct vocabulary_slot *slot = vocabulary_find(
		    table, begin, vocabulary_hash(begin, at, len, with->end), at, len);

		tokens += slot ? 1 : len;
	}
	return tokens;
}

static inline bool is_torn(const struct vocabulary_table *table, const char *edge)
{
	const unsigned char *at = (const unsigned char *)edge;

	return vocabulary_has(table->torn, (uint32_t)at[-1] << 8 | at[0]) &&
	       vocabulary_has(table->torn_3, vocabulary_edge(at));
}

/* How many bytes the part at this place has: a character's, where these become a token before they
 * meet others, else one. */
static inline size_t part_length(
    const struct vocabulary *vocabulary, struct slice piece, size_t place)
{
	const char *at = piece.ptr + place;
	uint32_t code;
	size_t len;

	if (((unsigned char)*at & 0xC0) != 0xC0)
		return 1;
	len = utf8_decode(at, &code);
	if (vocabulary->by_characters)
		return len;
	if (code > 0xFFFF || !vocabulary_has(vocabulary->table->whole, code) ||
	    (place > 0 && is_torn(vocabulary->table, at)) ||
	    (place + len < piece.len && is_torn(vocabulary->table, at + len)))
		return 1;
	return len;
}

/* 0: more than PIECE_MAX parts. */
static size_t first_parts(
    const struct count *with, struct slice piece, struct part parts[PIECE_MAX + 2])
{
	size_t count = 0;

	for (size_t at = 0; at < piece.len; count++) {
		if (count == PIECE_MAX)
			return 0;
		parts[count].at = (uint16_t)at;
		at += part_length(with->vocabulary, piece, at);
	}
	parts[count].at = parts[count + 1].at = (uint16_t)piece.len;
	for (size_t i = 0; i + 1 < count; i++)
		parts[i].rank = pair_rank(with, piece.ptr, &parts[i]);
	parts[count - 1].rank = NO_RANK;
	return count;
}

/* Up to where two characters meet that stand beside each other in no token: nothing is merged over
 * that. */
static size_t joined_length(const struct vocabulary *vocabulary, struct slice piece)
{
	uint32_t before = 0, code = 0;
	size_t len;

	for (size_t at = 0; at < piece.len; at += len, before = code) {
		len = part_length(vocabulary, piece, at);
		if (len == 2 || len == 3)
			(void)utf8_decode(piece.ptr + at, &code);
		else
			code = 0;
		if (before && code &&
		    !vocabulary_has(
			vocabulary->table->joined, vocabulary_two_characters(before, code)))
			return at;
	}
	return piece.len;
}

static size_t merged_tokens(const struct count *with, struct slice piece)
{
	struct part parts[PIECE_MAX + 2];
	size_t count = first_parts(with, piece, parts);

	if (!count)
		return piece.len;
	count = merge(with, piece.ptr, parts, count);
	return with->vocabulary->by_characters ? weigh(with, piece.ptr, parts, count) : count;
}

/* ---- pieces that were met before ---- */

void vocabulary_memo_begin(struct vocabulary_memo *memo, size_t text_bytes)
{
	memo->slots = 64;
	while (memo->slots < VOCABULARY_MEMO && memo->slots < text_bytes / 8)
		memo->slots *= 2;
	memset(memo->known, 0, memo->slots * sizeof memo->known[0]);
}

static size_t piece_tokens(const struct count *with, struct slice piece)
{
	const struct vocabulary *vocabulary = with->vocabulary;
	uint64_t begin = vocabulary_begin(piece.ptr, piece.len, with->end);
	uint64_t hash = vocabulary_hash(begin, piece.ptr, piece.len, with->end);
	const struct vocabulary_slot *slot = NULL;
	struct vocabulary_known *known;

	if (vocabulary_may_be_token(vocabulary->table, hash, piece.len))
		slot = vocabulary_find(vocabulary->table, begin, hash, piece.ptr, piece.len);
	if (slot)
		return 1;
	if (piece.len > sizeof known->piece)
		return merged_tokens(with, piece);
	known = &with->memo->known[hash & (with->memo->slots - 1)];
	if (known->length == piece.len && memcmp(known->piece, piece.ptr, piece.len) == 0)
		return known->tokens;
	memcpy(known->piece, piece.ptr, piece.len);
	known->length = (uint8_t)piece.len;
	known->tokens = (uint16_t)merged_tokens(with, piece);
	return known->tokens;
}

/* Han and Kana: a clause is one piece, and hardly ever a token. */
static inline bool is_clause(struct slice piece)
{
	const unsigned char *at = (const unsigned char *)piece.ptr;

	return piece.len > 6 &&
	       ((at[0] >= 0xE3 && at[0] <= 0xE9) || (at[1] >= 0xE3 && at[1] <= 0xE9));
}

static size_t clause_tokens(const struct count *with, struct slice clause)
{
	bool whole = !with->vocabulary->by_characters;
	size_t tokens = 0;

	while (clause.len > 0) {
		struct slice group = { clause.ptr, joined_length(with->vocabulary, clause) };

		if (whole && group.len == 3 && ((unsigned char)*group.ptr & 0xF0) == 0xE0)
			tokens++; /* a character that is one, since it was cut off */
		else
			tokens += piece_tokens(with, group);
		clause.ptr += group.len;
		clause.len -= group.len;
	}
	return tokens;
}

static inline size_t any_tokens(const struct count *with, struct slice piece)
{
	return is_clause(piece) ? clause_tokens(with, piece) : piece_tokens(with, piece);
}

/* Up to where no token has the two bytes at the cut beside each other, between characters. */
static size_t uncut_length(const struct vocabulary_table *table, struct slice piece)
{
	const unsigned char *at = (const unsigned char *)piece.ptr;
	size_t len = 1;

	while (len < piece.len &&
	       ((at[len] & 0xC0) == 0x80 ||
		   vocabulary_has(table->beside, (uint32_t)at[len - 1] << 8 | at[len])))
		len++;
	return len;
}

/* SentencePiece's pieces are long; cut where they can be, most are tokens. */
static size_t cut_tokens(const struct count *with, struct slice piece)
{
	size_t tokens = 0;

	while (piece.len > 0) {
		struct slice part = { piece.ptr, uncut_length(with->vocabulary->table, piece) };

		tokens += any_tokens(with, part);
		piece.ptr += part.len;
		piece.len -= part.len;
	}
	return tokens;
}

int64_t vocabulary_tokens(enum vocabulary_id id, struct slice text, struct vocabulary_memo *memo)
{
	const struct vocabulary *vocabulary;
	struct count with = { NULL, text.ptr + text.len, memo };
	struct slice rest = text;
	int64_t tokens = 0;

	if (id >= VOCABULARY_CLAUDE)
		return claude_tokens(&claude_manners[id - VOCABULARY_CLAUDE], text, memo);
	vocabulary = with.vocabulary = &vocabularies[id];
	while (rest.len > 0) {
		struct slice piece = { rest.ptr, piece_length(vocabulary->pieces, rest) };

		tokens += (int64_t)(vocabulary->by_characters ? cut_tokens(&with, piece)
							      : any_tokens(&with, piece));
		rest.ptr += piece.len;
		rest.len -= piece.len;
	}
	return tokens;
}
