#ifndef IMPORT_ACCOUNT_H
#define IMPORT_ACCOUNT_H

/*
 * What LiteLLM's keys and teams have in common, as a wish: models, budgets with what is spent of
 * them, limits, metadata.
 */
#include "accounts/account_wish.h"
#include "import/import.h"

/* The common part of *out.  What is said of it is noted under `name`. */
int import_account(struct import *import, enum import_table table, const char *name,
    struct slice row, struct account_wish *out, struct error *err);

/* A key's or team's budgets for models, and what may stand in for one that is spent.  What is spent
 * of their windows is not in LiteLLM's tables, so they begin anew. */
int import_model_budgets(struct import *import, enum import_table table, const char *name,
    struct slice row, struct account_wish *out, struct error *err);

/* JSON of what only describes: user_id, user_email, organization_id, members, ... */
const char *import_extra(struct import *import, struct slice row);

/* Makes the key or team, or changes the one that is there. */
typedef int import_deed(struct import *import, const char *id, const struct account_wish *wish,
    bool is_new, struct error *err);

/* Does it, and counts it; a name that is taken is left out, and noted. */
int import_apply(struct import *import, enum import_table table, const char *name, const char *id,
    enum import_known known, struct account_wish *wish, import_deed *deed, struct error *err);

#endif
