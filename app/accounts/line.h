#ifndef ACCOUNTS_LINE_H
#define ACCOUNTS_LINE_H

/*
 * The line of requests that wait for money which running calls hold.
 *
 * The line is one for all processes of a host: a file of fixed places beside the database
 * ("sideways.db-line"), mapped by whoever waits or ends a hold.  It is made by the first that
 * serves or waits.  It decides who goes first, never what may be spent: that is the window's guard,
 * so a place that is lost, doubled or stale costs a little time and no money.  A place whose owner
 * has not been seen for 1.5 seconds is free again, so nothing must be cleaned up after a process
 * that was killed.
 *
 * Among requests of one key, first come, first served.  In windows that keys share one that fits
 * may pass others; what has waited for LINE_PATIENCE_MS goes before everything that came later.
 * Only those count that wait for a window which the own call needs, too.
 *
 * When money comes back (change_then with line_call), those who may go are called at once, in
 * whatever process they are.  Where the file cannot be mapped (a file system of several hosts, a
 * read-only folder) each process has a line of its own, and looks by itself now and then.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

#define LINE_PATIENCE_MS 5000

struct line_wish {
	const char *key_id;
	const int64_t *windows; /* that the call needs */
	size_t window_count;
};

struct line_place { /* of one request; zero: none */
	struct line *line;
	int number;
	uint64_t ticket;
	uint32_t heard; /* calls until now */
};

/* Maps the file, and makes it where there is none: a process that serves does so first, so that no
 * call looks whether somebody has made it meanwhile. */
void line_prepare(struct store *store);

/* The window for which somebody waits who goes before this wish; 0: nobody.  `place` is the own
 * place, or NULL for one that has just come. */
int64_t line_before(
    struct store *store, const struct line_wish *wish, const struct line_place *place);

/* Takes the last place, for one who lacks money of this window.  False: the line is full, or `most`
 * of this process or `most_of_key` of this key in this process wait already. */
bool line_join(struct store *store, const struct line_wish *wish, int64_t window_id, int most,
    int most_of_key, struct line_place *out);

/* Sleeps until called, for at most most_ms.  True: called since the last time, or since line_join.
 * Must be called more often than once a second, or the place is lost. */
bool line_sleep(struct line_place *place, int64_t most_ms);

/* Gives the place up (none is fine), and calls those who may go now. */
void line_leave(struct line_place *place);

/* How many wait, in all processes of the host. */
int line_waiters(struct store *store);

/* Calls those who may go: money has come back.  For change_then. */
void line_call(struct store *store);

#endif
