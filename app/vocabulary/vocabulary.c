/*
 * Byte pair encoding over a vocabulary's table.  See the header.
 *
 * A piece that is a token counts 1, which is most of them.  Any other is merged as the vendors'
 * tokenizers do: of all neighbours that make a token together those of the lowest rank become one,
 * the leftmost first, until none is left.
 */
#include "vocabulary/vocabulary.h"

#include "vocabulary/pieces.h"
#include "vocabulary/table.h"

#include "base/banned.h"

#define PIECE_MAX 400 /* bytes that are merged; the work grows with the square */
#define NO_RANK   UINT32_MAX

/* The tables stand in the program's file. */
#define TABLE(name, file)                                                                          \
	extern const struct vocabulary_table name;                                                 \
	__asm__(".pushsection .rodata,\"a\",%progbits\n.balign 64\n.globl " #name "\n" #name       \
		":\n.incbin \"" file "\"\n.byte 0,0,0,0,0,0,0,0\n.popsection\n")

TABLE(vocabulary_o200k, "app/vocabulary/o200k_base.table");
TABLE(vocabulary_cl100k, "app/vocabulary/cl100k_base.table");
TABLE(vocabulary_qwen, "app/vocabulary/qwen3.table");
TABLE(vocabulary_deepseek, "app/vocabulary/deepseek_v3.table");

struct vocabulary {
	const struct vocabulary_table *table;
	enum pieces_kind pieces;
	bool by_halves;
};

static const struct vocabulary vocabularies[VOCABULARY_COUNT] = {
	[VOCABULARY_O200K] = { &vocabulary_o200k, PIECES_O200K, false },
	[VOCABULARY_CL100K] = { &vocabulary_cl100k, PIECES_CL100K, false },
	[VOCABULARY_QWEN] = { &vocabulary_qwen, PIECES_QWEN, true },
	[VOCABULARY_DEEPSEEK] = { &vocabulary_deepseek, PIECES_DEEPSEEK, true },
};

static const struct vocabulary_slot *find_slot(const struct vocabulary_table *table, uint64_t begin,
    uint64_t hash, const char *bytes, size_t len)
{
	uint32_t bit = vocabulary_bit(hash);

	if (len > table->longest || !(table->filter[bit >> 6] >> (bit & 63) & 1))
		return NULL;
	for (uint32_t at = vocabulary_place(table, hash);;
	     at = at + 1 == table->slots ? 0 : at + 1) {
		const struct vocabulary_slot *slot = &table->slot[at];

		if (!slot->rank_length)
			return NULL;
		if (slot->begin == begin && (slot->rank_length & 0xFF) == len &&
		    (len <= 8 || memcmp((const char *)table + (slot->left_rest & 0xFFFFFF),
				     bytes + 8, len - 8) == 0))
			return slot;
	}
}

/* ---- merging ---- */

struct part {
	uint16_t at;
	uint32_t rank; /* of this part and the next together */
};

/* OpenAI merges whatever makes a token together; others only the two halves that it was learnt
 * from. */
static uint32_t pair_rank(
    const struct vocabulary *vocabulary, const char *bytes, const struct part *part)
{
	const char *at = bytes + part[0].at;
	size_t len = (size_t)(part[2].at - part[0].at), left = (size_t)(part[1].at - part[0].at);
	uint64_t begin = vocabulary_begin(at, len);
	const struct vocabulary_slot *slot =
	    find_slot(vocabulary->table, begin, vocabulary_hash(begin, at, len), at, len);

	if (!slot || (vocabulary->by_halves && slot->left_rest >> 24 != left))
		return NO_RANK;
	return slot->rank_length >> 8;
}

/* Parts are counted without the two at the end, which only say where the text ends. */
static size_t merge(
    const struct vocabulary *vocabulary, const char *bytes, struct part *parts, size_t count)
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
		parts[at].rank =
		    at + 1 < count ? pair_rank(vocabulary, bytes, &parts[at]) : NO_RANK;
		if (at > 0)
			parts[at - 1].rank = pair_rank(vocabulary, bytes, &parts[at - 1]);
	}
}

static size_t merged_tokens(const struct vocabulary *vocabulary, struct slice piece)
{
	struct part parts[PIECE_MAX + 2];

	if (piece.len > PIECE_MAX)
		return piece.len;
	for (size_t i = 0; i < piece.len + 2; i++)
		parts[i] = (struct part){ (uint16_t)(i < piece.len ? i : piece.len), NO_RANK };
	for (size_t i = 0; i + 1 < piece.len; i++) /* 0 becomes NO_RANK */
		parts[i].rank =
		    vocabulary->table
			->pair[(unsigned char)piece.ptr[i] << 8 | (unsigned char)piece.ptr[i + 1]] -
		    1;
	return merge(vocabulary, piece.ptr, parts, piece.len);
}

/* ---- pieces that were met before ---- */

static size_t piece_tokens(
    const struct vocabulary *vocabulary, struct slice piece, struct vocabulary_memo *memo)
{
	uint64_t begin = vocabulary_begin(piece.ptr, piece.len);
	uint64_t hash = vocabulary_hash(begin, piece.ptr, piece.len);
	struct vocabulary_known *known;

	if (find_slot(vocabulary->table, begin, hash, piece.ptr, piece.len))
		return 1;
	if (piece.len > sizeof known->piece)
		return merged_tokens(vocabulary, piece);
	known = &memo->known[hash % VOCABULARY_MEMO];
	if (known->length == piece.len && memcmp(known->piece, piece.ptr, piece.len) == 0)
		return known->tokens;
	memcpy(known->piece, piece.ptr, piece.len);
	known->length = (uint8_t)piece.len;
	known->tokens = (uint8_t)merged_tokens(vocabulary, piece);
	return known->tokens;
}

int64_t vocabulary_tokens(enum vocabulary_id id, struct slice text, struct vocabulary_memo *memo)
{
	const struct vocabulary *vocabulary = &vocabularies[id];
	int64_t tokens = 0;

	while (text.len > 0) {
		struct slice piece = { text.ptr, piece_length(vocabulary->pieces, text) };

		tokens += (int64_t)piece_tokens(vocabulary, piece, memo);
		text.ptr += piece.len;
		text.len -= piece.len;
	}
	return tokens;
}
