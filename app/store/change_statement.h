#ifndef STORE_CHANGE_STATEMENT_H
#define STORE_CHANGE_STATEMENT_H

/*
 * One statement of a change, with its values.  For store/ only.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "store/connection.h"
#include "store/store.h"

struct change_value {
	const char *parameter; /* a literal */
	const char *text;      /* in the arena; NULL: the number, or NULL when is_null */
	int64_t number;
	uint32_t text_len;
	bool is_null;
	bool adds; /* of a sum: what it adds; the others are its keys */
};

struct change_statement {
	enum sql_name name;
	int first_value;
	int rows; /* touched, once it has run */
	bool is_sum, depends, must_touch;
};

/* Binds and runs one statement: the rows it touched, or -1 and err; the SQLite code is in
 * *out_code. `added`, of a sum, has what is bound in the place of its addends, in their order;
 * NULL: they themselves. */
int change_statement_run(struct connection *connection, const struct change_statement *statement,
    const struct change_value *values, int value_count, const int64_t *added, int *out_code,
    struct error *err);

#endif
