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
	change->last_part = &change->parts;
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

void change_cleanup(struct change **change)
{
	change_free(*change);
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

	bound->is_null = !value;
	if (!value)
		return;
	bound->text_len = (uint32_t)strlen(value);
	bound->text = arena_copy_slice(&change->arena, (struct slice){ value, bound->text_len });
}

void change_bind_all(struct change *change, const struct argument *names_and_values)
{
	for (const struct argument *name = names_and_values; name->text; name += 2)
		if (name[1].type == ARGUMENT_TEXT)
			change_bind_text(change, name->text, name[1].text);
		else
			change_bind_int(change, name->text, name[1].whole);
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

void change_guard(struct change *change)
{
	assert(change->count == 1);
	change->guarded = true;
}

void change_may_be_alone(struct change *change)
{
	change->may_be_alone = true;
}

void change_part(struct change *change, struct change *part)
{
	part->next_part = NULL;
	*change->last_part = part;
	change->last_part = &part->next_part;
}

void change_mark(struct change *change, uint64_t what, int64_t amount)
{
	change->marks = change_grow(change, change->marks, change->mark_count, &change->mark_room,
	    2, sizeof *change->marks);
	change->marks[change->mark_count++] = (struct change_mark){ what, amount };
}

size_t change_marks(const struct change *change, const struct change_mark **out)
{
	*out = change->marks;
	return (size_t)change->mark_count;
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

static int64_t value_of(const struct change *change, int statement, const char *parameter)
{
	const struct change_value *values =
	    change->values + change->statements[statement].first_value;

	for (int i = 0; i < change_value_count(change, statement); i++)
		if (strcmp(values[i].parameter, parameter) == 0)
			return values[i].number;
	return 0;
}

int64_t change_sum_of(const struct change *change, enum sql_name name, const char *key,
    int64_t key_value, const char *parameter)
{
	int64_t sum = 0;

	for (int i = 0; i < change->count; i++)
		if (change->statements[i].name == name && value_of(change, i, key) == key_value)
			sum += value_of(change, i, parameter);
	return sum;
}

/* 1: it was done, or left to the tally or its sheaf; 0: it was left out, or touched no row; -1:
 * change->err. */
static int run_statement(struct change *change, int place, bool touched,
    struct connection *connection, struct tally *tally, int *out_code)
{
	struct change_statement *row = &change->statements[place];
	const struct change_value *values = change->values + row->first_value;
	int value_count = change_value_count(change, place);

	row->rows = 0;
	if (row->depends && !touched)
		return 0;
	if (row->is_sum && tally) {
		tally_add(tally, row, values, value_count);
		return 1;
	}
	if (tally && sheaf_takes(row->name)) {
		sheaf_add(&tally->sheaf, row, values, value_count);
		row->rows = 1;
		return 1;
	}
	if (tally && sheaf_run(&tally->sheaf, connection, out_code, &change->err) != 0)
		return -1;
	row->rows = change_statement_run(
	    connection, row, values, value_count, NULL, out_code, &change->err);
	return row->rows < 0 ? -1 : row->rows > 0;
}

/* 1: done; 0: its guard touched no row; -1: change->err. */
static int run_own(
    struct change *change, struct connection *connection, struct tally *tally, int *out_code)
{
	bool touched = true; /* by the last statement that does not depend */

	if (change->too_many)
		return error_set(&change->err, ERROR_INTERNAL,
		    "a change has more than %d statements", CHANGE_STATEMENTS_MAX);
	for (int i = 0; i < change->count; i++) {
		int done = run_statement(change, i, touched, connection, tally, out_code);

		if (done < 0 || (done == 0 && i == 0 && change->guarded))
			return done;
		if (!change->statements[i].depends)
			touched = done;
	}
	return 1;
}

int change_run(
    struct change *change, struct connection *connection, struct tally *tally, int *out_code)
{
	int result;

	*out_code = SQLITE_OK;
	result = run_own(change, connection, tally, out_code);
	for (struct change *part = change->parts; part && result > 0; part = part->next_part) {
		result = run_own(part, connection, tally, out_code);
		if (result < 0)
			change->err = part->err;
		else
			result = 1; /* a part's own guard is its own matter */
	}
	return result < 0 ? -1 : 0;
}

int change_run_alone(struct change *change, struct connection *connection, int *out_code)
{
	int result, code;

	if (change->count < 2 && !change->parts)
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
