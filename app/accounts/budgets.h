#ifndef ACCOUNTS_BUDGETS_H
#define ACCOUNTS_BUDGETS_H

/*
 * Limits in money over a period, and their windows.  Budgets of keys and teams are made by
 * administration; those of deployments, providers and the proxy come from the settings and are
 * written to the store when settings are loaded (budgets_sync), so that all are alike.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accounts/window.h"
#include "base/arena.h"
#include "base/error.h"
#include "settings/settings.h"
#include "store/store.h"

struct budget_wish {
	int64_t limit_nano; /* below 0: remove the budget of this period */
	const char *period; /* "1d", "30d", "" for a lifetime */
};

/* What was spent of a window before there was an account here: by another gateway.  It has no
 * attempts of its own, as if retention had deleted them. */
struct budget_carry {
	const char *period;
	int64_t starts_ms, ends_ms; /* of the window that runs */
	int64_t nano;
};

/* The window of `period` that runs now.  ends_ms as the other gateway has it; 0: as here. */
int budget_carry_make(const char *period, const char *zone, int64_t nano, int64_t ends_ms,
    int64_t now_ms, struct budget_carry *out, struct error *err);

/* "5/1d", "0.50/1h", "100" (a lifetime): for the command line and the API. period is in the arena.
 */
int budget_wish_parse(
    const char *text, struct arena *arena, struct budget_wish *out, struct error *err);

/* Writes the settings' budgets to the store; those that are gone become inactive, their history
 * stays.  Does nothing when the store already has exactly these. */
int budgets_sync(
    struct store *store, const struct settings *settings, int64_t now_ms, struct error *err);

/* Adds to a change: sets or removes one administrated budget; open windows take the new limit. */
void budgets_set_into(struct change *change, const char *scope, const char *scope_id,
    const struct budget_wish *wish, int64_t now_ms);

/* Adds to a change: counts it as spent.  A second time only what is more than the first. */
void budgets_carry_into(struct change *change, const char *scope, const char *scope_id,
    const struct budget_carry *carry);

/* Adds to a change: ends all administrated budgets of a key or team; their history stays. */
void budgets_stop_all_into(struct change *change, const char *scope, const char *scope_id);

/* Adds two statements to a change: the present window of each budget of the scope ends now, and one
 * begins that counts carried_nano as spent, where at least that much is.  The first statement tells
 * how many. */
void budgets_reset_into(struct change *change, const char *scope, const char *scope_id,
    int64_t carried_nano, int64_t now_ms);

/* One budget with its present window, as a request sees it. */
struct budget_state {
	int64_t budget_id;
	int64_t window_id;
	char *scope, *scope_id, *period;
	int64_t limit_nano, spent_nano, held_nano, overrun_nano;
	int64_t leased_nano; /* of held: what processes have to divide among their calls, */
	int64_t idle_nano;   /* and of that what is free, as far as it is known here */
	int64_t lost_nano;   /* of spent: what nobody can account for; for lists */
	int64_t starts_ms, ends_ms;
};
/* What running calls hold, as far as it is known. */
static inline int64_t budget_held_by_calls(const struct budget_state *b)
{
	return b->held_nano - b->idle_nano;
}
/* Leased money that lies idle counts as free: it is called back when it is needed. */
static inline int64_t budget_left(const struct budget_state *b)
{
	int64_t left = b->limit_nano - b->spent_nano - b->held_nano + b->idle_nano;
	return left > 0 ? left : 0;
}

struct budget_states {
	struct budget_state
	    *items; /* in the arena; order: key, team, proxy, provider, deployment */
	size_t count, room;
};

/* Every active budget that could apply to a request of this key (NULL or "master": no key budget)
 * and team (may be NULL): key's, team's, proxy's, and those of all providers and deployments.
 * Windows that do not exist yet are made (one durable change, rare). */
int budgets_for_request(struct store *store, const char *key_id, const char *team_id,
    const char *timezone, int64_t now_ms, struct arena *arena, struct budget_states *out,
    struct error *err);

/* Does it apply to a call of this deployment at this provider? */
bool budget_applies(
    const struct budget_state *budget, const char *provider, const char *deployment_id);

/* All budgets with their present windows, for lists; made windows are not stored. */
int budgets_list(struct store *store, const char *timezone, int64_t now_ms, struct arena *arena,
    struct budget_states *out, struct error *err);

#endif
