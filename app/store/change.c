/*
 * Building and running changes.  See change.h and store.h.
 */
#include "store/change.h"

#include <assert.h>
#include <string.h>

#include "store/sql_parameter.h"
#include "store/tally.h"

#include "base/banned.h"

#define VALUES_FIRST 6144 /* a request has some 3,000; all stands in an arena's first block */

struct change *change_new(void)
{
	struct arena arena;
	struct change *change;

	arena_init(&arena);
	change = arena_alloc(&arena, sizeof *change);
	arena_bytes_grow(&change->values, VALUES_FIRST / 2, &arena);
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

static uint32_t values_end(const struct change *change)
{
	assert(change->values.len <= UINT32_MAX);
	return (uint32_t)change->values.len;
}

void change_add(struct change *change, enum sql_name name)
{
	change->parameters = change->next_parameter = sql_texts[name].parameters;
	change->adds = false;
	/* A longer change keeps its beginning, and fails when it is applied. */
	if (change->count == CHANGE_STATEMENTS_MAX) {
		change->too_many = true;
		return;
	}
	change->statements = change_grow(change, change->statements, change->count, &change->room,
	    16, sizeof *change->statements);
	change->statements[change->count++] = (struct change_statement){
		.hash = sql_texts[name].hash, .name = (uint16_t)name, .values = values_end(change)
	};
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

/* A value's head; the result is where so many bytes are to be put behind it. */
static inline char *put_head(struct change *change, const char *parameter,
    enum change_value_kind kind, size_t low, size_t behind)
{
	struct change_value_head head = {
		.sign = sql_parameter_take(&change->next_parameter, change->parameters, parameter)
			    ->sign,
		.kind = kind,
		.low = (uint32_t)low,
	};
	char *at = arena_bytes_room(&change->values, sizeof head + behind, &change->arena);

	memcpy(at, &head, sizeof head);
	return at + sizeof head;
}

static inline void put_number(struct change *change, const char *parameter, int64_t value)
{
	bool small = value >= 0 && value <= VALUE_LOW_MAX;
	size_t behind = small ? 0 : sizeof value;
	char *at = put_head(change, parameter, small ? VALUE_SMALL : VALUE_NUMBER,
	    small ? (size_t)value : 0, behind);

	if (behind)
		memcpy(at, &value, sizeof value);
}

static inline void put_text(struct change *change, const char *parameter, const char *value)
{
	size_t len = value ? strlen(value) : 0, behind = value ? len + 1 : 0;
	char *at;

	assert(len <= VALUE_LOW_MAX);
	at = put_head(change, parameter, value ? VALUE_TEXT : VALUE_NULL, len, behind);

	if (behind)
		memcpy(at, value, behind);
}

/* Keys stand before all addends. */
void change_bind_int(struct change *change, const char *parameter, int64_t value)
{
	assert(!change->adds);
	put_number(change, parameter, value);
}

void change_bind_text(struct change *change, const char *parameter, const char *value)
{
	assert(!change->adds);
	put_text(change, parameter, value);
}

void change_bind_all(struct change *change, const struct argument *names_and_values)
{
	assert(!change->adds);
	for (const struct argument *name = names_and_values; name->text; name += 2)
		if (name[1].type == ARGUMENT_TEXT)
			put_text(change, name->text, name[1].text);
		else
			put_number(change, name->text, name[1].whole);
}

void change_bind_null(struct change *change, const char *parameter)
{
	change_bind_text(change, parameter, NULL);
}

void change_bind_addend(struct change *change, const char *parameter, int64_t value)
{
	struct change_statement *row;

	if (!change->adds) {
		assert(change->count > 0);
		row = &change->statements[change->count - 1];
		assert(row->is_sum && change->values.len > row->values); /* it has a key */
		row->addends = values_end(change);
		change->adds = true;
	}
	put_number(change, parameter, value);
}

void change_guard(struct change *change)
{
	assert(change->count == 1);
	change->statements[0].guarded = true;
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

struct change_values change_values_of(const struct change *change, int statement)
{
	const struct change_statement *row = &change->statements[statement];
	size_t end = statement + 1 < change->count ? row[1].values : change->values.len;
	const char *bytes = change->values.ptr;

	return (struct change_values){ bytes + row->values,
		bytes + (row->addends ? row->addends : end), bytes + end };
}

/* The number of the parameter with this sign; 0: it has none. */
static int64_t value_of(const struct change_values *values, uint32_t sign)
{
	for (const char *at = values->keys; at < values->end;) {
		struct change_value value;

		at = change_value_take(at, &value);
		if (value.head.sign == sign)
			return value.number;
	}
	return 0;
}

int64_t change_sum_of(const struct change *change, enum sql_name name, const char *key,
    int64_t key_value, const char *parameter)
{
	const struct sql_parameter *parameters = sql_texts[name].parameters;
	uint32_t key_sign = sql_parameter_find(parameters, key)->sign,
		 sign = sql_parameter_find(parameters, parameter)->sign;
	int64_t sum = 0;

	for (int i = 0; i < change->count; i++) {
		struct change_values values = change_values_of(change, i);

		if (change->statements[i].name == name && value_of(&values, key_sign) == key_value)
			sum += value_of(&values, sign);
	}
	return sum;
}

/* 1: it was done, or left to the tally or its sheaf; 0: it was left out, or touched no row; -1:
 * change->err. */
static int run_statement(struct change *change, int place, bool touched,
    struct connection *connection, struct tally *tally, int *out_code)
{
	struct change_statement *row = &change->statements[place];
	struct change_values values = change_values_of(change, place);

	row->rows = 0;
	if (row->depends && !touched)
		return 0;
	if (row->is_sum && tally) {
		tally_add(tally, row, &values);
		return 1;
	}
	if (tally && sheaf_takes((enum sql_name)row->name)) {
		sheaf_add(&tally->sheaf, row, &values);
		row->rows = 1;
		return 1;
	}
	if (tally && sheaf_run(&tally->sheaf, connection, out_code, &change->err) != 0)
		return -1;
	row->rows = change_statement_run(connection, row, &values, NULL, out_code, &change->err);
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

		if (done < 0 || (done == 0 && change->statements[i].guarded))
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
