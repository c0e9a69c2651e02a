#ifndef RELAY_LATE_ANSWER_H
#define RELAY_LATE_ANSWER_H

/*
 * A whole answer that nobody waits for any more: the client left, or a time limit is over and a
 * fallback is asked.  The provider makes it all the same and bills it, so it is waited for in a
 * fiber or thread of its own, until the request's deadline, and charged what it cost instead of its
 * bound. Its hold stands meanwhile.
 *
 * At most LATE_ANSWERS_MAX at a time in a process; one more is cut, as are all when the process
 * ends.  A process of one request (CGI) has none.
 */
#include <stdbool.h>
#include <stdint.h>

#include "accounts/ledger.h"
#include "relay/delivery.h"

#define LATE_ANSWERS_MAX 32

struct late_answers; /* of a process */
struct late_answers *late_answers_new(void);
/* Waits for all, at most so long, and cuts those that are left; NULL is fine. */
void late_answers_end(struct late_answers *all, int64_t most_ms);
void late_answers_free(struct late_answers *all);

/* May the calls of this run be left to it? */
bool late_answer_allowed(const struct run *run);

/* Takes over a call that was left, with what had come of its answer.  False: there is no room, and
 * the call has been ended; its hold is the caller's still. */
bool late_answer_take(
    struct delivery *delivery, struct fetch_left *left, const struct attempt *row);

/* The request's own row is on its way to the store: what its late answers cost is added to it. */
void late_answers_recorded(struct run *run);

#endif
