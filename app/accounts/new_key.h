#ifndef ACCOUNTS_NEW_KEY_H
#define ACCOUNTS_NEW_KEY_H

/*
 * What the settings add to a wish for a new key (default_key_generate_params), and the most that
 * they let it have (upperbound_key_generate_params): the same for the command line, the panel and
 * the API.  As in LiteLLM, an upper bound is also what a key gets that names nothing.
 */
#include "accounts/account_wish.h"
#include "settings/settings.h"

/* Changes the wish; what it then points at lies in the arena or in the settings.  -1: it asks for
 * more than the settings allow (ERROR_BAD_REQUEST). */
int new_key_terms(const struct settings *settings, int64_t now_ms, struct arena *arena,
    struct account_wish *wish, struct error *err);

/* Is there a group or alias for each of these models (a JSON array of names and wildcards)?  -1
 * names the first for which there is none (ERROR_BAD_REQUEST): nobody could ask for it. */
int new_key_check_models(const struct settings *settings, const char *models, struct error *err);

/* The same for the models of the wish's budgets and of what comes after them: such a budget would
 * never count. */
int new_key_check_budgets(
    const struct settings *settings, const struct account_wish *wish, struct error *err);

#endif
