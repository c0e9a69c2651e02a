#ifndef ACCOUNTS_TILL_STATE_H
#define ACCOUNTS_TILL_STATE_H

/*
 * The inside of a till, for till.c, which calls meet, and till_reporter.c, its two threads.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "accounts/bank.h"
#include "accounts/journal.h"
#include "accounts/rate_book.h"
#include "accounts/recall.h"
#include "accounts/till_book.h"
#include "base/slice.h"
#include "store/store.h"

struct till_part { /* a change that was handed in */
	struct change *change;
	struct slice record; /* in the journal */
	char *aside;         /* owned: the record, while the journal has no room for it */
	bool marked;         /* it ends calls that leases cover */
};

#define BATCH_MOST 256 /* then it is reported at once: who takes a lease waits for one such */

struct till_batch {
	struct till_part *parts;
	size_t count, room, bytes;
	int64_t since_ms; /* when the first one came */
};

struct till {
	struct store *store;
	const struct bank_ops *bank;
	pthread_mutex_t mutex; /* guards the rest */
	pthread_cond_t work, reported;
	pthread_t reporter, watcher;
	bool threaded, watched, closing, urgent, wanted;
	bool sending; /* a report is on its way */
	struct till_rules rules;
	struct recall *recall;
	struct journal *journal; /* NULL: the till is not open */
	bool journal_lags;       /* a record could not be written: it must begin anew first */
	char id[32];
	int64_t number; /* of the last report that was made */
	struct till_batch batch, sent;
	int64_t used_ms, shown_ms, beat_ms, heard_ms;
	bool show; /* a call began since the last report */
	struct till_book book;
	struct rate_book rates;
};

/* Real time: reports and other processes are real, also where the clock is a test's. */
static inline int64_t till_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* till_reporter.c: the parts go; their changes too, where they are still the till's. */
void till_empty(struct till_batch *batch, bool free_changes);

/* till_reporter.c: looks which recalls stand; a report is urgent where one is new. */
void till_hear_locked(struct till *till);

/* till_reporter.c: makes the threads; false where there can be none. */
bool till_start(struct till *till);

#endif
