#ifndef ACCOUNTS_BUDGETS_H
#define ACCOUNTS_BUDGETS_H

/*
 * Limits in money over a period, and their windows.  Budgets of keys, of a key at one model and of
 * teams are made by administration; those of end users, tags, deployments, providers and the proxy
 * come from the settings and are written to the store when settings are loaded (budgets_sync), so
 * that all are alike.  The budget of end users is one row that each of them has for himself, in
 * windows of his own.
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
	const char *model;  /* of scopes key_model and team_model: the group; else NULL */
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

/* "5/1d", "0.50/1h", "100" (a lifetime), "5/1d@gpt-4o" (at one model): for the command line and the
 * API.  Its texts are in the arena. */
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

/* Adds to a change: ends all administrated budgets of a scope's one; their history stays. */
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
	char *scope, *scope_id, *period, *model; /* model: of key_model, team_model, else "" */
	int64_t limit_nano, spent_nano, held_nano, overrun_nano;
	int64_t leased_nano;    /* of held: what processes have to divide among their calls, */
	int64_t ungranted_nano; /* of held: of no call, but the bank's or other machines' */
	int64_t idle_nano;      /* and of that what is free, as far as it is known here */
	int64_t lost_nano;      /* of spent: what nobody can account for; for lists */
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
	struct budget_state *items; /* in the arena; order: as in budgets.c */
	size_t count, room;
};

/* Who asks.  Name a user and tags only where the settings give them budgets
 * (budgets_of_settings): they are as many as clients like, and what is read is kept by them. */
struct budget_asker {
	const char *key_id;  /* NULL or "master": no key budget */
	const char *team_id; /* may be NULL */
	const char *user;    /* may be NULL */
	const char *const *tags;
	size_t tag_count;
};

/* Does the map have it?  A tag is compared as it is recorded. */
bool budgets_have(const struct named_budgets *budgets, const char *name);

/* Leaves of user and tags those that have a budget by the settings; the list is in the arena. */
void budgets_of_settings(const struct settings *settings, const char *user, const char *const *tags,
    size_t tag_count, struct arena *arena, struct budget_asker *out);

/* Every active budget that could apply to a request: those of the asker, the proxy's, and those of
 * all providers and deployments.  Windows that do not exist yet are made (one durable change,
 * rare). */
int budgets_for_request(struct store *store, const struct budget_asker *asker, const char *timezone,
    int64_t now_ms, struct arena *arena, struct budget_states *out, struct error *err);

/* What is called. */
struct budget_call {
	const char *provider, *deployment_id, *group;
};
bool budget_applies(const struct budget_state *budget, const struct budget_call *call);

/* Are its figures the client's own?  Those of others are nobody's business. */
bool budget_is_own(const char *scope);
/* For messages: "key", "key for this model". */
const char *budget_scope_words(const char *scope);

/* All budgets with their present windows, for lists; made windows are not stored. */
int budgets_list(struct store *store, const char *timezone, int64_t now_ms, struct arena *arena,
    struct budget_states *out, struct error *err);

#endif
