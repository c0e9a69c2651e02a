/*
 * Virtual keys.  See the header.
 */
#include "accounts/keys.h"

#include <string.h>

#include "accounts/kept.h"
#include "accounts/shared_books.h"
#include "base/alloc.h"
#include "base/digest.h"
#include "base/json_scan.h"

#include "base/banned.h"

#define SECRET_PREFIX "sk-"
#define SECRET_MAX    512 /* longer credentials are nobody's */

#define KEY_FIND_IS_EXACT 20 /* this column says: named by its id, its hash or itself */

static struct digest_hex keys_hash_of(const char *secret)
{
	return digest_sha256(secret, strlen(secret));
}

static int64_t limit_at(const struct statement *s, int column)
{
	return statement_is_null(s, column) ? LIMIT_NONE : statement_int(s, column);
}

static void read_key(const struct statement *s, struct arena *arena, struct virtual_key *out)
{
	*out = (struct virtual_key){
		.id = arena_copy(arena, statement_text(s, 0)),
		.alias = arena_copy(arena, statement_text(s, 1)),
		.hint = arena_copy(arena, statement_text(s, 2)),
		.team_id = arena_copy(arena, statement_text(s, 3)),
		.models = arena_copy(arena, statement_text(s, 4)),
		.team_models = arena_copy(arena, statement_text(s, 5)),
		.blocked = statement_int(s, 6) != 0,
		.expires_ms = statement_int(s, 7),
		.created_ms = statement_int(s, 8),
		.limits = { limit_at(s, 9), limit_at(s, 10), limit_at(s, 11) },
		.team_limits = { limit_at(s, 12), limit_at(s, 13), limit_at(s, 14) },
		.role = arena_copy(arena, statement_text(s, 15)),
		.budget_status = (int)statement_int(s, 16),
		.budget_fallbacks = arena_copy(arena, statement_text(s, 17)),
		.tags = arena_copy(arena, statement_text(s, 18)),
		.routes = arena_copy(arena, statement_text(s, 19)),
	};
}

/* ---- who is it ---- */

/* 1 found, 0 not, -1 err. */
static int find_rotated(struct store_reader *reader, const struct digest_hex *hash, int64_t now_ms,
    struct arena *arena, struct virtual_key *out, struct error *err)
{
	struct statement *s = store_query(reader, SQL_KEY_BY_PREVIOUS_HASH, err);
	int result;

	statement_bind(s, ":hash", hash->text, ":now_ms", now_ms);
	result = statement_step(s, err);
	if (result == 1)
		read_key(s, arena, out);
	return result;
}

static int find_current(struct store_reader *reader, const struct digest_hex *hash,
    struct arena *arena, struct virtual_key *out, struct error *err)
{
	struct statement *s = store_query(reader, SQL_KEY_BY_HASH, err);
	int result;

	statement_bind_text(s, ":hash", hash->text);
	result = statement_step(s, err);
	if (result == 1)
		read_key(s, arena, out);
	return result;
}

/* A rotated key is not kept, because it ends by the clock. */
static int find_by_hash(struct store *store, const struct digest_hex *hash, int64_t now_ms,
    struct arena *arena, struct virtual_key *out, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct kept_moment at;
	int result = reader ? kept_moment(store, reader, &at, err) : -1;

	if (result == 0 && !kept_key(store, hash->text, at.revision, arena, out)) {
		result = find_current(reader, hash, arena, out, err);
		if (result == 1)
			keep_key(store, hash->text, at.revision, out);
		if (result == 0) /* one that was rotated not long ago? */
			result = find_rotated(reader, hash, now_ms, arena, out, err);
	} else if (result == 0) {
		result = 1;
	}
	store_reader_return(store, reader);
	return result;
}

int keys_authenticate(struct store *store, const char *presented, const char *master_key,
    int64_t now_ms, struct arena *arena, struct virtual_key *out, struct error *err)
{
	size_t len = strnlen(presented, SECRET_MAX + 1);
	struct digest_hex hash;
	int found;

	if (len == 0 || len > SECRET_MAX)
		return error_set(err, ERROR_UNAUTHENTICATED, "incorrect API key provided");
	if (master_key && *master_key &&
	    digest_equal(presented, len, master_key, strlen(master_key))) {
		*out = (struct virtual_key){ .id = "master",
			.hint = "master key",
			.models = "[]",
			.limits = LIMITS_NONE,
			.team_limits = LIMITS_NONE,
			.role = "admin",
			.is_master = true };
		return 0;
	}
	hash = keys_hash_of(presented);
	found = find_by_hash(store, &hash, now_ms, arena, out, err);
	if (found < 0)
		return -1;
	if (!found)
		return error_set(err, ERROR_UNAUTHENTICATED, "incorrect API key provided");
	if (out->blocked)
		return error_set(err, ERROR_UNAUTHENTICATED, "this API key is blocked");
	if (out->expires_ms && out->expires_ms <= now_ms)
		return error_set(err, ERROR_UNAUTHENTICATED, "this API key has expired");
	return 0;
}

int keys_admit(struct store *store, const char *presented, const char *master_key, int64_t now_ms,
    struct arena *arena, struct virtual_key *out, struct error *err)
{
	int result = keys_authenticate(store, presented, master_key, now_ms, arena, out, err);

	return result != 0 && err->kind == ERROR_UNAUTHENTICATED &&
		       shared_books_catch_up(store, SHARED_BOOKS_MISS_MS)
		   ? keys_authenticate(store, presented, master_key, now_ms, arena, out, err)
		   : result;
}

bool keys_name_fits(const char *pattern, const char *name)
{
	const char *star = strchr(pattern, '*');
	size_t head, tail, len = strlen(name);

	if (!star)
		return strcmp(pattern, name) == 0;
	head = (size_t)(star - pattern);
	tail = strlen(star + 1);
	return len >= head + tail && strncmp(pattern, name, head) == 0 &&
	       strcmp(name + len - tail, star + 1) == 0;
}

/* For all that the key's team may use the team's own list decides. */
static bool is_all(const char *pattern)
{
	return strcmp(pattern, "all-proxy-models") == 0 || strcmp(pattern, "all-team-models") == 0;
}

bool keys_name_is_set(const char *name)
{
	return is_all(name) || strcmp(name, "no-default-models") == 0;
}

static bool fits_any(const char *pattern, const char *const *names, size_t own, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (i < own ? keys_name_fits(pattern, names[i]) : strcmp(pattern, names[i]) == 0)
			return true;
	return is_all(pattern);
}

static bool list_allows(const char *models, const char *const *names, size_t own, size_t count)
{
	AUTO_ARENA struct arena arena = { 0 };
	bool any = false;

	for (struct json_cursor item = json_cursor(slice_of(models)); json_next(&item);) {
		const char *pattern = json_as_text(item.value, &arena);

		any = true;
		if (pattern && fits_any(pattern, names, own, count))
			return true;
	}
	return !any;
}

bool keys_may_use_any(
    const struct virtual_key *key, const char *const *names, size_t own, size_t count)
{
	return list_allows(key->models ? key->models : "[]", names, own, count) &&
	       list_allows(key->team_models ? key->team_models : "[]", names, own, count);
}

bool keys_may_use(const struct virtual_key *key, const char *model)
{
	const char *const names[] = { model };

	return keys_may_use_any(key, names, 1, 1);
}

/* ---- administration ---- */

int keys_find(struct store *store, const char *which, struct arena *arena, struct virtual_key *out,
    struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_KEY_FIND, err);
	const char *hint = arena_printf(arena, "sk-...%.8s", which);
	struct digest_hex hash = keys_hash_of(which);
	int result, more = 0;

	statement_bind(s, ":which", which, ":hash", hash.text, ":hint", hint);
	result = statement_step(s, err);
	if (result == 1) {
		bool is_exact = statement_int(s, KEY_FIND_IS_EXACT) != 0;

		read_key(s, arena, out);
		more = is_exact ? 0 : statement_step(s, err);
	}
	if (result < 0 || more < 0)
		return -1;
	if (result == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "no key '%.40s'; give its id, its alias or the last four characters",
		    strncmp(which, SECRET_PREFIX, 3) == 0 ? "sk-..." : which);
	return more ? error_set(err, ERROR_BAD_REQUEST,
			  "'%.40s' matches more than one key; give the id", which)
		    : 0;
}

int keys_each(struct store *store, bool with_deleted, struct arena *arena,
    int (*each)(void *ctx, const struct virtual_key *key), void *ctx, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_KEY_LIST, err);
	int result;

	statement_bind(s, ":with_deleted", with_deleted);
	while ((result = statement_step(s, err)) == 1) {
		struct virtual_key key;

		read_key(s, arena, &key);
		if (each(ctx, &key) != 0) {
			result = 0;
			break;
		}
	}
	return result;
}
