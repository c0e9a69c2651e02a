#ifndef STORE_TALLY_H
#define STORE_TALLY_H

/*
 * What of one transaction runs at its end: the sums, added up (those with the same statement and
 * the same keys become one), and rows that are inserted together.  For store/ only; it belongs to
 * the writer's thread.
 *
 * Values are borrowed from the changes, which live until the transaction has ended.
 */
#include "store/change_statement.h"
#include "store/sheaf.h"

struct tally {
	struct tally_line *lines; /* in the order in which they came first */
	int count, room;
	int *slots; /* by hash: the number of a line and one, 0 for none */
	int slot_count;
	struct sheaf sheaf;
};

/* A struct of zeros is an empty tally. */
void tally_release(struct tally *tally);

void tally_add(struct tally *tally, const struct change_statement *statement,
    const struct change_values *values);

/* Inserts the rows, and runs what was added up.  -1: err, and the transaction must be rolled back.
 */
int tally_run(struct tally *tally, struct connection *connection, struct error *err);

void tally_clear(struct tally *tally);

#endif
