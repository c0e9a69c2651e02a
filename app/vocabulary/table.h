#ifndef VOCABULARY_TABLE_H
#define VOCABULARY_TABLE_H

/*
 * A vocabulary as a table of tokens, open addressing by a hash of their bytes; read in place, in
 * the machine's own byte order. make_table.c writes it.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct vocabulary_slot {
	uint64_t begin;       /* the first 8 bytes, 0 behind the end */
	uint32_t rank_length; /* rank << 8 | length; length 0: empty */
	uint32_t left_rest;   /* length of the half that it is merged from << 24 | where bytes 9 and
				 on stand, from the table's beginning */
};

#define VOCABULARY_FILTER_BITS                                                                     \
	22 /* of a filter that tells most absent tokens without a look at the slots */

#define VOCABULARY_JOINED_BITS 20

struct vocabulary_table {
	uint32_t slots;
	uint32_t longest;      /* token, in bytes */
	uint32_t pair[65536];  /* rank + 1 of the tokens of two bytes, by the first << 8 | the
				  second; 0: none */
	uint64_t beside[1024]; /* a bit for each two bytes that stand beside each other in some
				  token; between all others text can be cut */
	uint64_t whole[1024];  /* a bit for each code point below 65536 whose bytes become one token
				  before they meet others (make_table.c) ... */
	uint64_t torn[1024];   /* ... but not beside these: the byte on each side of its edge ... */
	uint64_t torn_3[1024]; /* ... and of them only where these follow, by vocabulary_edge */
	uint64_t joined[1 << (VOCABULARY_JOINED_BITS - 6)]; /* a bit for each two characters outside
				  of ASCII that stand beside each other in some token, by
				  vocabulary_two_characters */
	uint64_t filter[1 << (VOCABULARY_FILTER_BITS - 6)];
	struct vocabulary_slot slot[];
};

/* The first 8 bytes of a text that may be shorter; all bytes before end may be read. */
static inline uint64_t vocabulary_begin(const char *bytes, size_t len, const char *end)
{
	uint64_t begin = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	bool readable = end - bytes >= 8;
#else
	bool readable = len >= 8;
#endif

	if (readable) {
		memcpy(&begin, bytes, 8);
		return len >= 8 ? begin : begin & (((uint64_t)1 << (8 * len)) - 1);
	}
	for (size_t i = 0; i < len; i++)
		begin |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
	return begin;
}

static inline uint64_t vocabulary_hash(
    uint64_t begin, const char *bytes, size_t len, const char *end)
{
	uint64_t hash = (begin ^ len) * 0x9E3779B97F4A7C15u;

	for (size_t at = 8; at < len; at += 8) {
		hash ^= hash >> 32;
		hash = (hash ^ vocabulary_begin(bytes + at, len - at, end)) * 0x9E3779B97F4A7C15u;
	}
	hash ^= hash >> 29;
	hash *= 0xBF58476D1CE4E5B9u;
	return hash ^ hash >> 32;
}

static inline bool vocabulary_has(const uint64_t *bits, uint32_t at)
{
	return bits[at >> 6] >> (at & 63) & 1;
}

static inline uint32_t vocabulary_two_characters(uint32_t one, uint32_t other)
{
	return (uint32_t)(((uint64_t)one << 21 | other) * 0x9E3779B97F4A7C15u >>
			  (64 - VOCABULARY_JOINED_BITS));
}

/* The byte before the edge of a character, and up to two of those behind it. */
static inline uint32_t vocabulary_edge(const unsigned char *edge)
{
	return ((uint32_t)edge[-1] << 16 | (uint32_t)edge[0] << 8 |
		   (edge[0] < 0x80 ? 0 : edge[1])) *
		   0x9E3779B1u >>
	       16;
}

static inline uint32_t vocabulary_place(const struct vocabulary_table *table, uint64_t hash)
{
	return (uint32_t)((hash & 0xFFFFFFFF) * table->slots >> 32);
}

static inline uint32_t vocabulary_bit(uint64_t hash)
{
	return (uint32_t)(hash >> (64 - VOCABULARY_FILTER_BITS));
}

static inline bool vocabulary_may_be_token(
    const struct vocabulary_table *table, uint64_t hash, size_t len)
{
	return len <= table->longest && vocabulary_has(table->filter, vocabulary_bit(hash));
}

/* NULL: no token. */
static inline const struct vocabulary_slot *vocabulary_find(const struct vocabulary_table *table,
    uint64_t begin, uint64_t hash, const char *bytes, size_t len)
{
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

#endif
