#ifndef PANEL_ACCOUNT_FORM_H
#define PANEL_ACCOUNT_FORM_H

/*
 * The form for keys and teams (templates/account_form.html): what they may do, spend and ask for.
 * Of a key or team that exists only what the person changed is wished (panel/form_shown.h).
 */
#include <jansson.h>

#include "accounts/account_wish.h"
#include "panel/page.h"

#define ACCOUNT_BUDGET_ROWS   6
#define ACCOUNT_MODEL_BUDGETS 100

struct account_form {
	struct account_wish wish;
	struct budget_wish budgets[2 * ACCOUNT_BUDGET_ROWS];     /* set, and removed */
	struct budget_wish model_budgets[ACCOUNT_MODEL_BUDGETS]; /* of a key */
	struct limits limits;
	const char *id; /* of a new team; NULL: made */
};

/* Reads call->form into the wish.  account is the KEY or TEAM of the views that is changed, or NULL
 * for a new one.  Texts are in the arena.  ERROR_BAD_REQUEST for a mistake in a field, and for a
 * field that was changed by somebody else while the form was open. */
int account_form_read(
    struct page_call *call, const json_t *account, struct account_form *out, struct error *err);

/* What the template needs: the fields' values, from call->form when it was sent (so that a mistake
 * does not lose what was typed), else from account, else empty. */
json_t *account_form_json(struct page_call *call, bool is_key, const json_t *account);

#endif
