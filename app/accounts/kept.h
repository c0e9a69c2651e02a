#ifndef ACCOUNTS_KEPT_H
#define ACCOUNTS_KEPT_H

/*
 * What was read of keys and budgets, kept while the store's revision stands.
 *
 * Every change of a key, a team, a budget or a window's limits raises the revision in its own
 * transaction, whoever makes it (triggers in sql/schema/revision.sql).  A request reads that one
 * number, and the rest only when it is another one: so a blocked key is blocked at once everywhere,
 * as if all had been read.  While nobody has committed anything (the store's stamp) not even that
 * is read, nor what is spent and held.  Read the revision first, then what is to be kept with it:
 * what changes in between is read once more by the next request, and never too late.
 *
 * Answers are copied into the caller's arena.  Threads: all may call at once.
 */
#include "accounts/budgets.h"
#include "accounts/keys.h"

struct kept_moment {
	int64_t revision;
	uint64_t stamp; /* store_stamp before anything was read; 0: not known */
};
int kept_moment(
    struct store *store, struct store_reader *reader, struct kept_moment *out, struct error *err);

/* By the hash of the key that was presented. */
bool kept_key(struct store *store, const char *hash, int64_t revision, struct arena *arena,
    struct virtual_key *out);
void keep_key(
    struct store *store, const char *hash, int64_t revision, const struct virtual_key *key);

/* The budgets that a request of this asker sees, when all of their windows are the present
 * ones; what is spent and held of them is as it was when they were kept, and `out_used` says
 * whether it still is. */
bool kept_budgets(struct store *store, const struct budget_asker *asker,
    const struct kept_moment *at, int64_t now_ms, struct arena *arena, struct budget_states *out,
    bool *out_used);
void keep_budgets(struct store *store, const struct budget_asker *asker,
    const struct kept_moment *at, const struct budget_states *budgets);

#endif
