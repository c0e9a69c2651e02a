#ifndef ADMIN_ACCOUNT_FORM_H
#define ADMIN_ACCOUNT_FORM_H

/*
 * The form for keys and teams (templates/account_form.html): what they may do, spend and ask for.
 */
#include <jansson.h>

#include "accounts/account_wish.h"
#include "admin/page.h"

#define ACCOUNT_BUDGET_ROWS 6

struct account_form {
	struct account_wish wish;
	struct budget_wish budgets[ACCOUNT_BUDGET_ROWS];
	struct limits limits;
	const char *id; /* of a new team; NULL: made */
};

/* Reads call->form into the wish.  account is the KEY or TEAM of the views that is changed, or NULL
 * for a new one.  Texts are in the arena. */
int account_form_read(
    struct page_call *call, const json_t *account, struct account_form *out, struct error *err);

/* What the template needs: the fields' values, from call->form when it was sent (so that a mistake
 * does not lose what was typed), else from account, else empty. */
json_t *account_form_json(struct page_call *call, bool is_key, const json_t *account);

#endif
