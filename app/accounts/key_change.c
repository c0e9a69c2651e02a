/*
 * Changes of keys.  See the header.
 */
#include "accounts/key_change.h"

#include <stdio.h>
#include <string.h>

#include "accounts/recorded_change.h"
#include "base/digest.h"

#include "base/banned.h"

/* A new secret with what is kept of it; secret is wiped by whoever made it. */
struct made_secret {
	struct key_secret secret;
	struct digest_hex hash;
	char hint[16];
};

static void make_secret(const struct account_wish *wish, struct made_secret *made)
{
	const char *given = wish->secret;
	struct digest_secret random = digest_new_secret();
	size_t len;

	if (given)
		snprintf(made->secret.text, sizeof made->secret.text, "%s", given);
	else
		snprintf(made->secret.text, sizeof made->secret.text, "sk-%s", random.text);
	if (wish->hash) {
		*made = (struct made_secret){ 0 }; /* nobody here knows the key */
		snprintf(made->hash.text, sizeof made->hash.text, "%s", wish->hash);
		snprintf(made->hint, sizeof made->hint, "%s", wish->hint ? wish->hint : "sk-...");
		return;
	}
	len = strlen(made->secret.text);
	made->hash = digest_sha256(made->secret.text, len);
	snprintf(made->hint, sizeof made->hint, "sk-...%s", made->secret.text + len - 4);
	explicit_bzero(&random, sizeof random);
}

static void add_team(struct change *change, const struct account_wish *wish, int64_t now_ms)
{
	if (!wish->team_id || !*wish->team_id || wish->team_must_exist)
		return;
	change_add(change, SQL_KEY_TEAM_EXISTS);
	change_bind(change, ":id", wish->team_id, ":created_ms", now_ms);
}

static void add_insert(struct change *change, const char *id, const struct actor *by,
    const struct account_wish *wish, const struct made_secret *made, int64_t now_ms)
{
	change_add(change, SQL_KEY_INSERT);
	change_bind(change, ":id", id, ":hash", made->hash.text, ":hint", made->hint, ":team_id",
	    wish->team_id && *wish->team_id ? wish->team_id : NULL, ":expires_ms",
	    wish->expires_ms == KEY_KEEP ? 0 : wish->expires_ms, ":created_ms", now_ms,
	    ":created_by", by->name, ":role", wish->role ? wish->role : "client", ":noted",
	    wish->noted, ":budget_fallbacks", wish->budget_fallbacks);
	account_wish_bind(change, wish, true);
	limits_wish_bind(change, wish->limits, true);
}

int key_create(struct store *store, const struct actor *by, const struct account_wish *wish,
    int64_t now_ms, struct arena *arena, struct virtual_key *out, struct key_secret *out_secret,
    struct error *err)
{
	const char *id = wish->id ? wish->id : arena_printf(arena, "key-%s", digest_new_id().text);
	struct recorded_change recorded;
	struct made_secret made;
	int result;

	if (account_wish_check(wish, err) != 0)
		return -1;
	make_secret(wish, &made);
	recorded_change_begin(&recorded, by, "key.create", "key", id, now_ms);
	add_team(recorded.change, wish, now_ms);
	add_insert(recorded.change, id, by, wish, &made, now_ms);
	account_wish_budgets_into(recorded.change, "key", id, wish, now_ms);
	result = account_wish_explain(wish, recorded_change_make(&recorded, store, err), err);
	if (result == 0)
		result = keys_find(store, id, arena, out, err);
	if (result == 0)
		*out_secret = made.secret;
	explicit_bzero(&made, sizeof made);
	return result;
}

static void add_update(struct recorded_change *recorded, const struct account_wish *wish)
{
	struct change *change = recorded->change;

	add_team(change, wish, recorded->now_ms);
	recorded->touches = change_count(change);
	recorded_change_add_now(recorded, SQL_KEY_UPDATE);
	change_bind(change, ":team_id", wish->team_id, ":keep_expiry", wish->expires_ms == KEY_KEEP,
	    ":expires_ms", wish->expires_ms == KEY_KEEP ? 0 : wish->expires_ms, ":role", wish->role,
	    ":noted", wish->noted, ":budget_fallbacks", wish->budget_fallbacks);
	account_wish_bind(change, wish, false);
	limits_wish_bind(change, wish->limits, false);
	account_wish_budgets_into(change, "key", recorded->record.thing_id, wish, recorded->now_ms);
}

int key_update(struct store *store, const struct actor *by, const char *id,
    const struct account_wish *wish, int64_t now_ms, struct error *err)
{
	struct recorded_change recorded;

	if (account_wish_check(wish, err) != 0)
		return -1;
	recorded_change_begin(&recorded, by, "key.update", "key", id, now_ms);
	add_update(&recorded, wish);
	return account_wish_explain(wish, recorded_change_apply(&recorded, store, err), err);
}

int key_set_blocked(struct store *store, const struct actor *by, const char *id, bool blocked,
    int64_t now_ms, struct error *err)
{
	struct recorded_change recorded;

	recorded_change_begin(
	    &recorded, by, blocked ? "key.block" : "key.unblock", "key", id, now_ms);
	recorded_change_add_now(&recorded, SQL_KEY_SET_BLOCKED);
	change_bind_int(recorded.change, ":blocked", blocked);
	return recorded_change_apply(&recorded, store, err);
}

int key_rotate(struct store *store, const struct actor *by, const char *id, int64_t grace_ms,
    const struct account_wish *wish, int64_t now_ms, struct key_secret *out_secret,
    struct error *err)
{
	static const struct account_wish nothing = { .expires_ms = KEY_KEEP };
	struct recorded_change recorded;
	struct made_secret made;
	int result;

	wish = wish ? wish : &nothing;
	if (account_wish_check(wish, err) != 0)
		return -1;
	make_secret(wish, &made);
	recorded_change_begin(&recorded, by, "key.rotate", "key", id, now_ms);
	add_update(&recorded, wish);
	recorded_change_add_now(&recorded, SQL_KEY_ROTATE);
	change_bind(recorded.change, ":hash", made.hash.text, ":hint", made.hint, ":until_ms",
	    grace_ms > 0 ? now_ms + grace_ms : 0);
	result = account_wish_explain(wish, recorded_change_apply(&recorded, store, err), err);
	if (result == 0)
		*out_secret = made.secret;
	explicit_bzero(&made, sizeof made);
	return result;
}

int key_delete(
    struct store *store, const struct actor *by, const char *id, int64_t now_ms, struct error *err)
{
	struct recorded_change recorded;

	recorded_change_begin(&recorded, by, "key.delete", "key", id, now_ms);
	recorded_change_add_now(&recorded, SQL_KEY_DELETE);
	recorded_change_add(&recorded, SQL_KEY_BUDGETS_STOP);
	return recorded_change_apply(&recorded, store, err);
}

int key_reset_spend(struct store *store, const struct actor *by, const char *id,
    int64_t carried_nano, int64_t now_ms, struct error *err)
{
	struct audit_record record = { "key.reset_spend", "key", id };
	AUTO_CHANGE struct change *change = change_new();
	struct audit_begun event = audit_begin_into(change, by, &record, now_ms);
	int result;

	budgets_reset_into(change, "key", id, carried_nano, now_ms);
	audit_end_into(change, &event);
	result = store_apply(store, change, err);
	if (result == 0 && change_rows(change, event.next_statement) == 0)
		result = error_set(err, ERROR_BAD_REQUEST,
		    "reset_to: the key has no budget that has spent that much");
	return result;
}
