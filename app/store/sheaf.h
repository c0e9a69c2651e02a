#ifndef STORE_SHEAF_H
#define STORE_SHEAF_H

/*
 * The rows of one transaction that are inserted together: those of attempts and of the log of
 * requests, of which a busy transaction has hundreds.  One statement inserts all of a kind, and
 * reads them from a table that only this connection sees, "sheaf": a column for each parameter of
 * the statement that would insert one of them (`-- rows:` in sql/).  So a row needs no binding, no
 * cursors and no memory of its own, which were a third of its cost.
 *
 * For store/ only; a sheaf belongs to the writer's thread.  Values are borrowed from the changes,
 * which live until the transaction has ended.
 */
#include <stdbool.h>

#include "store/change_statement.h"

#define SHEAF_KINDS 2

struct sheaf_row {
	const struct change_statement *statement;
	struct change_values values;
};

/* A struct of zeros is an empty sheaf. */
struct sheaf {
	struct {
		struct sheaf_row *rows;
		int count, room;
	} kinds[SHEAF_KINDS];
};
void sheaf_release(struct sheaf *sheaf);

/* Whether rows of this statement may wait for each other.  It is a plain INSERT, so it adds its row
 * or fails, and nobody need wait to know which. */
bool sheaf_takes(enum sql_name name);

void sheaf_add(struct sheaf *sheaf, const struct change_statement *statement,
    const struct change_values *values);

/* Inserts what was added, which must be done before any other statement that might look for it. -1:
 * err, the SQLite code is in *out_code, and the transaction must be rolled back: some rows may be
 * there. */
int sheaf_run(struct sheaf *sheaf, struct connection *connection, int *out_code, struct error *err);

void sheaf_clear(struct sheaf *sheaf);

#endif
