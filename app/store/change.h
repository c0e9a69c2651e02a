#ifndef STORE_CHANGE_H
#define STORE_CHANGE_H

/*
 * The inside of a change: statements with their parameters.  All of it, the struct too, stands in
 * an arena of its own, because a request makes some and malloc costs more than what they do.  For
 * store/ only.
 */
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "store/change_statement.h"
#include "store/store.h"

#define CHANGE_STATEMENTS_MAX                                                                      \
	10000 /* a settings file with that many budgets; a request needs a dozen */

struct change {
	struct arena arena; /* holds this too */
	struct change_statement *statements;
	int count, room;
	struct arena_bytes values;
	const struct sql_parameter *parameters, *next_parameter; /* of the statement added last */
	bool adds; /* addends of that one have begun */
	bool too_many, may_be_alone;
	struct change *parts, **last_part, *next_part;
	struct change_mark *marks;
	int mark_count, mark_room;
	void (*then)(struct store *store); /* after its commit; NULL: nothing */

	/* While it waits for the writer. */
	struct change *next;
	bool waited;      /* somebody waits for it; else the writer owns it */
	bool for_company; /* it begins no transaction for a while */
	int result;
	int tries;
	struct error err;
	struct fiber *fiber; /* that waits for it; NULL: a thread does, by the semaphore: */
	sem_t
	    done;  /* posted when it is on disk or has failed; initialised while it is waited for */
	bool over; /* the fiber need not wait any longer */
};

/* The values of one statement, until more are bound. */
struct change_values change_values_of(const struct change *change, int statement);

struct tally;

/* Runs the statements inside the open transaction, and leaves the sums to the tally.  After a
 * failure the whole transaction must be rolled back, because a part may have happened. */
int change_run(
    struct change *change, struct connection *connection, struct tally *tally, int *out_code);

/* The same with the sums in their places, and all or none of it: what fails is undone.  An SQLite
 * code in *out_code tells the writer whether the transaction itself is lost. */
int change_run_alone(struct change *change, struct connection *connection, int *out_code);

#endif
