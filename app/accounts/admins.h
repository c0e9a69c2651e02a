#ifndef ACCOUNTS_ADMINS_H
#define ACCOUNTS_ADMINS_H

/*
 * Who may use the panel.  An admin changes things, a viewer reads.  Passwords are argon2id hashes
 * (64 MiB, 3 passes; one at a time in a process, so that many attempts do not take the memory).
 *
 * Attempts are counted in the store before the password is looked at, by name and by address, so
 * that many processes together allow no more than one does: five are free, then each waits twice
 * as long as the one before, up to a minute for a name (nobody can lock another out for long) and
 * 15 minutes for an address.  An hour without attempts forgets them.
 */
#include <stdint.h>

#include "accounts/audit_event.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "store/store.h"

enum admin_role { ADMIN_NOBODY, ADMIN_VIEWER, ADMIN_FULL };

struct admin {
	const char *name;
	enum admin_role role;
	int64_t created_ms, signed_in_ms; /* 0: never */
};

const char *admin_role_name(enum admin_role role);
/* "admin" or "viewer"; ERROR_BAD_REQUEST for anything else. */
int admin_role_parse(const char *name, enum admin_role *out, struct error *err);

/* Is it a password that is hard to guess: 12 to 1024 bytes, not the name, not one of the usual
 * ones? ERROR_BAD_REQUEST says what is wrong. */
int admins_check_password(const char *name, const char *password, struct error *err);

/* Makes an admin, or gives an existing one a new password (and role, unless ADMIN_NOBODY), which
 * ends all of its sessions but the one whose token hash is `except` (NULL: all). who is for the
 * audit trail. */
int admins_set(struct store *store, const char *name, const char *password, enum admin_role role,
    const char *except, const struct actor *by, struct error *err);

/* The first admin: ERROR_FORBIDDEN when there is one already, also when two try at once. */
int admins_set_first(struct store *store, const char *name, const char *password,
    const struct actor *by, struct error *err);

/* The last one of role admin stays: ERROR_FORBIDDEN. */
int admins_remove(struct store *store, const char *name, const struct actor *by, struct error *err);

/* How many of role admin there are; -1. */
int64_t admins_count(struct store *store, struct error *err);

int admins_each(struct store *store, int (*each)(void *ctx, const struct admin *admin), void *ctx,
    struct error *err);

/* Name and password.  ERROR_UNAUTHENTICATED, the same for an unknown name and a wrong password, in
 * the same time; ERROR_RATE with the seconds to wait when attempts came too fast. */
int admins_sign_in(struct store *store, const char *name, const char *password, const char *address,
    struct arena *arena, struct admin *out, struct error *err);

/* A code that lets its holder make the first admin within 30 minutes. */
int admins_setup_code_new(struct store *store, struct digest_secret *out, struct error *err);
/* Throttled like a sign-in; ERROR_UNAUTHENTICATED when it is not one. */
int admins_setup_code_check(
    struct store *store, const char *code, const char *address, struct error *err);

#endif
