#ifndef ACCOUNTS_ACCOUNT_WISH_H
#define ACCOUNTS_ACCOUNT_WISH_H

/*
 * What somebody wants a key or a team to be: the same for the command line, the panel and the API.
 * NULL, KEY_KEEP and WISH_KEEP leave a field as it is; an empty text takes it away.  Only the two
 * change modules (key_change.h, teams.h) use the functions.
 */
#include <stdbool.h>
#include <stdint.h>

#include "accounts/budgets.h"
#include "accounts/limits_wish.h"
#include "store/store.h"

enum wish_bool { WISH_KEEP, WISH_NO, WISH_YES };

struct account_wish {
	const char *alias;    /* "": none */
	const char *models;   /* JSON array; "[]" allows all */
	const char *metadata; /* JSON object; replaces the one that is there */
	const char *extra;    /* JSON object of fields that are kept without effect; merged, null
				 takes one away */
	const char *plan_id;  /* a budget plan to follow; "": none; budgets or limits without it:
				 none  any more, what it set stays */
	enum wish_bool blocked;
	const struct budget_wish *budgets; /* replaces those with the same period */
	size_t budget_count;
	bool only_these_budgets;            /* those of other periods end */
	const struct budget_carry *carries; /* spent elsewhere, of budgets that it has or gets */
	size_t carry_count;
	const struct limits *limits; /* NULL: as they are, and so is a member that is KEY_KEEP */

	const struct budget_wish *model_budgets; /* NULL: as they are; else in their place */
	size_t model_budget_count;

	/* Of keys alone: */
	const char *team_id;          /* "": none */
	bool team_must_exist;         /* else a team that is not there is made */
	const char *budget_fallbacks; /* JSON object: a group to the groups after it */
	int64_t expires_ms;           /* KEY_KEEP; 0: never */
	const char *role;             /* "client", "admin", "viewer" */
	const char *noted; /* JSON object that is merged into the metadata; null takes away */
	const char
	    *secret; /* the key itself, chosen by hand; NULL: a random one, which is better */
	/* A key that another gateway made and whose SHA-256 alone is known: instead of a secret. */
	const char *hash, *hint;
	const char *id; /* of a new key; NULL: made */
};

int account_wish_check(const struct account_wish *wish, struct error *err);

/* Binds :alias, :models, :metadata, :extra, :plan_id and :blocked. is_new puts defaults where there
 * is no wish. */
void account_wish_bind(struct change *change, const struct account_wish *wish, bool is_new);
/* Adds the budgets, or the plan's, after the row is there. */
void account_wish_budgets_into(struct change *change, const char *scope, const char *id,
    const struct account_wish *wish, int64_t now_ms);

/* Words for what the schema refused. */
int account_wish_explain(const struct account_wish *wish, int result, struct error *err);

#endif
