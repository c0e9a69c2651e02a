/*
 * A change as bytes.  See store.h.
 *
 * A head, the statements and their values, all as they stand in memory: the bytes are read on the
 * machine that wrote them.  Statements and parameters go by their numbers in this version of the
 * program and by hashes of their names, which are the same in every version that has them: where
 * the number is another one there, it is found by the hash; where the name has gone, what is read
 * says so.
 */
#include <string.h>

#include "store/change.h"
#include "store/sql_parameter.h"

#include "base/banned.h"

#define CHANGE_MAGIC UINT32_C(0x32474843) /* "CHG2" */

struct written_head {
	uint32_t magic, count;
	uint64_t values_bytes;
};

struct slice change_write(const struct change *change, struct arena *arena)
{
	const struct written_head head = { CHANGE_MAGIC, (uint32_t)change->count,
		change->values.len };
	size_t statements_bytes = head.count * sizeof *change->statements;
	size_t len = sizeof head + statements_bytes + change->values.len;
	char *bytes = arena_room(arena, len);
	const struct slice parts[] = { { (const char *)&head, sizeof head },
		{ (const char *)change->statements, statements_bytes },
		{ change->values.ptr, change->values.len } };

	(void)slice_put(slice_put(slice_put(bytes, parts[0]), parts[1]), parts[2]);
	return (struct slice){ bytes, len };
}

/* ---- reading ---- */

static bool is_statement(const struct change_statement *row, int name)
{
	return name < SQL_NAME_COUNT && sql_texts[name].hash == row->hash;
}

/* False: no statement has its name. */
static bool find_statement(struct change_statement *row)
{
	int name = row->name;

	if (!is_statement(row, name))
		for (name = 0; name < SQL_NAME_COUNT && !is_statement(row, name);)
			name++;
	row->name = (uint16_t)name;
	return name < SQL_NAME_COUNT;
}

/* The sign here of the parameter with this one; 0: its name has gone. */
static uint32_t find_sign(const struct change_statement *row, uint32_t sign)
{
	const struct sql_parameter *p = sql_texts[row->name].parameters;

	while (p->name && p->sign >> 8 != sign >> 8)
		p++;
	return p->sign;
}

/* Its parameter becomes the one here.  Where the next value stands; NULL: it is none. */
static char *take_value(const struct change_statement *row, char *at, const char *end, bool adds)
{
	struct change_value_head head;
	size_t behind;

	if ((size_t)(end - at) < sizeof head)
		return NULL;
	memcpy(&head, at, sizeof head);
	head.sign = find_sign(row, head.sign);
	memcpy(at, &head, sizeof head);
	at += sizeof head;
	behind = change_value_behind(&head);
	if (!head.sign || (size_t)(end - at) < behind)
		return NULL;
	if (head.kind == VALUE_TEXT && at[head.low] != '\0')
		return NULL;
	if (adds && head.kind != VALUE_SMALL && head.kind != VALUE_NUMBER)
		return NULL;
	return at + behind;
}

/* Are they values, and addends from there on? */
static bool take_values(
    const struct change_statement *row, char *at, const char *addends, const char *end)
{
	while (at && at < addends)
		at = take_value(row, at, addends, false);
	while (at && at < end)
		at = take_value(row, at, end, true);
	return at == end;
}

/* `begins`: where its values must. */
static bool read_statement(struct change *change, int place, size_t begins)
{
	struct change_statement *row = &change->statements[place];
	size_t end = place + 1 < change->count ? row[1].values : change->values.len;
	size_t addends = row->addends ? row->addends : end;

	row->rows = 0;
	if (row->values != begins || addends < begins || end < addends ||
	    end > change->values.len || (row->addends && !row->is_sum) ||
	    (row->guarded && place > 0) || !find_statement(row))
		return false;
	return take_values(row, change->values.ptr + begins, change->values.ptr + addends,
	    change->values.ptr + end);
}

static bool read_statements(struct change *change)
{
	size_t begins = 0;

	for (int i = 0; i < change->count; i++) {
		if (!read_statement(change, i, begins))
			return false;
		begins = i + 1 < change->count ? change->statements[i + 1].values : 0;
	}
	return change->count > 0 || change->values.len == 0;
}

struct change *change_read(struct slice bytes)
{
	struct written_head head;
	struct change *change;
	size_t statements_bytes;

	if (bytes.len < sizeof head)
		return NULL;
	memcpy(&head, bytes.ptr, sizeof head);
	bytes = (struct slice){ bytes.ptr + sizeof head, bytes.len - sizeof head };
	statements_bytes = head.count * sizeof *change->statements;
	if (head.magic != CHANGE_MAGIC || head.count > CHANGE_STATEMENTS_MAX ||
	    head.values_bytes > bytes.len ||
	    statements_bytes != bytes.len - (size_t)head.values_bytes)
		return NULL;
	change = change_new();
	change->count = change->room = (int)head.count;
	change->statements = arena_room(&change->arena, statements_bytes);
	if (statements_bytes)
		memcpy(change->statements, bytes.ptr, statements_bytes);
	arena_bytes_add(&change->values,
	    (struct slice){ bytes.ptr + statements_bytes, (size_t)head.values_bytes },
	    &change->arena);
	if (read_statements(change))
		return change;
	change_free(change);
	return NULL;
}
