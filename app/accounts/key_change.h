#ifndef ACCOUNTS_KEY_CHANGE_H
#define ACCOUNTS_KEY_CHANGE_H

/*
 * Making keys, changing them and ending them: one function a deed, for the command line, the panel
 * and the API alike.  Each says who does it and leaves a record in the trail (audit_event.h) in the
 * same transaction.  A key's history outlives it.
 */
#include "accounts/account_wish.h"
#include "accounts/audit_event.h"
#include "accounts/keys.h"

struct key_secret {
	char text[256]; /* the whole key; wipe after showing it */
};

int key_create(struct store *store, const struct actor *by, const struct account_wish *wish,
    int64_t now_ms, struct arena *arena, struct virtual_key *out, struct key_secret *out_secret,
    struct error *err);
/* An update also when nothing is wished: then nothing changes and nothing is recorded. */
int key_update(struct store *store, const struct actor *by, const char *id,
    const struct account_wish *wish, int64_t now_ms, struct error *err);
int key_set_blocked(struct store *store, const struct actor *by, const char *id, bool blocked,
    int64_t now_ms, struct error *err);
/* A new secret; the old one stays good for grace_ms.  wish (may be NULL) is applied with it. */
int key_rotate(struct store *store, const struct actor *by, const char *id, int64_t grace_ms,
    const struct account_wish *wish, int64_t now_ms, struct key_secret *out_secret,
    struct error *err);
int key_delete(
    struct store *store, const struct actor *by, const char *id, int64_t now_ms, struct error *err);

/* Begins the present windows of the key's budgets anew, with carried_nano counted as spent (at most
 * what is).  ERROR_BAD_REQUEST when it has no budget with a window, or less was spent. */
int key_reset_spend(struct store *store, const struct actor *by, const char *id,
    int64_t carried_nano, int64_t now_ms, struct error *err);

#endif
