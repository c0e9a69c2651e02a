#ifndef ACCOUNTS_JOURNAL_H
#define ACCOUNTS_JOURNAL_H

/*
 * What a till has done and its bank does not know yet, in a file beside the database: a record when
 * a call begins, and one when a request's change is handed in.  Written with write(2) and without
 * fsync: it survives the death of its process, not that of the machine, and is believed only under
 * the boot in which it was written.
 *
 * A record that was cut by the death of its writer is the last one, and does not count: the call
 * was not made yet, or its end is not known.  A file that is damaged elsewhere is not believed at
 * all.
 *
 * Threads: one at a time (the till's mutex).
 */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "store/store.h"

struct journal;

/* A new file for this till; NULL: it cannot be made. */
struct journal *journal_new(const struct store *store, const char *till_id, struct error *err);
void journal_free(struct journal *journal); /* the file stays; NULL is fine */
void journal_remove(const struct store *store, const char *till_id);

/* Ids of all tills that have a file here, in the arena: of one that the bank does not know, as it
 * is looked up afterwards, the process died while it ended the till. */
size_t journal_list(const struct store *store, struct arena *arena, char ***out);

/* A call begins: `change` makes a hold of it, when its process has died.  */
struct slice journal_begin_record(uint64_t call, struct slice change, struct arena *arena);
/* A change is handed in with the report of that number; it ends the calls of its marks. */
struct slice journal_end_record(uint64_t number, const struct change_mark *marks, size_t mark_count,
    struct slice change, struct arena *arena);

/* Appends whole records.  -1: they are not written (disk full), and nothing of them is. */
int journal_write(struct journal *journal, struct slice records);
size_t journal_size(const struct journal *journal);
/* A new file with these records in the place of the old one, in one step.  What is returned takes
 * the old one's place, too, and that is to be freed.  NULL: it cannot be
 * made, and the old one stands. */
struct journal *journal_turn(
    const struct journal *journal, const struct slice *records, size_t count);

struct journal_entry {
	uint64_t number; /* begun: the call; ended: the report */
	struct slice change;
};
struct journal_content {                     /* in the arena */
	struct journal_entry *begun, *ended; /* calls that have no end; changes in their order */
	size_t begun_count, ended_count;
};

/* 1: read; 0: there is no file; -1: it is damaged, or another's. */
int journal_read(const struct store *store, const char *till_id, struct arena *arena,
    struct journal_content *out);

#endif
