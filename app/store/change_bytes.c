/*
 * A change as bytes.  See store.h.
 *
 * All numbers are little-endian as they stand in memory: the bytes are read on the machine that
 * wrote them.  Statements and parameters go by a hash of their names, which is short and is the
 * same in every version of the program that has them; where one has gone, what is read says so.  A
 * request writes two hundred values, so each is written straight into room that fits them all.
 */
#include <assert.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "store/change.h"

#include "base/banned.h"

enum value_kind { VALUE_NULL, VALUE_NUMBER, VALUE_SMALL, VALUE_TEXT };

struct packed_statement {
	uint32_t name, value_count;
	uint8_t is_sum, depends, must_touch, guarded;
};

struct packed_value {
	uint32_t parameter;
	uint8_t kind, adds;
	uint8_t small; /* the number where it is below 256, as most are */
} __attribute__((packed));

/* The last bytes of a name, the first of them on top: fewer than eight. */
static uint64_t tail_of(const char *name, size_t len, size_t tail)
{
	uint64_t word = 0;

	if (len < sizeof word) {
		for (size_t i = len - tail; i < len; i++)
			word = word << 8 | (unsigned char)name[i];
		return word;
	}
	memcpy(&word, name + len - sizeof word, sizeof word);
	return be64toh(word) & ((UINT64_C(1) << 8 * tail) - 1);
}

/* As FNV-1a, eight bytes at a time. */
static uint32_t name_hash(const char *name, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325), word;
	size_t tail = len % sizeof word;

	for (size_t at = 0; at + sizeof word <= len; at += sizeof word) {
		memcpy(&word, name + at, sizeof word);
		hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		hash ^= hash >> 32;
	}
	hash = (hash ^ tail_of(name, len, tail)) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(hash >> 32);
}

/* ---- writing ---- */

/* At least what change_write writes. */
static size_t change_room(const struct change *change)
{
	size_t size = (size_t)change->count * sizeof(struct packed_statement) +
		      (size_t)change->value_count * (sizeof(struct packed_value) + sizeof(int64_t));

	for (int i = 0; i < change->value_count; i++)
		size += change->values[i].text ? (size_t)change->values[i].text_len + 1 : 0;
	return size;
}

static char *change_put(char *at, const void *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

static enum value_kind value_kind_of(const struct change_value *value)
{
	if (value->text)
		return VALUE_TEXT;
	if (value->is_null)
		return VALUE_NULL;
	return value->number >= 0 && value->number <= UINT8_MAX ? VALUE_SMALL : VALUE_NUMBER;
}

static char *change_put_value(char *at, const struct change_value *value)
{
	struct packed_value packed = { .parameter =
					   name_hash(value->parameter, strlen(value->parameter)),
		.kind = (uint8_t)value_kind_of(value),
		.adds = value->adds,
		.small = (uint8_t)value->number };

	at = change_put(at, &packed, sizeof packed);
	if (packed.kind == VALUE_NUMBER)
		return change_put(at, &value->number, sizeof value->number);
	if (packed.kind != VALUE_TEXT)
		return at;
	at = change_put(at, &value->text_len, sizeof value->text_len);
	return change_put(at, value->text, (size_t)value->text_len + 1); /* read without a copy */
}

struct slice change_write(const struct change *change, struct arena *arena)
{
	size_t room = change_room(change);
	char *bytes = arena_room(arena, room), *at = bytes;

	for (int i = 0; i < change->count; i++) {
		const struct change_statement *row = &change->statements[i];
		const char *name = sql_texts[row->name].name;
		struct packed_statement packed = { .name = name_hash(name, strlen(name)),
			.value_count = (uint32_t)change_value_count(change, i),
			.is_sum = row->is_sum,
			.depends = row->depends,
			.must_touch = row->must_touch,
			.guarded = i == 0 && change->guarded };

		at = change_put(at, &packed, sizeof packed);
		for (uint32_t v = 0; v < packed.value_count; v++)
			at = change_put_value(at, &change->values[(uint32_t)row->first_value + v]);
	}
	assert((size_t)(at - bytes) <= room);
	return (struct slice){ bytes, (size_t)(at - bytes) };
}

/* ---- reading ---- */

struct reading {
	struct change *change;
	const char *at, *end;
	bool failed;
};

static void take(struct reading *r, void *out, size_t len)
{
	if (r->failed || (size_t)(r->end - r->at) < len) {
		r->failed = true;
		memset(out, 0, len);
		return;
	}
	memcpy(out, r->at, len);
	r->at += len;
}

static const char *change_take_text(struct reading *r)
{
	const char *text;
	uint32_t len;

	take(r, &len, sizeof len);
	text = r->at;
	if (r->failed || (size_t)(r->end - r->at) <= len || text[len] != '\0') {
		r->failed = true;
		return NULL;
	}
	r->at += (size_t)len + 1;
	return text;
}

/* The parameter of the statement that was added last whose name has this hash; NULL: none has. */
static const char *parameter_of(const struct change *change, uint32_t hash, struct arena *arena)
{
	const char *text = sql_texts[change->statements[change->count - 1].name].text;

	for (const char *at = strchr(text, ':'); at; at = strchr(at + 1, ':')) {
		size_t len = 1 + strspn(at + 1, "abcdefghijklmnopqrstuvwxyz0123456789_");

		if (name_hash(at, len) == hash)
			return arena_copy_slice(arena, (struct slice){ at, len });
	}
	return NULL;
}

static void take_value(struct reading *r)
{
	const char *parameter, *text;
	struct packed_value packed;
	int64_t number;

	take(r, &packed, sizeof packed);
	number = packed.small;
	if (packed.kind == VALUE_NUMBER)
		take(r, &number, sizeof number);
	text = packed.kind == VALUE_TEXT ? change_take_text(r) : NULL;
	parameter = r->failed ? NULL : parameter_of(r->change, packed.parameter, &r->change->arena);
	if (!parameter || (packed.adds && !r->change->statements[r->change->count - 1].is_sum))
		r->failed = true;
	else if (packed.adds)
		change_bind_addend(r->change, parameter, number);
	else if (packed.kind == VALUE_NUMBER || packed.kind == VALUE_SMALL)
		change_bind_int(r->change, parameter, number);
	else
		change_bind_text(r->change, parameter, text);
}

static int change_sql_name(uint32_t hash)
{
	for (int i = 0; i < SQL_NAME_COUNT; i++)
		if (name_hash(sql_texts[i].name, strlen(sql_texts[i].name)) == hash)
			return i;
	return -1;
}

static void take_statement(struct reading *r)
{
	struct packed_statement packed;
	int name;

	take(r, &packed, sizeof packed);
	name = r->failed ? -1 : change_sql_name(packed.name);
	if (name < 0) {
		r->failed = true;
		return;
	}
	change_add(r->change, (enum sql_name)name);
	r->change->statements[r->change->count - 1].is_sum = packed.is_sum;
	r->change->statements[r->change->count - 1].depends = packed.depends;
	r->change->statements[r->change->count - 1].must_touch = packed.must_touch;
	r->change->guarded |= packed.guarded;
	for (uint32_t v = 0; v < packed.value_count && !r->failed; v++)
		take_value(r);
}

struct change *change_read(struct slice bytes)
{
	struct reading r = { change_new(), bytes.ptr, bytes.ptr + bytes.len, false };

	while (!r.failed && r.at < r.end && !r.change->too_many)
		take_statement(&r);
	if (!r.failed && !r.change->too_many)
		return r.change;
	change_free(r.change);
	return NULL;
}
