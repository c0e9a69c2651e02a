#ifndef ACCOUNTS_BUDGET_PLANS_H
#define ACCOUNTS_BUDGET_PLANS_H

/*
 * Limits with a name that any number of keys and teams follow (LiteLLM's /budget).  Each follower
 * has the whole limit for itself; when the plan changes, so do the budgets and limits of all that
 * follow it, in the same transaction.  A plan that something follows cannot be deleted.
 */
#include "accounts/audit_event.h"
#include "accounts/limits_wish.h"
#include "base/error.h"
#include "store/store.h"

struct plan_wish {
	const char *id;              /* of a new one; NULL: made */
	const char *period;          /* NULL: as it is */
	int64_t limit_nano;          /* KEY_KEEP: as it is; below 0: no limit in money */
	const struct limits *limits; /* as in account_wish.h */
	const char *extra;
};

int budget_plan_check(const struct plan_wish *wish, struct error *err);
/* out_id: the id, in the arena. */
int budget_plan_create(struct store *store, const struct actor *by, const struct plan_wish *wish,
    int64_t now_ms, struct arena *arena, const char **out_id, struct error *err);
int budget_plan_update(struct store *store, const struct actor *by, const char *id,
    const struct plan_wish *wish, int64_t now_ms, struct error *err);
int budget_plan_delete(
    struct store *store, const struct actor *by, const char *id, int64_t now_ms, struct error *err);

/* Adds to a change: everything that follows the plan gets its limits. */
void budget_plan_follow_into(struct change *change, const char *id, int64_t now_ms);

#endif
