#ifndef ACCOUNTS_SHARES_STATE_H
#define ACCOUNTS_SHARES_STATE_H

/*
 * The inside of shares.c, which has the keeper, and share_report.c, which makes one round trip.
 */
#include <stdbool.h>
#include <stdint.h>

#include "accounts/shares.h"
#include "bank/bank_connection.h"

/* How fast a window is used, as this process has seen it. */
struct share_flow {
	int64_t window_id; /* 0: free */
	int64_t used_nano, at_ms, grown_ms;
	int64_t rate_nano;          /* a second; fading */
	int64_t want_nano, want_ms; /* what was asked for last */
	bool recalled;
};

#define SHARE_FLOWS 1024 /* a power of two */

enum share_step { STEP_WANTED, STEP_ALL, STEP_CLOSING };

struct share_teller {
	struct store *store;
	struct bank_connection *bank;
	int64_t lasting_ms, reach_ms;
	int64_t losing_ms; /* when lost machines were looked for last */
	struct share_flow flows[SHARE_FLOWS];
	bool hurry; /* after a report: there is more to do soon */
};

/* One report of this machine, or several where there is much to tell.  The caller has the lock. */
int share_tell(struct share_teller *teller, enum share_step step, struct error *err);

#endif
