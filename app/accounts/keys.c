/*
 * Virtual keys.  See the header.
 */
#include "accounts/keys.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "base/json_scan.h"

#include "base/banned.h"

#define SECRET_PREFIX "sk-"
#define SECRET_MAX    512 /* longer credentials are nobody's */

static struct digest_hex hash_of(const char *secret)
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
	};
}

/* ---- who is it ---- */

/* 1 found, 0 not, -1 err. */
static int find_by_hash(struct store *store, const struct digest_hex *hash, int64_t now_ms,
    struct arena *arena, struct virtual_key *out, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_KEY_BY_HASH, err) : NULL;
	int result = -1;

	if (s) {
		statement_bind_text(s, ":hash", hash->text);
		statement_bind_int(s, ":now_ms", now_ms);
		result = statement_step(s, err);
	}
	if (result == 1)
		read_key(s, arena, out);
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
			.is_master = true };
		return 0;
	}
	hash = hash_of(presented);
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

/* One star stands for any text. */
static bool name_matches(const char *pattern, const char *name)
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

static bool list_allows(const char *models, const char *name)
{
	AUTO_ARENA struct arena arena;
	bool any = false;

	arena_init(&arena);
	for (struct json_cursor item = json_cursor(slice_of(models)); json_next(&item);) {
		const char *pattern = json_as_text(item.value, &arena);

		any = true;
		if (pattern &&
		    (name_matches(pattern, name) || strcmp(pattern, "all-proxy-models") == 0))
			return true;
	}
	return !any;
}

bool keys_may_use(const struct virtual_key *key, const char *model)
{
	return list_allows(key->models ? key->models : "[]", model) &&
	       list_allows(key->team_models ? key->team_models : "[]", model);
}

/* ---- administration ---- */

static void make_secret(struct key_secret *secret, char hint[16])
{
	struct digest_secret random = digest_new_secret();
	size_t len;

	snprintf(secret->text, sizeof secret->text, SECRET_PREFIX "%s", random.text);
	len = strlen(secret->text);
	snprintf(hint, 16, "sk-...%s", secret->text + len - 4);
	explicit_bzero(&random, sizeof random);
}

static int check_wish(const struct key_wish *wish, struct error *err)
{
	if (wish->alias && (!*wish->alias || strlen(wish->alias) > 128))
		return error_set(err, ERROR_BAD_REQUEST, "alias: expected 1 to 128 bytes");
	if (!wish->models)
		return 0;
	if (json_scan_check(slice_of(wish->models), err) != 0)
		return error_prefix(err, "models");
	return json_scan_type(slice_of(wish->models)) == JSON_LIST
		   ? 0
		   : error_set(err, ERROR_BAD_REQUEST, "models: expected an array of names");
}

static void add_team(struct change *change, const char *team_id, int64_t now_ms)
{
	if (!team_id)
		return;
	change_add(change, SQL_KEY_TEAM_EXISTS);
	change_bind_text(change, ":id", team_id);
	change_bind_int(change, ":created_ms", now_ms);
}

static void add_budgets(
    struct change *change, const char *id, const struct key_wish *wish, int64_t now_ms)
{
	for (size_t i = 0; i < wish->budget_count; i++)
		budgets_set_into(change, "key", id, &wish->budgets[i], now_ms);
}

/* A unique index tells best that an alias is taken. */
static int explain(const char *alias, int result, struct error *err)
{
	if (result != 0 && err && strstr(err->text, "virtual_key.alias"))
		return error_set(err, ERROR_BAD_REQUEST, "alias '%s': another key has it", alias);
	return result;
}

static const struct limits kept_limits = { KEY_KEEP, KEY_KEEP, KEY_KEEP };

static void bind_limit(struct change *change, const char *parameter, int64_t limit)
{
	if (limit < 0) /* LIMIT_NONE, or KEY_KEEP */
		change_bind_null(change, parameter);
	else
		change_bind_int(change, parameter, limit);
}

static void bind_limits(struct change *change, const struct limits *limits)
{
	bind_limit(change, ":rpm_limit", limits->rpm);
	bind_limit(change, ":tpm_limit", limits->tpm);
	bind_limit(change, ":max_parallel_requests", limits->parallel);
}

int keys_create(struct store *store, const struct key_wish *wish, int64_t now_ms,
    struct arena *arena, struct virtual_key *out, struct key_secret *out_secret, struct error *err)
{
	const char *id = arena_printf(arena, "key-%s", digest_new_id().text);
	struct key_secret secret;
	struct change *change;
	char hint[16];
	int result;

	if (check_wish(wish, err) != 0)
		return -1;
	make_secret(&secret, hint);
	change = change_new();
	add_team(change, wish->team_id, now_ms);
	change_add(change, SQL_KEY_INSERT);
	change_bind_text(change, ":id", id);
	change_bind_text(change, ":hash", hash_of(secret.text).text);
	change_bind_text(change, ":hint", hint);
	change_bind_text(change, ":alias", wish->alias);
	change_bind_text(change, ":team_id", wish->team_id);
	change_bind_text(change, ":models", wish->models ? wish->models : "[]");
	change_bind_int(change, ":expires_ms", wish->expires_ms == KEY_KEEP ? 0 : wish->expires_ms);
	change_bind_int(change, ":created_ms", now_ms);
	bind_limits(change, wish->limits ? wish->limits : &kept_limits);
	add_budgets(change, id, wish, now_ms);
	result = explain(wish->alias, store_apply(store, change, err), err);
	change_free(change);
	if (result == 0)
		result = keys_find(store, id, arena, out, err);
	if (result == 0)
		*out_secret = secret;
	explicit_bzero(&secret, sizeof secret);
	return result;
}

int keys_find(struct store *store, const char *which, struct arena *arena, struct virtual_key *out,
    struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_KEY_FIND, err) : NULL;
	const char *hint = arena_printf(arena, "sk-...%.8s", which);
	struct digest_hex hash = hash_of(which);
	int result = -1, more = 0;

	if (s) {
		statement_bind_text(s, ":which", which);
		statement_bind_text(s, ":hash", hash.text);
		statement_bind_text(s, ":hint", hint);
		result = statement_step(s, err);
	}
	if (result == 1) {
		read_key(s, arena, out);
		more = statement_step(s, err);
	}
	store_reader_return(store, reader);
	if (result < 0 || more < 0)
		return -1;
	if (result == 0)
		return error_set(err, ERROR_NOT_FOUND,
		    "no key '%.40s'; give its id, its alias or the last four characters",
		    strncmp(which, SECRET_PREFIX, 3) == 0 ? "sk-..." : which);
	return more ? error_set(err, ERROR_BAD_REQUEST,
			  "'%.40s' fits more than one key; give the id", which)
		    : 0;
}

/* Applies a change whose statement `row` must touch the key. */
static int apply_to_key(
    struct store *store, struct change *change, int row, const char *id, struct error *err)
{
	int result = store_apply(store, change, err);

	if (result == 0 && change_rows(change, row) == 0)
		result = error_set(err, ERROR_NOT_FOUND, "no key '%.60s'", id);
	change_free(change);
	return result;
}

int keys_update(struct store *store, const char *id, const struct key_wish *wish, int64_t now_ms,
    struct error *err)
{
	const struct limits *limits = wish->limits ? wish->limits : &kept_limits;
	struct change *change;
	int row;

	if (check_wish(wish, err) != 0)
		return -1;
	change = change_new();
	add_team(change, wish->team_id, now_ms);
	row = change_count(change);
	change_add(change, SQL_KEY_UPDATE);
	change_bind_text(change, ":id", id);
	change_bind_text(change, ":alias", wish->alias);
	change_bind_text(change, ":team_id", wish->team_id);
	change_bind_text(change, ":models", wish->models);
	change_bind_int(change, ":keep_expiry", wish->expires_ms == KEY_KEEP);
	change_bind_int(change, ":expires_ms", wish->expires_ms == KEY_KEEP ? 0 : wish->expires_ms);
	bind_limits(change, limits);
	change_bind_int(change, ":keep_rpm", limits->rpm == KEY_KEEP);
	change_bind_int(change, ":keep_tpm", limits->tpm == KEY_KEEP);
	change_bind_int(change, ":keep_parallel", limits->parallel == KEY_KEEP);
	add_budgets(change, id, wish, now_ms);
	return explain(wish->alias, apply_to_key(store, change, row, id, err), err);
}

int keys_set_blocked(struct store *store, const char *id, bool blocked, struct error *err)
{
	struct change *change = change_new();

	change_add(change, SQL_KEY_SET_BLOCKED);
	change_bind_text(change, ":id", id);
	change_bind_int(change, ":blocked", blocked);
	return apply_to_key(store, change, 0, id, err);
}

int keys_rotate(struct store *store, const char *id, int64_t grace_ms, int64_t now_ms,
    struct key_secret *out_secret, struct error *err)
{
	struct change *change = change_new();
	struct key_secret secret;
	char hint[16];
	int result;

	make_secret(&secret, hint);
	change_add(change, SQL_KEY_ROTATE);
	change_bind_text(change, ":id", id);
	change_bind_text(change, ":hash", hash_of(secret.text).text);
	change_bind_text(change, ":hint", hint);
	change_bind_int(change, ":until_ms", grace_ms > 0 ? now_ms + grace_ms : 0);
	result = apply_to_key(store, change, 0, id, err);
	if (result == 0)
		*out_secret = secret;
	explicit_bzero(&secret, sizeof secret);
	return result;
}

int keys_delete(struct store *store, const char *id, int64_t now_ms, struct error *err)
{
	struct change *change = change_new();

	change_add(change, SQL_KEY_DELETE);
	change_bind_text(change, ":id", id);
	change_bind_int(change, ":now_ms", now_ms);
	change_add(change, SQL_KEY_BUDGETS_STOP);
	change_bind_text(change, ":id", id);
	return apply_to_key(store, change, 0, id, err);
}

int keys_each(struct store *store, bool with_deleted, struct arena *arena,
    int (*each)(void *ctx, const struct virtual_key *key), void *ctx, struct error *err)
{
	struct store_reader *reader = store_reader_borrow(store, err);
	struct statement *s = reader ? store_query(reader, SQL_KEY_LIST, err) : NULL;
	int result = -1;

	if (s)
		statement_bind_int(s, ":with_deleted", with_deleted);
	while (s && (result = statement_step(s, err)) == 1) {
		struct virtual_key key;

		read_key(s, arena, &key);
		if (each(ctx, &key) != 0) {
			result = 0;
			break;
		}
	}
	store_reader_return(store, reader);
	return result;
}
