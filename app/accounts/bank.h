#ifndef ACCOUNTS_BANK_H
#define ACCOUNTS_BANK_H

/*
 * The durable side of leases: windows, tills and what each of them has.  A till talks to it through
 * this table of functions and nothing else, so that another engine can stand behind it; bank_sqlite
 * is the file of this gateway.
 *
 * All of a report happens or none of it.  Reports of a till are numbered from 1; one that comes
 * twice is answered as the first time and changes nothing.  BANK_GONE: the till was given up and
 * what it had is charged as lost, so it must not use its leases any more.
 *
 * Threads: any.  Errors: ERROR_STORE, as those of the store; nothing is known then, and the same
 * report is to be sent again.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts/rate_limit.h"
#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

struct bank_window {
	int64_t limit_nano, spent_nano, held_nano;
	int64_t leased_nano; /* of held, by all tills */
};

struct bank_line { /* what a report says of one window */
	int64_t window_id;
	int64_t back_nano;        /* of the lease, free again */
	int64_t want_nano;        /* more of the window: all of it, or nothing */
	bool shows;               /* the next two are new; for people */
	int64_t open_nano, calls; /* held by running calls */
	bool ends;                /* nothing of the lease is left */
	int64_t given_nano;       /* the answer: want_nano or 0 */
};

#define RATE_BACKS 4

struct rate_back { /* of the bucket of a second; tokens below 0 were used beyond the reserved ones
		    */
	int64_t second, requests, tokens;
};

struct bank_rate { /* what a report says of one scope's limits a minute and at a time */
	const char *scope, *scope_id;
	struct limits limits;
	struct rate_back backs[RATE_BACKS]; /* second 0: none */
	int64_t back_slots, open;           /* `open`: slots of running calls */
	bool tells, ends, wants;
	int64_t second, requests, tokens,
	    slots;  /* wanted, counted in that second: all or nothing */
	bool given; /* the answer */
};

struct bank_use { /* of a scope, by all tills and calls */
	int64_t requests, tokens, open, tills;
};

struct bank_report {
	const char *till_id;
	int64_t number;
	int64_t until_ms; /* after this time a till of which nothing can be said is given up */
	struct bank_line *lines;
	size_t line_count;
	struct bank_rate *rates;
	size_t rate_count;
	struct change *const *parts; /* ends of calls and record; borrowed */
	size_t part_count;
};

enum bank_state { BANK_DONE, BANK_GONE };

struct bank_till { /* in the arena */
	const char *id, *owner;
	int64_t number, until_ms;
};

struct bank_ops {
	int (*open)(struct store *store, const char *till_id, const char *owner, int64_t until_ms,
	    struct error *err);
	/* 1: there is such a window; 0: there is none; -1: err. */
	int (*look)(
	    struct store *store, int64_t window_id, struct bank_window *out, struct error *err);
	int (*use)(struct store *store, const struct bank_rate *line, int64_t second,
	    struct bank_use *out, struct error *err);
	int (*report)(struct store *store, struct bank_report *report, enum bank_state *out_state,
	    struct error *err);
	/* Nothing of the till is in use any more: the rest of its leases is free, and it ends. */
	int (*close)(struct store *store, const char *till_id, int64_t number, struct error *err);

	/* Of tills whose owner has died.  Who comes second changes nothing. */
	int (*list)(struct store *store, struct arena *arena, struct bank_till **out,
	    size_t *out_count, struct error *err);
	/* What its journal says: changes that it had not reported, and holds of calls that it had
	 * begun.  Then it has BANK_READ for its number, and is to be closed.  1: it was; 0: another
	 * was first; -1: err. */
	int (*read_in)(struct store *store, const struct bank_till *till,
	    struct change *const *parts, size_t part_count, struct error *err);
	/* All that it had leased is charged as lost.  1: it was; 0: another was first; -1: err. */
	int (*lose)(struct store *store, const struct bank_till *till, int64_t at_ms,
	    bool *out_had_leases, struct error *err);
};

#define BANK_READ (-1) /* the number of a till whose journal has been read in */

extern const struct bank_ops bank_sqlite;

#endif
