/*
 * A change as bytes.  See store.h.
 *
 * All numbers are little-endian as they stand in memory: the bytes are read on the machine that
 * wrote them.  Statements go by their names, so that a program in which one has gone says so.
 */
#include <stdlib.h>
#include <string.h>

#include "store/change.h"

#include "base/banned.h"

#define TEXT_NONE UINT32_MAX /* the length of a text that is none */

enum value_kind { VALUE_NULL, VALUE_NUMBER, VALUE_TEXT };

struct packed_statement {
	uint32_t value_count;
	uint8_t is_sum, depends, must_touch, guarded;
};

struct packed_value {
	int64_t number;
	uint8_t kind, adds;
};

/* ---- writing ---- */

static void change_put(struct arena_bytes *out, const void *bytes, size_t len, struct arena *arena)
{
	arena_bytes_add(out, (struct slice){ bytes, len }, arena);
}

/* With its NUL, so that what is read needs no copy. */
static void change_put_text(struct arena_bytes *out, const char *text, struct arena *arena)
{
	uint32_t len = text ? (uint32_t)strlen(text) : TEXT_NONE;

	change_put(out, &len, sizeof len, arena);
	if (text)
		change_put(out, text, (size_t)len + 1, arena);
}

static void change_put_value(
    struct arena_bytes *out, const struct change_value *value, struct arena *arena)
{
	struct packed_value packed;

	memset(&packed, 0, sizeof packed); /* the gaps, too */
	packed.number = value->number;
	packed.kind = value->text ? VALUE_TEXT : value->is_null ? VALUE_NULL : VALUE_NUMBER;
	packed.adds = value->adds;
	change_put_text(out, value->parameter, arena);
	change_put(out, &packed, sizeof packed, arena);
	if (value->text)
		change_put_text(out, value->text, arena);
}

struct slice change_write(const struct change *change, struct arena *arena)
{
	struct arena_bytes out = { 0 };

	for (int i = 0; i < change->count; i++) {
		const struct change_statement *row = &change->statements[i];
		struct packed_statement packed;

		memset(&packed, 0, sizeof packed);
		packed.value_count = (uint32_t)change_value_count(change, i);
		packed.is_sum = row->is_sum;
		packed.depends = row->depends;
		packed.must_touch = row->must_touch;
		packed.guarded = i == 0 && change->guarded;
		change_put_text(&out, sql_texts[row->name].name, arena);
		change_put(&out, &packed, sizeof packed, arena);
		for (uint32_t v = 0; v < packed.value_count; v++)
			change_put_value(
			    &out, &change->values[(uint32_t)row->first_value + v], arena);
	}
	return arena_bytes_slice(&out);
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
	if (r->failed || len == TEXT_NONE)
		return NULL;
	if ((size_t)(r->end - r->at) <= len || text[len] != '\0') {
		r->failed = true;
		return NULL;
	}
	r->at += (size_t)len + 1;
	return arena_copy(&r->change->arena, text);
}

static void take_value(struct reading *r)
{
	const char *parameter = change_take_text(r), *text;
	struct packed_value packed;

	take(r, &packed, sizeof packed);
	text = packed.kind == VALUE_TEXT ? change_take_text(r) : NULL;
	if (r->failed || !parameter) {
		r->failed = true;
		return;
	}
	if (packed.adds)
		change_bind_addend(r->change, parameter, packed.number);
	else if (packed.kind == VALUE_NUMBER)
		change_bind_int(r->change, parameter, packed.number);
	else
		change_bind_text(r->change, parameter, text);
}

static int change_sql_name(const char *name)
{
	for (int i = 0; i < SQL_NAME_COUNT; i++)
		if (name && strcmp(sql_texts[i].name, name) == 0)
			return i;
	return -1;
}

static void take_statement(struct reading *r)
{
	int name = change_sql_name(change_take_text(r));
	struct packed_statement packed;

	take(r, &packed, sizeof packed);
	if (r->failed || name < 0) {
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
