/*
 * A hash table of sums, open addressing, emptied with each transaction.  See the header.
 */
#include "store/tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

#define ADDENDS_MAX 12 /* of one statement; a request's sum has 11 */
#define SLOTS_FIRST 64 /* a power of two, as all that follow */

struct tally_line {
	uint64_t hash;
	const struct change_statement *statement;
	struct change_values values; /* of the first one: the keys count */
	int64_t added[ADDENDS_MAX];
};

/* ---- which are the same ---- */

/* FNV-1a, eight bytes in one step. */
#define HASH_FIRST UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x9e3779b97f4a7c15)

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * HASH_PRIME;
	return hash ^ hash >> 32;
}

static size_t key_bytes(const struct change_values *values)
{
	return (size_t)(values->addends - values->keys);
}

static uint64_t tally_hash_of(
    const struct change_statement *statement, const struct change_values *values)
{
	uint64_t hash = mix(HASH_FIRST, statement->name), word;
	const char *at = values->keys;

	for (; (size_t)(values->addends - at) >= sizeof word; at += sizeof word) {
		memcpy(&word, at, sizeof word);
		hash = mix(hash, word);
	}
	word = 0;
	memcpy(&word, at, (size_t)(values->addends - at));
	return mix(hash, word);
}

/* Statements of one name have their keys in one order, because one place of the program binds them;
 * so the same ones have the same bytes. */
static bool same_sum(const struct tally_line *line, const struct change_statement *statement,
    const struct change_values *values)
{
	return line->statement->name == statement->name &&
	       key_bytes(&line->values) == key_bytes(values) &&
	       memcmp(line->values.keys, values->keys, key_bytes(values)) == 0;
}

/* ---- the table ---- */

static void put_in_slot(struct tally *tally, int line)
{
	unsigned mask = (unsigned)tally->slot_count - 1;
	unsigned slot = (unsigned)tally->lines[line].hash & mask;

	while (tally->slots[slot])
		slot = (slot + 1) & mask;
	tally->slots[slot] = line + 1;
}

/* At most half of the slots are taken. */
static void tally_grow(struct tally *tally)
{
	int room = tally->room ? tally->room * 2 : SLOTS_FIRST / 2;
	struct tally_line *lines = alloc_zero((size_t)room, sizeof *lines);

	if (tally->count)
		memcpy(lines, tally->lines, (size_t)tally->count * sizeof *lines);
	free(tally->lines);
	free(tally->slots);
	tally->lines = lines;
	tally->room = room;
	tally->slot_count = room * 2;
	tally->slots = alloc_zero((size_t)tally->slot_count, sizeof *tally->slots);
	for (int i = 0; i < tally->count; i++)
		put_in_slot(tally, i);
}

static struct tally_line *tally_find(const struct tally *tally, uint64_t hash,
    const struct change_statement *statement, const struct change_values *values)
{
	unsigned mask = (unsigned)tally->slot_count - 1;

	for (unsigned slot = (unsigned)hash & mask; tally->slot_count && tally->slots[slot];
	     slot = (slot + 1) & mask) {
		struct tally_line *line = &tally->lines[tally->slots[slot] - 1];

		if (line->hash == hash && same_sum(line, statement, values))
			return line;
	}
	return NULL;
}

/* False: a number would leave its range, or other parameters are added to (by a journal's change,
 * of another version of the program), and nothing was added. */
static bool add_to(struct tally_line *line, const struct change_values *values)
{
	const char *at = values->addends, *mine = line->values.addends;
	int64_t added[ADDENDS_MAX];
	size_t count = 0;

	for (; at < values->end && mine < line->values.end; count++) {
		struct change_value value, own;

		at = change_value_take(at, &value);
		mine = change_value_take(mine, &own);
		assert(count < ADDENDS_MAX);
		if (value.head.sign != own.head.sign ||
		    __builtin_add_overflow(line->added[count], value.number, &added[count]))
			return false;
	}
	if (at < values->end || mine < line->values.end)
		return false;
	memcpy(line->added, added, count * sizeof *added);
	return true;
}

void tally_add(struct tally *tally, const struct change_statement *statement,
    const struct change_values *values)
{
	uint64_t hash = tally_hash_of(statement, values);
	struct tally_line *line = tally_find(tally, hash, statement, values);

	if (line && add_to(line, values))
		return;
	if (tally->count == tally->room)
		tally_grow(tally);
	line = &tally->lines[tally->count];
	*line = (struct tally_line){ .hash = hash, .statement = statement, .values = *values };
	(void)add_to(line, values); /* to nothing: it fits */
	put_in_slot(tally, tally->count++);
}

int tally_run(struct tally *tally, struct connection *connection, struct error *err)
{
	int code;

	if (sheaf_run(&tally->sheaf, connection, &code, err) != 0)
		return -1;
	for (int i = 0; i < tally->count; i++) {
		struct tally_line *line = &tally->lines[i];

		if (change_statement_run(
			connection, line->statement, &line->values, line->added, &code, err) < 0)
			return -1;
	}
	return 0;
}

void tally_clear(struct tally *tally)
{
	tally->count = 0;
	sheaf_clear(&tally->sheaf);
	if (tally->slots)
		memset(tally->slots, 0, (size_t)tally->slot_count * sizeof *tally->slots);
}

void tally_release(struct tally *tally)
{
	free(tally->lines);
	free(tally->slots);
	sheaf_release(&tally->sheaf);
	*tally = (struct tally){ 0 };
}
