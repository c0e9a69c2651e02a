#ifndef ACCOUNTS_SHARES_STATE_H
#define ACCOUNTS_SHARES_STATE_H

/*
 * The inside of shares.c, which has the keeper, share_plan.c, which says what is to be told and
 * wanted, and share_report.c, which makes one round trip.
 */
#include <stdbool.h>
#include <stdint.h>

#include "accounts/idempotency.h"
#include "accounts/shares.h"
#include "bank/bank_connection.h"

/* How fast a window is used, as this process has seen it. */
struct share_flow {
	int64_t window_id; /* 0: free; below 0: of a limit */
	int64_t used_nano, spent_nano, at_ms, grown_ms;
	int64_t rate_nano;          /* spent in a second; fading */
	int64_t held_nano;          /* at a time; fading */
	int64_t want_nano, want_ms; /* what was asked for last */
	bool recalled;
};

#define SHARE_FLOWS 1024 /* a power of two */

enum share_step { STEP_WANTED, STEP_ALL, STEP_CLOSING };

struct share_teller {
	struct store *store;
	struct bank_connection *bank;
	int64_t lasting_ms, reach_ms;
	char timezone[64];
	int64_t losing_ms; /* when lost machines were looked for last */
	struct share_flow flows[SHARE_FLOWS];
	bool unanswered; /* what became of the last report is not known */
	bool hurry;      /* after a report: there is more to do soon */
};

struct share_line {        /* of a window, or of a limit: that has used for held, and 0 for spent */
	int64_t window_id; /* 0: of a limit */
	int64_t pot_id;    /* 0: the bank's name is not known yet */
	int64_t limit, spent, held, granted, base, told, wanted, lost, ends_ms, starts_ms;
	bool was_told, unsure, has_next; /* has_next: the window after it is open, too */
	int64_t former_id;               /* of one that has not begun: the window before; else 0 */
	const char *kind, *scope, *scope_id, *model, *period, *user;
	struct share_flow *flow; /* NULL: none is free */
	int64_t keeps;           /* of granted, when idle money has gone back */
	int64_t want, lacks;
};

struct share_lines {
	struct share_line *items; /* in the arena */
	size_t count;
};

struct share_statements { /* of a window's share, and of a limit's */
	enum sql_name pot, lower, take, end;
	const char *granted, *wanted; /* parameters */
};

static inline int64_t more_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* share_plan.c: */
const struct share_statements *share_statements_of(const struct share_line *line);
void share_add_for(struct change *change, enum sql_name name, const struct share_line *line);
/* All that is worth telling, with what is to go back and what is wanted; what is over ends. */
int share_read_lines(struct share_teller *teller, enum share_step step, int64_t now_ms,
    struct arena *arena, struct share_lines *out, struct error *err);

/* Opens the next window of what is in use and about to end: a share of it is there when it begins.
 */
int share_open_next(
    struct share_teller *teller, const struct share_lines *lines, struct error *err);

/* share_claims.c: */
/* 1: the key is this machine's; 0: another has it, and *out_state and *out say how it is; -1: err.
 */
int share_claim(struct share_teller *teller, const char *machine,
    const struct idempotency_claim *claim, int64_t now_ms, struct arena *arena,
    enum idempotency_state *out_state, struct idempotency_answer *out, struct error *err);
int share_tell_claims(struct share_teller *teller, const char *machine, struct error *err);

struct share_machine {                     /* texts in the arena */
	const char *id, *mark, *next_mark; /* next_mark: NULL where none was drawn */
	int64_t number;                    /* of the last report that was answered */
};

/* share_report.c: */
int share_read_machine(
    struct share_teller *teller, struct arena *arena, struct share_machine *out, struct error *err);
/* One report of this machine, or several where there is much to tell.  The caller has the lock. */
int share_tell(struct share_teller *teller, enum share_step step, struct error *err);

#endif
