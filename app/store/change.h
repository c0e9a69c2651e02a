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
#include "store/connection.h"
#include "store/store.h"

#define CHANGE_STATEMENTS_MAX                                                                      \
	10000 /* a settings file with that many budgets; a request needs a dozen */

struct change_value {
	const char *parameter; /* a literal */
	const char *text;      /* in the arena; NULL: the number, or NULL when is_null */
	int64_t number;
	bool is_null;
};

struct change_statement {
	enum sql_name name;
	int first_value;
	int rows; /* touched, once it has run */
};

struct change {
	struct arena arena; /* holds this too */
	struct change_statement *statements;
	int count, room;
	struct change_value *values;
	int value_count, value_room;
	bool too_many;

	/* While it waits for the writer. */
	struct change *next;
	bool waited; /* somebody waits for it; else the writer owns it */
	int result;
	int tries;
	struct error err;
	sem_t
	    done; /* posted when it is on disk or has failed; initialised while it is waited for */
};

/* Runs the statements inside the open transaction; all or none of them (a savepoint when there are
 * several). An SQLite code in *out_code tells the writer whether the transaction itself is lost. */
int change_run(struct change *change, struct connection *connection, int *out_code);

#endif
