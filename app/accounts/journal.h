#ifndef ACCOUNTS_JOURNAL_H
#define ACCOUNTS_JOURNAL_H

/*
 * What a till has done and its bank does not know yet, in a file beside the database: a record when
 * a call begins, and one when a request's change is handed in.  It survives the death of its
 * process, not that of the machine, and is believed only under the boot in which it was written.
 *
 * The file is mapped, and has two halves.  Records go into one, behind each other; when there are
 * many, those that still count go into the other, which is the journal from then on.  So the same
 * few pages are written again and again, and no record needs a system call.  One word in the file's
 * head says which half it is and how much of it counts, and it is written last: whoever is killed
 * while a record is written has not written it.  What is damaged before that place, or of another
 * layout, is not believed at all.
 *
 * Threads: one at a time (the till's mutex); any process may read.
 */
#include <stdbool.h>
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

struct journal_record {
	bool is_end;     /* a change is handed in; otherwise a call begins, and the change makes a
			    hold of it when its process has died */
	uint64_t number; /* of the report that it goes with; of the call */
	const struct change_mark *marks; /* of calls that it ends */
	size_t mark_count;
	struct slice change;
	uint64_t check; /* journal_check of the change: that needs no lock */
};

uint64_t journal_check(struct slice change);

/* Writes it: where it stands, until the next turn.  ptr NULL: there is no room on the disk, and
 * nothing of it is written. */
struct slice journal_put(struct journal *journal, const struct journal_record *record);
/* The same bytes in memory of its own, until a turn has room for them. */
struct slice journal_record_alone(const struct journal_record *record);

/* So long that a turn pays.  Which records still count, only the caller knows. */
bool journal_is_long(const struct journal *journal);
/* The journal has these records and no others, in one step, and each slice tells the new place.
 * False: there is no room on the disk, and nothing changed. */
bool journal_turn(struct journal *journal, struct slice *const *records, size_t count);

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
