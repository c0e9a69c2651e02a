/*
 * Building and running changes.  See change.h and store.h.
 */
#include "store/change.h"

#include <assert.h>
#include <string.h>

#include "store/tally.h"

#include "base/banned.h"

struct change *change_new(void)
{
	struct arena arena;
	struct change *change;

	arena_init(&arena);
	change = arena_alloc(&arena, sizeof *change);
	change->arena = arena;
	return change;
}

void change_free(struct change *change)
{
	struct arena arena;

	if (!change)
		return;
	arena = change->arena;
	arena_release(&arena);
}

/* Room for one more of count; what was there is moved. */
static void *change_grow(
    struct change *change, void *items, int count, int *room, int first, size_t size)
{
	void *larger;

	if (count < *room)
		return items;
	*room = *room ? *room * 2 : first;
	larger = arena_room(&change->arena, (size_t)*room * size);
	if (count)
		memcpy(larger, items, (size_t)count * size);
	return larger;
}

void change_add(struct change *change, enum sql_name name)
{
	/* A longer change keeps its beginning, and fails when it is applied. */
	if (change->count == CHANGE_STATEMENTS_MAX) {
		change->too_many = true;
		return;
	}
	change->statements = change_grow(change, change->statements, change->count, &change->room,
	    16, sizeof *change->statements);
	change->statements[change->count++] =
	    (struct change_statement){ .name = name, .first_value = change->value_count };
}

void change_add_sum(struct change *change, enum sql_name name)
{
	change_add(change, name);
	change->statements[change->count - 1].is_sum = true;
	change_depends(change);
}

void change_depends(struct change *change)
{
	assert(change->count > 0);
	change->statements[change->count - 1].depends = true;
}

void change_must_touch(struct change *change)
{
	assert(change->count > 0);
	change->statements[change->count - 1].must_touch = true;
}

static struct change_value *change_new_value(struct change *change, const char *parameter)
{
	assert(change->count > 0);
	change->values = change_grow(change, change->values, change->value_count,
	    &change->value_room, 144, sizeof *change->values);
	change->values[change->value_count] = (struct change_value){ .parameter = parameter };
	return &change->values[change->value_count++];
}

void change_bind_int(struct change *change, const char *parameter, int64_t value)
{
	change_new_value(change, parameter)->number = value;
}

void change_bind_text(struct change *change, const char *parameter, const char *value)
{
	struct change_value *bound = change_new_value(change, parameter);

	bound->text = arena_copy(&change->arena, value);
	bound->is_null = !value;
}

void change_bind_null(struct change *change, const char *parameter)
{
	change_new_value(change, parameter)->is_null = true;
}

void change_bind_addend(struct change *change, const char *parameter, int64_t value)
{
	struct change_value *bound = change_new_value(change, parameter);

	assert(change->statements[change->count - 1].is_sum);
	bound->number = value;
	bound->adds = true;
}

void change_then(struct change *change, void (*then)(struct store *store))
{
	change->then = then;
}

int change_count(const struct change *change)
{
	return change->count;
}

int change_rows(const struct change *change, int statement)
{
	assert(statement >= 0 && statement < change->count);
	return change->statements[statement].rows;
}

/* ---- running ---- */

int change_value_count(const struct change *change, int statement)
{
	const struct change_statement *row = &change->statements[statement];

	return (statement + 1 < change->count ? row[1].first_value : change->value_count) -
	       row->first_value;
}

int change_run(
    struct change *change, struct connection *connection, struct tally *tally, int *out_code)
{
	bool touched = true; /* by the last statement that does not depend */

	*out_code = SQLITE_OK;
	if (change->too_many)
		return error_set(&change->err, ERROR_INTERNAL,
		    "a change has more than %d statements", CHANGE_STATEMENTS_MAX);
	for (int i = 0; i < change->count; i++) {
		struct change_statement *row = &change->statements[i];

		if (row->depends && !touched)
			continue;
		if (row->is_sum && tally) {
			tally_add(tally, row, change->values + row->first_value,
			    change_value_count(change, i));
			continue;
		}
		row->rows = change_statement_run(connection, row, change->values + row->first_value,
		    change_value_count(change, i), NULL, out_code, &change->err);
		if (row->rows < 0)
			return -1;
		if (!row->depends)
			touched = row->rows > 0;
	}
	return 0;
}

int change_run_alone(struct change *change, struct connection *connection, int *out_code)
{
	int result, code;

	if (change->count < 2)
		return change_run(change, connection, NULL, out_code);
	*out_code = connection_run(connection, SQL_STORE_SAVEPOINT);
	if (*out_code != SQLITE_OK)
		return connection_fail(connection, *out_code, "SAVEPOINT", &change->err);
	result = change_run(change, connection, NULL, out_code);
	code =
	    result == 0 ? SQLITE_OK : connection_run(connection, SQL_STORE_ROLLBACK_TO_SAVEPOINT);
	if (code == SQLITE_OK)
		code = connection_run(connection, SQL_STORE_RELEASE);
	if (code == SQLITE_OK || result != 0)
		return result;
	*out_code = code;
	return connection_fail(connection, code, "RELEASE", &change->err);
}
