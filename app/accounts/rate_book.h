#ifndef ACCOUNTS_RATE_BOOK_H
#define ACCOUNTS_RATE_BOOK_H

/*
 * What a till has of limits a minute and at a time, in memory: for each scope requests and tokens
 * that it has counted ahead, and slots for calls.  The till's mutex guards it.
 *
 * What is counted ahead stands in the bucket of a second that is still to come (RATE_AHEAD_S), and
 * is used until then and not later: so a minute's sum sees each call for at least the minute after
 * it, and no 60 seconds have more than the limit.  What is over goes back.
 *
 * Small limits are never leased: requests below RATE_LEAST for each till, calls at a time below
 * SLOTS_LEAST.  They stay exact, call by call.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts/bank.h"
#include "accounts/rate_limit.h"
#include "accounts/recall.h"
#include "accounts/till_book.h"

#define RATE_LEAST   20
#define SLOTS_LEAST  16
#define RATE_AHEAD_S 2

#define RATE_DRAWERS 256 /* a power of two */

struct rate_drawer {
	char scope[16], scope_id[80]; /* empty scope: free */
	struct limits limits;
	int64_t bucket;           /* in which the next two are counted; 0: none */
	int64_t requests, tokens; /* idle */
	int64_t slots, open;      /* idle, and of running calls */
	struct rate_back backs[RATE_BACKS];
	int64_t second, asked, asked_before, tokens_asked, tokens_before, largest;
	int64_t peak; /* calls at a time, of late */
	int64_t used_ms, none_ms;
	int64_t recall_seen;
	bool recalled, leased, asking;
	bool stale; /* the limits have changed: what is idle goes back before any is used */
};

struct rate_call {
	int count;
	struct {
		int drawer;
		int64_t second, tokens;
	} parts[RATE_SCOPES_MAX];
};

struct rate_book {
	struct rate_drawer drawers[RATE_DRAWERS];
	struct rate_call calls[BOOK_CALLS]; /* in the places of the till's book */
};

/* Are all of these limits large enough to be leased? */
bool rate_book_suits(const struct rate_hold *hold);
/* The id of a scope's place in the recall page. */
int64_t rate_recall_id(const char *scope, const char *scope_id);

void rate_book_ask(
    struct rate_book *book, const struct rate_hold *hold, int64_t second, int64_t now_ms);
bool rate_book_covers(const struct rate_book *book, const struct rate_hold *hold, int64_t second);
/* Counts a request that makes no call.  False: it is to be counted exactly. */
bool rate_book_count(struct rate_book *book, const struct rate_hold *hold, int64_t second);
/* For a call that rate_book_covers has approved; hold may be NULL. */
void rate_book_take(struct rate_book *book, const struct rate_hold *hold, uint64_t call);
/* What the call needed in truth, before rate_book_end. */
void rate_book_tokens(struct rate_book *book, uint64_t call, int64_t real_tokens);
void rate_book_end(struct rate_book *book, uint64_t call);
bool rate_book_lacks(
    const struct rate_book *book, const struct rate_hold *hold, int64_t second, int64_t now_ms);
bool rate_book_recalls(struct rate_book *book, const struct recall *recall);

/* What a report says, in the arena, and what became of it. */
size_t rate_book_lines(struct rate_book *book, const struct recall *recall, bool closing,
    int64_t second, int64_t now_ms, struct arena *arena, struct bank_rate **out);
void rate_book_size(struct rate_book *book, struct bank_rate *line, const struct bank_use *use,
    int64_t share_ppm, int64_t now_ms);
void rate_book_answered(struct rate_book *book, const struct bank_rate *lines, size_t count);

bool rate_book_is_empty(const struct rate_book *book);
/* What of the scope lies idle here. */
struct rate_back rate_book_idle(
    const struct rate_book *book, const char *scope, const char *scope_id, int64_t *out_slots);

#endif
