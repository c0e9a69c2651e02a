#ifndef STORE_CHANGE_STATEMENT_H
#define STORE_CHANGE_STATEMENT_H

/*
 * One statement of a change, with its values.  For store/ only.
 *
 * Values are bytes from the moment they are bound, one behind the other: a head, and behind it the
 * number or the text, with its NUL, that has no room there.  SQLite reads them where they stand,
 * and so they go into a journal (change_bytes.c).
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "store/connection.h"
#include "store/store.h"

enum change_value_kind { VALUE_NULL, VALUE_SMALL, VALUE_NUMBER, VALUE_TEXT }; /* as `kind` holds */

#define VALUE_LOW_MAX ((1 << 30) - 1)

struct change_value_head {
	uint32_t sign; /* of its parameter */
	uint32_t kind : 2;
	uint32_t low : 30; /* a small number, or a text's length */
};

struct change_value {
	struct change_value_head head;
	int64_t number;
	const char *text;
};

/* Those of a statement: first its keys, and all that is no addend, then what a sum adds. */
struct change_values {
	const char *keys, *addends, *end;
};

/* As it is written, too: without holes. */
struct change_statement {
	uint32_t hash; /* of its name */
	uint16_t name; /* enum sql_name */
	uint16_t is_sum : 1, depends : 1, must_touch : 1, guarded : 1;
	uint32_t values, addends; /* where they begin; addends 0: it has none */
	int32_t rows;             /* touched, once it has run */
};

/* The bytes of a value behind its head. */
static inline size_t change_value_behind(const struct change_value_head *head)
{
	if (head->kind == VALUE_TEXT)
		return (size_t)head->low + 1;
	return head->kind == VALUE_NUMBER ? sizeof(int64_t) : 0;
}

/* The value that stands at `at`; where the next one does. */
static inline const char *change_value_take(const char *at, struct change_value *out)
{
	memcpy(&out->head, at, sizeof out->head);
	at += sizeof out->head;
	out->number = out->head.low;
	out->text = at;
	if (out->head.kind == VALUE_NUMBER)
		memcpy(&out->number, at, sizeof out->number);
	return at + change_value_behind(&out->head);
}

/* Binds and runs one statement: the rows it touched, or -1 and err; the SQLite code is in
 * *out_code. `added`, of a sum, has what is bound in the place of its addends, in their order;
 * NULL: they themselves. */
int change_statement_run(struct connection *connection, const struct change_statement *statement,
    const struct change_values *values, const int64_t *added, int *out_code, struct error *err);

#endif
