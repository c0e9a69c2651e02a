#ifndef ACCOUNTS_SHARED_TALK_H
#define ACCOUNTS_SHARED_TALK_H

/*
 * What a machine does to tell others and to hear from them: in turns of its processes, and page by
 * page (shared_sums.h, shared_record.h).
 *
 * A work returns 1 (there may be more), 0 (all is done) or -1 (err).
 */
#include <stdint.h>

#include "bank/bank_connection.h"
#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

struct shared_talk {
	struct store *store;
	struct bank_connection *bank;
	struct arena *arena;
	const char *machine;   /* this one's id */
	const char *address;   /* of this machine's panel, or ""; of sums */
	const char *keep_from; /* the first id that is kept, or ""; of the record */
};

typedef int shared_work(const struct shared_talk *talk, struct error *err);

/* Works until all is done, most times at most (-1: any number), each with an arena of its own.  0;
 * -1: err. */
int shared_repeat(const struct shared_talk *talk, shared_work *work, int most, struct error *err);

/* Once in every_ms, of all processes of this machine.  1: it is this one's turn; 0: it is not; -1:
 * err. */
int shared_turn(struct store *store, const char *name, int64_t every_ms, struct error *err);

/* The next who asks has its turn. */
int shared_turn_back(struct store *store, const char *name, struct error *err);

/* The number that a statement without parameters gives.  1: it is in *out; 0: there is no row; -1:
 * err. */
int shared_number(struct store *store, enum sql_name name, int64_t *out, struct error *err);

#endif
