/*
 * Makes a vocabulary's table from its file of pairs; runs while Sideways is built.
 *
 *	make_table PAIRS|TOKENS TABLE
 *
 * The file of pairs (config/vocabularies, made by tests/bound/vocabulary_pairs.py) has the 256
 *single bytes in the order of their ranks, and then, for each further token, the ranks of the two
 *that it is made of, three bytes each, the lower first.  A file of tokens (it ends in ".tokens")
 *has each token's length in a byte and then itself, in the order of their ranks.
 */
#include <stdio.h>
#include <stdlib.h>

#include "vocabulary/table.h"

#define TOKENS_MAX 300000
#define BYTES_MAX  (64u << 20)

struct token {
	uint32_t at;
	uint8_t length, left; /* and of the half that it begins with */
};

static struct token tokens[TOKENS_MAX];
static char bytes[BYTES_MAX];
static uint32_t count, used;

static _Noreturn void make_table_give_up(const char *what)
{
	fprintf(stderr, "make_table: %s\n", what);
	exit(1);
}

static void add_token(const char *left, size_t left_len, const char *right, size_t right_len)
{
	if (count == TOKENS_MAX || used + left_len + right_len > BYTES_MAX ||
	    left_len + right_len > 255)
		make_table_give_up("too many or too long tokens");
	tokens[count] = (struct token){ used, (uint8_t)(left_len + right_len), (uint8_t)left_len };
	memcpy(bytes + used, left, left_len);
	memcpy(bytes + used + left_len, right, right_len);
	used += (uint32_t)(left_len + right_len);
	count++;
}

static void read_pairs(FILE *in)
{
	unsigned char pair[6];
	char byte;

	for (int i = 0; i < 256; i++) {
		if (fread(&byte, 1, 1, in) != 1)
			make_table_give_up("the file ends early");
		add_token(&byte, 1, "", 0);
	}
	while (fread(pair, sizeof pair, 1, in) == 1) {
		uint32_t left = pair[0] | (uint32_t)pair[1] << 8 | (uint32_t)pair[2] << 16;
		uint32_t right = pair[3] | (uint32_t)pair[4] << 8 | (uint32_t)pair[5] << 16;

		if (left >= count || right >= count)
			make_table_give_up("a pair names a later token");
		add_token(bytes + tokens[left].at, tokens[left].length, bytes + tokens[right].at,
		    tokens[right].length);
	}
}

static void make_table_read_tokens(FILE *in)
{
	char token[255];
	int len;

	while ((len = fgetc(in)) != EOF) {
		if (len == 0 || fread(token, (size_t)len, 1, in) != 1)
			make_table_give_up("the file ends early");
		add_token(token, (size_t)len, "", 0);
	}
}

/* ---- characters that become one token before they meet others ----
 *
 * The lowest rank comes first.  So a character's bytes are one token before anything else if the
 * ranks that make it are below those of all tokens that hold it beside other bytes (whole), and it
 * does not stand where a lower one begins or ends within it (torn).  Counting may then begin with
 * the character.
 */

static uint32_t lowest_around[65536]; /* of the tokens with this code point and more */
static struct {
	uint32_t first[256], first_2[65536], last[256], last_2[65536];
} highest; /* rank that makes a character with these bytes */

static size_t length_of_character(unsigned char first)
{
	return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static uint32_t two_bytes(const unsigned char *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static void set_bit(uint64_t *bits, uint32_t at)
{
	bits[at >> 6] |= 1ull << (at & 63);
}

static uint32_t code_point(const unsigned char *at, size_t len)
{
	return len == 2 ? (at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu)
			: (at[0] & 0xFu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
}

static const unsigned char *token_bytes(uint32_t rank)
{
	return (const unsigned char *)bytes + tokens[rank].at;
}

/* Characters of two and three bytes that a token holds beside others. */
static void note_characters(uint32_t rank)
{
	const unsigned char *at = token_bytes(rank), *end = at + tokens[rank].length;

	while (at < end && (*at & 0xC0) == 0x80)
		at++;
	while (at < end) {
		size_t len = length_of_character(*at);

		if ((len == 2 || len == 3) && len < tokens[rank].length &&
		    (size_t)(end - at) >= len) {
			uint32_t *lowest = &lowest_around[code_point(at, len)];

			*lowest = rank < *lowest ? rank : *lowest;
		}
		at += len;
	}
}

/* The highest rank on the way to this token of one character; UINT32_MAX: it is not come to. */
static uint32_t highest_rank(const struct vocabulary_table *table, uint32_t rank)
{
	const unsigned char *at = token_bytes(rank);
	uint32_t front, back, first;

	if (tokens[rank].length == 2)
		return rank;
	front = table->pair[two_bytes(at)] - 1; /* UINT32_MAX: no token */
	back = table->pair[two_bytes(at + 1)] - 1;
	first = front <= back ? front : back;
	if (first == UINT32_MAX || tokens[rank].left != (front <= back ? 2 : 1))
		return UINT32_MAX;
	return first > rank ? first : rank;
}

static void raise(uint32_t *of, uint32_t rank)
{
	if (rank > *of)
		*of = rank;
}

static void mark_whole(struct vocabulary_table *table, uint32_t rank)
{
	const unsigned char *at = token_bytes(rank);
	size_t len = tokens[rank].length;
	uint32_t top;

	if ((len != 2 && len != 3) || *at < 0xC2 || length_of_character(*at) != len)
		return;
	top = highest_rank(table, rank);
	if (top >= lowest_around[code_point(at, len)])
		return;
	set_bit(table->whole, code_point(at, len));
	raise(&highest.first[at[0]], top);
	raise(&highest.first_2[two_bytes(at)], len == 3 ? top : 0);
	raise(&highest.last[at[len - 1]], top);
	raise(&highest.last_2[two_bytes(at + len - 2)], len == 3 ? top : 0);
}

/* Of the token whose characters part at `edge` so many bytes stand behind it. */
static void set_torn(struct vocabulary_table *table, const unsigned char *edge, size_t behind)
{
	set_bit(table->torn, two_bytes(edge - 1));
	if (behind > 1 || *edge < 0x80) {
		set_bit(table->torn_3, vocabulary_edge(edge));
		return;
	}
	for (unsigned char second = 0x80; second < 0xC0; second++) {
		const unsigned char any[] = { edge[-1], edge[0], second };

		set_bit(table->torn_3, vocabulary_edge(any + 1));
	}
}

/* A token that begins with the end of a character. */
static void mark_torn_end(
    struct vocabulary_table *table, uint32_t rank, const unsigned char *begin, size_t bytes_of_it)
{
	if ((bytes_of_it == 1 && rank < highest.last[*begin]) ||
	    (bytes_of_it == 2 && rank < highest.last_2[two_bytes(begin)]))
		set_torn(table, begin + bytes_of_it, tokens[rank].length - bytes_of_it);
}

/* One that ends with the beginning of a character. */
static void mark_torn_beginning(
    struct vocabulary_table *table, uint32_t rank, const unsigned char *at, size_t bytes_of_it)
{
	if ((bytes_of_it == 1 && rank < highest.first[*at]) ||
	    (bytes_of_it == 2 && rank < highest.first_2[two_bytes(at)]))
		set_torn(table, at, bytes_of_it);
}

static void mark_torn(struct vocabulary_table *table, uint32_t rank)
{
	const unsigned char *begin = token_bytes(rank), *end = begin + tokens[rank].length,
			    *at = begin;

	while (at < end && (*at & 0xC0) == 0x80)
		at++;
	if (at < end)
		mark_torn_end(table, rank, begin, (size_t)(at - begin));
	while (at < end) {
		size_t left = (size_t)(end - at);

		if (at > begin && left < length_of_character(*at))
			mark_torn_beginning(table, rank, at, left);
		at += length_of_character(*at);
	}
}

static void mark_characters(struct vocabulary_table *table)
{
	memset(lowest_around, 0xFF, sizeof lowest_around);
	for (uint32_t i = 0; i < count; i++)
		note_characters(i);
	for (uint32_t i = 0; i < count; i++)
		mark_whole(table, i);
	for (uint32_t i = 0; i < count; i++)
		mark_torn(table, i);
}

/* Of those of two and three bytes: longer ones are merged from their bytes. */
static void mark_joined(struct vocabulary_table *table, uint32_t rank)
{
	const unsigned char *at = token_bytes(rank), *end = at + tokens[rank].length;
	uint32_t before = 0, code;

	for (size_t len; at < end; at += len, before = code) {
		len = (*at & 0xC0) == 0x80 ? 1 : length_of_character(*at);
		code =
		    (len == 2 || len == 3) && (size_t)(end - at) >= len ? code_point(at, len) : 0;
		if (before && code)
			set_bit(table->joined, vocabulary_two_characters(before, code));
	}
}

static void mark_neighbours(struct vocabulary_table *table)
{
	for (uint32_t i = 0; i < count; i++) {
		mark_joined(table, i);
		for (uint32_t k = 0; k + 1 < tokens[i].length; k++)
			set_bit(table->beside, two_bytes(token_bytes(i) + k));
	}
}

static void write_table(FILE *out)
{
	uint32_t slots = count + count / 2; /* two of three are full */
	size_t size = sizeof(struct vocabulary_table) + slots * sizeof(struct vocabulary_slot);
	struct vocabulary_table *table = calloc(1, size);
	uint32_t rest = (uint32_t)size;

	if (!table)
		make_table_give_up("no memory");
	table->slots = slots;
	for (uint32_t i = 0; i < count; i++) {
		const char *token = bytes + tokens[i].at;
		size_t len = tokens[i].length;
		uint64_t begin = vocabulary_begin(token, len, token + len);
		uint64_t hash = vocabulary_hash(begin, token, len, token + len);
		uint32_t at = vocabulary_place(table, hash), bit = vocabulary_bit(hash);

		table->filter[bit >> 6] |= 1ull << (bit & 63);
		if (len == 2)
			table->pair[(unsigned char)token[0] << 8 | (unsigned char)token[1]] = i + 1;

		while (table->slot[at].rank_length)
			at = at + 1 == slots ? 0 : at + 1;
		table->slot[at] = (struct vocabulary_slot){ begin, i << 8 | (uint32_t)len,
			(uint32_t)tokens[i].left << 24 | rest };
		rest += len > 8 ? (uint32_t)len - 8 : 0;
		if (len > table->longest)
			table->longest = (uint32_t)len;
	}
	mark_neighbours(table);
	mark_characters(table);
	fwrite(table, size, 1, out);
	if (rest > 0xFFFFFF)
		make_table_give_up("the table would be larger than 16 MB");
	for (uint32_t i = 0; i < count; i++)
		if (tokens[i].length > 8)
			fwrite(bytes + tokens[i].at + 8, tokens[i].length - 8u, 1, out);
	free(table);
}

int main(int argc, char **argv)
{
	FILE *in, *out;

	if (argc != 3)
		make_table_give_up("usage: make_table PAIRS|TOKENS TABLE");
	in = fopen(argv[1], "rb");
	out = fopen(argv[2], "wb");
	if (!in || !out)
		make_table_give_up("a file cannot be opened");
	if (strstr(argv[1], ".tokens"))
		make_table_read_tokens(in);
	else
		read_pairs(in);
	write_table(out);
	if (ferror(in) || fclose(in) != 0 || fclose(out) != 0)
		make_table_give_up("a file cannot be read or written");
	return 0;
}
