#ifndef STORE_STORE_H
#define STORE_STORE_H

/*
 * The one SQLite file that holds all state.
 *
 * Reads: borrow a reader (a connection with its prepared statements) from a pool, run one query,
 * give it back.  Pools are last in first out and small, since a read takes microseconds.
 *
 * Writes: a change is a list of named statements with their parameters, and no code: it stands
 * alone, without a conversation with the database, so that the same change can one day be sent
 * to another machine.  All of its statements happen or none.  In a serving process one writer
 * thread commits all waiting changes in one transaction (group commit, synchronous=FULL), first
 * come first served; in CGI and on the command line the caller's thread does it (STORE_INLINE).
 *
 * Statements stand in sql/ (files by topic, each statement named) and are prepared on first use;
 * `make check` prepares every one of them.
 *
 * What several machines share is refused here and handed on (store_share_with).
 *
 * Threads: a store may be shared; a reader and a change belong to one thread.
 * Errors: ERROR_STORE when the file is locked beyond the wait (2 s), read-only, full, corrupt or
 * not ours; the text says which.  ERROR_BUDGET and ERROR_RATE when the schema refused a hold
 * (RAISE 'over budget', 'over rate limit').
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/argument.h"
#include "base/error.h"
#include "base/slice.h"
#include "store/sql_names.h"

struct store;

enum store_mode {
	STORE_INLINE, /* no writer thread: command line */
	STORE_ONCE,   /* the same for one request (CGI), so that it begins and ends quickly */
	STORE_SHARED, /* writer thread and pools: a serving process */
};

/*
 * Opens or makes the database.  A file that does not exist is created with mode 0600 and the
 * schema; one that exists must be ours (application_id) and not newer than this program: a file of
 * zero bytes or another program's is refused, never filled, because that would reset budgets.
 * Older schemas are migrated in one transaction.  Refuses a file that others can read or write
 * (mode & 077). WAL, except on network file systems, where journal_mode=TRUNCATE is used. Open
 * after fork, never before.
 */
struct store *store_open(const char *path, enum store_mode mode, struct error *err);
const char *store_path(const struct store *store);
/* Has its file vanished, or another one taken its place?  What is written is lost then.  One
 * stat(2). */
bool store_is_gone(const struct store *store, struct error *err);
void store_close(struct store *store); /* waits for the queue; NULL is fine */

/* Something that the program keeps as long as this store: made with `make` when it is asked for
 * first, given to `release` by store_close.  There is one for each `make`, STORE_COMPANIONS of them
 * at most. */
#define STORE_COMPANIONS 8
void *store_companion(struct store *store, void *(*make)(void), void (*release)(void *companion));

/* Is a durable write possible now?  Commits a small change.  For readiness. */
int store_ping(struct store *store, struct error *err);

/* ---- reading ---- */

struct store_reader;
struct statement;

struct store_reader *store_reader_borrow(struct store *store, struct error *err);
void store_reader_return(struct store *store, struct store_reader *reader); /* NULL is fine */

/* Another number after each commit, by whoever: what was read after one was taken still stands
 * while the next one is the same.  Some instructions and no lock, for it is a digest of the head of
 * SQLite's index of the WAL in shared memory.  0: not known (no WAL); then nothing stands. */
uint64_t store_stamp(struct store_reader *reader);

/* A statement, reset and ready for binding; NULL on failure, or of no reader.  It is valid until
 * the reader's return. */
struct statement *store_query(struct store_reader *reader, enum sql_name name, struct error *err);

/* The same of a reader of its own, which goes back where the name ends:
 *
 *	AUTO_READ struct statement *s = store_read(store, SQL_TEAM_FIND, err);
 */
#define AUTO_READ __attribute__((cleanup(store_read_end)))
struct statement *store_read(struct store *store, enum sql_name name, struct error *err);
void store_read_end(struct statement **s);

/* Binding keeps its first failure, which statement_step reports.  A parameter that the
 * statement does not have is a programmer's mistake (assert).  Text is not copied; NULL binds
 * NULL.  Nothing is bound to a statement that is NULL.
 *
 *	statement_bind(s, ":id", id, ":limit", 20);
 */
#define statement_bind(s, ...) statement_bind_all(s, ARGUMENTS(__VA_ARGS__, ARGUMENTS_END))
void statement_bind_all(struct statement *s, const struct argument *names_and_values);
void statement_bind_int(struct statement *s, const char *parameter, int64_t value);
void statement_bind_text(struct statement *s, const char *parameter, const char *value);
void statement_bind_null(struct statement *s, const char *parameter);

/* 1: a row is there; 0: no more; -1: err, or no statement, about which err was told before. */
int statement_step(struct statement *s, struct error *err);
int64_t statement_int(const struct statement *s, int column);
const char *statement_text(
    const struct statement *s, int column); /* until the next step; may be NULL */
bool statement_is_null(const struct statement *s, int column);
bool statement_is_text(const struct statement *s, int column);
const char *statement_name(const struct statement *s, int column); /* NULL after the last one */

/* ---- writing ---- */

struct change;

struct change *change_new(void);
void change_free(struct change *change); /* NULL is fine */
#define AUTO_CHANGE __attribute__((cleanup(change_cleanup)))
void change_cleanup(struct change **change);

/* Adds a statement; the binds that follow belong to it.  Text is copied. */
void change_add(struct change *change, enum sql_name name);
#define change_bind(change, ...) change_bind_all(change, ARGUMENTS(__VA_ARGS__, ARGUMENTS_END))
void change_bind_all(struct change *change, const struct argument *names_and_values);
void change_bind_int(struct change *change, const char *parameter, int64_t value);
void change_bind_text(struct change *change, const char *parameter, const char *value);
void change_bind_null(struct change *change, const char *parameter);

/*
 * Adds a sum: a statement that adds numbers to a row, as an UPDATE by id or an INSERT ... ON
 * CONFLICT DO UPDATE does, and whose order among other changes does not matter.  It depends
 * (below).  The sums of one transaction that have the same name and keys are added up and run once,
 * so a busy process pays for a sum once a transaction and not once a request.  change_bind_addend
 * binds what is added; all else that is bound is a key, and is bound first.
 */
void change_add_sum(struct change *change, enum sql_name name);
void change_bind_addend(struct change *change, const char *parameter, int64_t value);

/* Of the statement that was added last.  It depends: it is left out when the last one before it
 * that does not depend touched no row.  It must touch a row, or else the change fails. */
void change_depends(struct change *change);
void change_must_touch(struct change *change);

/* Of the statement that was added last, the first of its change: where it touches no row, the
 * change ends there and has done nothing; change_rows tells. */
void change_guard(struct change *change);

/* All of `part` is done with the change, after its own statements.  The part is borrowed until the
 * change has been applied. */
void change_part(struct change *change, struct change *part);

/* A number and an amount that go with a change, for whoever keeps account of what it ends. */
struct change_mark {
	uint64_t what;
	int64_t amount;
};
void change_mark(struct change *change, uint64_t what, int64_t amount);
size_t change_marks(const struct change *change, const struct change_mark **out);

/* The statements and values of a change as bytes, and a change of such bytes.  NULL: they are none,
 * or of another version of the program.  What is called after the commit is not among them. */
struct slice change_write(const struct change *change, struct arena *arena);
struct change *change_read(struct slice bytes);

/* Of its statements of that name whose `key` is this: the sum of what `parameter` is bound to.  For
 * who reads a change instead of applying it. */
int64_t change_sum_of(const struct change *change, enum sql_name name, const char *key,
    int64_t key_value, const char *parameter);

/* Calls `then` soon after the change is on disk, once for all changes of a transaction.  It runs in
 * the thread that commits: it must be quick, and must not write to the store. */
void change_then(struct change *change, void (*then)(struct store *store));

int change_count(const struct change *change);

/* Does it, and returns when it is on disk.  Afterwards change_rows tells how many rows the nth
 * statement (from 0) touched directly.  The caller still owns the change. */
int store_apply(struct store *store, struct change *change, struct error *err);
int change_rows(const struct change *change, int statement);

/* From now on store_apply gives changes that this file refuses, because it has a copy only of what
 * they change (store/books.h), to `share`.  Until then they fail with ERROR_SHARED. */
typedef int store_share(void *ctx, struct change *change, struct error *err);
void store_share_with(struct store *store, store_share *share, void *ctx);
/* Where it cannot be shared now, it may be made in this file alone: for what must not wait for
 * others.
 */
void change_may_be_alone(struct change *change);

/* Takes the change and does it soon, in order with all others of this process; a failure is
 * logged, and one that may pass (locked, full) is tried again until store_close gives up.
 * STORE_INLINE does it before returning. */
void store_apply_later(struct store *store, struct change *change);
/* The same for one that is in no hurry: for up to 50 ms it waits for another one, whose commit it
 * shares. */
void store_apply_in_company(struct store *store, struct change *change);
/* Does somebody read for so long that each commit makes the file of changes longer
 * (docs/operate.md)? Then fewer and larger ones are better. */
bool store_is_kept(const struct store *store);
/* Returns when all that was given to the store before has been done, or tried. */
void store_catch_up(struct store *store);

#endif
