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
		uint64_t begin = vocabulary_begin(token, len);
		uint64_t hash = vocabulary_hash(begin, token, len);
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
