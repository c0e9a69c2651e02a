#ifndef ACCOUNTS_TILL_BOOK_H
#define ACCOUNTS_TILL_BOOK_H

/*
 * What a till has, in memory: for each window what is idle, held by running calls, or spent and not
 * reported yet; and the running calls.  It decides how much to ask for; it asks nobody and keeps no
 * lock (the till's mutex guards it).
 *
 * A window has a drawer when a call needed it.  A lease is as large as what calls of the last
 * seconds held, times the time that it must last; where fewer than two calls a second come there is
 * none.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts/bank.h"
#include "accounts/recall.h"
#include "base/slice.h"

struct till_rules {
	bool enabled;
	int64_t share_ppm;  /* of what is free in a window, one lease at most */
	int64_t lasting_ms; /* that a lease is to last */
	int64_t reach_ms;   /* the longest that a call can last, and some */
};

struct drawer {
	int64_t window_id; /* 0: free */
	int64_t idle, open;
	int64_t unreported, reporting; /* costs; the second are on their way to the bank */
	int64_t calls;                 /* that make up `open` */
	int64_t shown_open, shown_calls;
	int64_t second, asked, asked_before, times, times_before; /* bounds, in this second and in
								      the one before */
	int64_t peak;                                             /* bounds in a second, fading */
	int64_t largest;                                          /* bound of late */
	int64_t used_ms;                                          /* when a call last needed it */
	int64_t cap, looked_ms; /* what the bank's figures allow, and when they were read */
	int64_t recall_seen;
	bool recalled; /* until the calls that run have ended */
	bool leased;   /* the bank has a row for it */
	bool asking;   /* the report under way may bring one */
};

#define BOOK_DRAWERS 1024 /* a power of two */
#define BOOK_CALLS   4096

struct book_call {
	uint64_t serial; /* 0: free */
	int64_t bound_nano;
	int64_t *windows;
	size_t window_count;
	struct slice record; /* in the journal */
};

struct till_book {
	struct drawer drawers[BOOK_DRAWERS];
	struct book_call calls[BOOK_CALLS];
	size_t call_count;
	uint64_t serials;
	size_t next_call; /* where a free place is looked for first */
};

/* Notes that a call needs so much of these windows. */
void book_ask(struct till_book *book, const int64_t *windows, size_t count, int64_t bound_nano,
    int64_t now_ms);

/* Takes the bound in all windows: the call's serial, or 0 where a lease does not cover it. */
uint64_t book_hold(
    struct till_book *book, const int64_t *windows, size_t count, int64_t bound_nano);
/* Notes where the journal has the call's record. */
void book_keep(struct till_book *book, uint64_t serial, struct slice record);
bool book_has(struct till_book *book, uint64_t serial);
/* The call has ended.  False: there is no such call. */
bool book_end(struct till_book *book, uint64_t serial, int64_t covered_nano);
/* The same for one that was not made after all. */
void book_undo(struct till_book *book, uint64_t serial);

/* Is a lease of one of these windows called back?  Notes those that are. */
bool book_recalls(struct till_book *book, const struct recall *recall);

/* What a report has to say, in the arena: `closing` gives all idle money back. */
size_t book_lines(struct till_book *book, const struct recall *recall,
    const struct till_rules *rules, bool closing, int64_t now_ms, struct arena *arena,
    struct bank_line **out);
/* What may be wanted of the window, now that its figures are known: fills in line->want_nano. */
void book_size(struct till_book *book, const struct till_rules *rules, struct bank_line *line,
    const struct bank_window *window, int64_t now_ms);
/* The bank has answered: what it gave is here, and the costs have been reported. */
void book_answered(struct till_book *book, const struct bank_line *lines, size_t count);

/* Does a lease of these windows lack money, so that a report is worth making now?  */
bool book_lacks(const struct till_book *book, const struct till_rules *rules,
    const int64_t *windows, size_t count, int64_t now_ms);
/* Nothing leased, nothing running. */
bool book_is_empty(const struct till_book *book);
/* What of a window is in use here: held by calls, or spent and not reported. */
int64_t book_used(const struct till_book *book, int64_t window_id);

void book_release(struct till_book *book); /* empties it; serials go on */

#endif
