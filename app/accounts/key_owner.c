/*
 * Changes of owners.  See the header.
 */
#include "accounts/key_owner.h"

#include <string.h>

#include "accounts/name_check.h"
#include "accounts/recorded_change.h"

#include "base/banned.h"

#define ID_MAX    128
#define ABOUT_MAX 65536

int key_owner_put(struct store *store, const struct actor *by, const char *id, const char *about,
    int64_t now_ms, struct error *err)
{
	struct recorded_change recorded;

	if (!*id || strlen(id) > ID_MAX || strlen(about) > ABOUT_MAX)
		return error_set(err, ERROR_BAD_REQUEST,
		    "user_id: expected 1 to %d bytes, and %d of all other fields together", ID_MAX,
		    ABOUT_MAX);
	if (name_check("user_id", id, err) != 0)
		return -1;
	recorded_change_begin(&recorded, by, "user.put", "user", id, now_ms);
	recorded_change_add_now(&recorded, SQL_KEY_OWNER_PUT);
	change_bind_text(recorded.change, ":about", about);
	return recorded_change_make(&recorded, store, err);
}

int key_owner_delete(
    struct store *store, const struct actor *by, const char *id, int64_t now_ms, struct error *err)
{
	struct recorded_change recorded;

	recorded_change_begin(&recorded, by, "user.delete", "user", id, now_ms);
	recorded_change_add(&recorded, SQL_KEY_OWNER_DELETE);
	recorded_change_add(&recorded, SQL_KEY_OWNER_STOP_BUDGETS);
	recorded_change_add_now(&recorded, SQL_KEY_OWNER_DELETE_KEYS);
	return recorded_change_make(&recorded, store, err);
}
