/*
 * Sessions of the panel.  See the header.
 */
#include "accounts/admin_sessions.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_build.h"

#include "base/banned.h"

#define IDLE_MS        ((int64_t)30 * 60 * 1000)
#define ABSOLUTE_MS    ((int64_t)12 * 3600 * 1000)
#define SEEN_EVERY_MS  60000
#define TELL_EVERY_MS  600000 /* well within IDLE_MS */
#define CLOCK_SLACK_MS 300000 /* how far a clock may be set back before sessions end */
#define AGENT_MAX      200

struct digest_hex admin_session_token(const char *cookie)
{
	char text[160];

	snprintf(text, sizeof text, "form token of %.100s", cookie);
	return digest_sha256(text, strlen(text));
}

static struct digest_hex admin_sessions_hash_of(const char *cookie)
{
	return digest_sha256(cookie, strlen(cookie));
}

int admin_session_start(struct store *store, const char *admin, const char *address,
    const char *agent, struct digest_secret *out_cookie, struct error *err)
{
	struct digest_secret cookie = digest_new_secret();
	AUTO_CHANGE struct change *change = change_new();
	int64_t now_ms = clock_wall_ms();
	char shown_agent[AGENT_MAX + 1];
	int result;

	snprintf(shown_agent, sizeof shown_agent, "%s", agent ? agent : "");
	change_add(change, SQL_ADMIN_SESSION_FORGET);
	change_bind(change, ":started_before_ms", now_ms - ABSOLUTE_MS, ":seen_before_ms",
	    now_ms - IDLE_MS);
	change_add(change, SQL_ADMIN_SESSION_START);
	change_bind(change, ":hash", admin_sessions_hash_of(cookie.text).text, ":id",
	    digest_new_id().text, ":name", admin, ":now_ms", now_ms, ":address", address, ":agent",
	    shown_agent);
	change_add(change, SQL_ADMIN_SHARE);
	change_bind_text(change, ":name", admin);
	change_may_be_alone(change);
	result = store_apply(store, change, err);
	if (result == 0 && change_rows(change, 1) != 1)
		result = error_set(err, ERROR_UNAUTHENTICATED, "this admin is gone");
	if (result == 0)
		*out_cookie = cookie;
	return result;
}

static bool is_good(const struct admin_session *session, int64_t now_ms)
{
	if (now_ms + CLOCK_SLACK_MS < session->seen_ms)
		return false;
	return now_ms - session->started_ms < ABSOLUTE_MS && now_ms - session->seen_ms < IDLE_MS;
}

/* Other machines hear of it now and then: they must not take it for idle. */
static void note_seen(struct store *store, const struct admin_session *session, int64_t now_ms)
{
	bool tells = now_ms / TELL_EVERY_MS != session->seen_ms / TELL_EVERY_MS;
	struct change *change = change_new();

	change_add(change, tells ? SQL_ADMIN_SESSION_SEEN_BY_ALL : SQL_ADMIN_SESSION_SEEN);
	change_bind(change, ":hash", session->hash, ":now_ms", now_ms);
	if (!tells) {
		store_apply_later(store, change);
		return;
	}
	change_may_be_alone(change);
	(void)store_apply(store, change, NULL); /* the next request tries again */
	change_free(change);
}

int admin_session_find(struct store *store, const char *cookie, struct arena *arena,
    struct admin_session *out, struct error *err)
{
	struct digest_hex hash = admin_sessions_hash_of(cookie);
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_ADMIN_SESSION_FIND, err) : NULL;
	int64_t now_ms = clock_wall_ms();
	int step;

	statement_bind_text(s, ":hash", hash.text);
	step = statement_step(s, err);
	if (step == 1) {
		const char *role = statement_text(s, 2);

		*out = (struct admin_session){
			.id = arena_copy(arena, statement_text(s, 0)),
			.admin = arena_copy(arena, statement_text(s, 1)),
			.role = strcmp(role, "admin") == 0 ? ADMIN_FULL : ADMIN_VIEWER,
			.hash = arena_copy(arena, hash.text),
			.started_ms = statement_int(s, 3),
			.seen_ms = statement_int(s, 4),
		};
	}
	store_reader_return(store, reader);
	if (step != 1)
		return step;
	if (!is_good(out, now_ms))
		return 0;
	if (now_ms - out->seen_ms > SEEN_EVERY_MS)
		note_seen(store, out, now_ms);
	return 1;
}

int admin_session_end(struct store *store, const char *cookie, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	change_add(change, SQL_ADMIN_SESSION_END);
	change_bind_text(change, ":hash", admin_sessions_hash_of(cookie).text);
	change_may_be_alone(change);
	return store_apply(store, change, err);
}

int admin_session_end_id(struct store *store, const char *id, const char *admin,
    const struct actor *by, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();
	const struct audit_record record = { "session.end", "session", id };
	int result;

	change_add(change, SQL_ADMIN_SESSION_END_ID);
	change_bind(change, ":id", id, ":admin", admin);
	result = store_apply(store, change, err);
	if (result == 0 && change_rows(change, 0) == 0)
		result = error_set(err, ERROR_NOT_FOUND, "there is no such session");
	return result < 0 ? -1 : audit_note(store, by, &record, admin, NULL, clock_wall_ms(), err);
}

json_t *admin_sessions_json(struct store *store, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_ADMIN_SESSION_LIST, err);
	int64_t now_ms = clock_wall_ms();
	json_t *list = json_array();
	int step;

	statement_bind(
	    s, ":started_after_ms", now_ms - ABSOLUTE_MS, ":seen_after_ms", now_ms - IDLE_MS);
	while ((step = statement_step(s, err)) == 1) {
		json_t *row = json_object();

		json_set_text(row, "id", statement_text(s, 0));
		json_set_text(row, "admin", statement_text(s, 1));
		json_set_text(row, "role", statement_text(s, 2));
		json_set_time(row, "started", statement_int(s, 3));
		json_set_time(row, "seen", statement_int(s, 4));
		json_set_int(row, "started_ms", statement_int(s, 3));
		json_set_int(row, "seen_ms", statement_int(s, 4));
		json_set_text(row, "address", statement_text(s, 5));
		json_set_text(row, "agent", statement_text(s, 6));
		json_append(list, row);
	}
	if (step == 0)
		return list;
	json_decref(list);
	return NULL;
}
