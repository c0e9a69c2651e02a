#ifndef ACCOUNTS_ADMIN_SESSIONS_H
#define ACCOUNTS_ADMIN_SESSIONS_H

/*
 * Signed-in browsers.  The cookie holds 256 random bits; the store has their SHA-256.  A session
 * ends after 30 minutes without a request, 12 hours after it began, when somebody ends it, and when
 * the password changes.  A clock that went back ends it too, rather than prolong it.
 *
 * Forms carry a token made from the cookie's value, so it belongs to the session and nothing more
 * is stored.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "accounts/admins.h"
#include "accounts/audit_event.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "store/store.h"

struct admin_session {
	const char *id;
	const char *admin;
	enum admin_role role;
	const char *hash; /* of the cookie's value */
	int64_t started_ms, seen_ms;
};

/* Begins one for an admin who has just proved the password. */
int admin_session_start(struct store *store, const char *admin, const char *address,
    const char *agent, struct digest_secret *out_cookie, struct error *err);

/* 1: found and good; 0: there is none; -1.  Notes (about once a minute) that it was seen. */
int admin_session_find(struct store *store, const char *cookie, struct arena *arena,
    struct admin_session *out, struct error *err);

int admin_session_end(struct store *store, const char *cookie, struct error *err);
/* By id; admin NULL: anybody's.  ERROR_NOT_FOUND. */
int admin_session_end_id(struct store *store, const char *id, const char *admin,
    const struct actor *by, struct error *err);

/* [{"id", "admin", "role", "started", "seen", "started_ms", "seen_ms", "address", "agent"}], the
 * last seen first. */
json_t *admin_sessions_json(struct store *store, struct error *err);

/* What forms of this session carry. */
struct digest_hex admin_session_token(const char *cookie);

#endif
