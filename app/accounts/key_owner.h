#ifndef ACCOUNTS_KEY_OWNER_H
#define ACCOUNTS_KEY_OWNER_H

/*
 * Whom keys belong to: LiteLLM's internal users.  A key names its owner ("user_id" in its extra);
 * what is kept here beside it only describes the owner.  Nobody signs in as one, and limits are
 * the keys' and teams'.
 */
#include <stdint.h>

#include "accounts/audit_event.h"
#include "base/error.h"
#include "store/store.h"

/* Makes it, or changes what is there: about is a JSON object that is merged; null takes a member
 * away. */
int key_owner_put(struct store *store, const struct actor *by, const char *id, const char *about,
    int64_t now_ms, struct error *err);
/* With its keys; their history stays. */
int key_owner_delete(
    struct store *store, const struct actor *by, const char *id, int64_t now_ms, struct error *err);

#endif
