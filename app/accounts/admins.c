/*
 * Admins in the store, and signing in.  See the header.
 */
#include "accounts/admins.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "accounts/password.h"
#include "base/clock.h"

#include "base/banned.h"

#define NAME_MAX_BYTES       64
#define PASSWORD_MIN_BYTES   12
#define PASSWORD_MAX_BYTES   1024
#define FREE_TRIES           5
#define NAME_WAIT_MOST_MS    60000
#define ADDRESS_WAIT_MOST_MS 900000
#define FORGET_MS            3600000
#define SETUP_CODE_MS        1800000

const char *admin_role_name(enum admin_role role)
{
	return role == ADMIN_FULL ? "admin" : role == ADMIN_VIEWER ? "viewer" : "nobody";
}

int admin_role_parse(const char *name, enum admin_role *out, struct error *err)
{
	if (name && strcmp(name, "admin") == 0)
		*out = ADMIN_FULL;
	else if (name && strcmp(name, "viewer") == 0)
		*out = ADMIN_VIEWER;
	else
		return error_set(err, ERROR_BAD_REQUEST, "a role is admin or viewer, not '%.40s'",
		    name ? name : "");
	return 0;
}

/* ---- names and passwords ---- */

static int check_name(const char *name, struct error *err)
{
	size_t len =
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._@+-");

	if (len == 0 || name[len] || len > NAME_MAX_BYTES)
		return error_set(err, ERROR_BAD_REQUEST,
		    "a name has 1 to %d letters, digits and . _ @ + -", NAME_MAX_BYTES);
	return 0;
}

/* Words that a guesser tries first; the whole password must be more than one of them with digits.
 */
static bool is_usual(const char *password)
{
	static const char *const words[] = { "password", "passwort", "qwertyuiop", "qwertz",
		"sideways", "letmein", "administrator", "welcome", "changeme", "iloveyou",
		"1q2w3e4r", "abcdef" };
	size_t len = strlen(password), different = 0;
	bool seen[256] = { false };

	for (const char *at = password; *at; at++) {
		different += !seen[(unsigned char)*at];
		seen[(unsigned char)*at] = true;
	}
	if (different < 5 || strspn(password, "0123456789") == len)
		return true;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		const char *at = strcasestr(password, words[i]);

		if (at && len - strlen(words[i]) < 6)
			return true;
	}
	return false;
}

int admins_check_password(const char *name, const char *password, struct error *err)
{
	size_t len = strlen(password), name_len = strlen(name);
	const char *at = name_len >= 3 ? strcasestr(password, name) : NULL;

	if (len < PASSWORD_MIN_BYTES)
		return error_set(err, ERROR_BAD_REQUEST,
		    "a password has at least %d characters; several words are easy to remember",
		    PASSWORD_MIN_BYTES);
	if (len > PASSWORD_MAX_BYTES)
		return error_set(
		    err, ERROR_BAD_REQUEST, "a password has at most %d bytes", PASSWORD_MAX_BYTES);
	if ((at && len - name_len < 8) || is_usual(password))
		return error_set(err, ERROR_BAD_REQUEST,
		    "this password is one of the first that anyone would try");
	return 0;
}

/* ---- changes ---- */

static void admins_note(struct change *change, const struct actor *by, const char *action,
    const char *name, enum admin_role role)
{
	const struct audit_record record = { action, "admin", name };
	char facts[64];

	snprintf(facts, sizeof facts, "{\"role\":\"%s\"}", admin_role_name(role));
	audit_note_into(
	    change, by, &record, name, role == ADMIN_NOBODY ? NULL : facts, clock_wall_ms());
}

static int hash_checked(
    const char *name, const char *password, char out[PASSWORD_HASH_SIZE], struct error *err)
{
	if (check_name(name, err) < 0 || admins_check_password(name, password, err) < 0)
		return -1;
	return password_hash(password, out, err);
}

int admins_set(struct store *store, const char *name, const char *password, enum admin_role role,
    const char *except, const struct actor *by, struct error *err)
{
	char hash[PASSWORD_HASH_SIZE];

	if (hash_checked(name, password, hash, err) < 0)
		return -1;
	AUTO_CHANGE struct change *change = change_new();
	change_add(change, SQL_ADMIN_SET);
	change_bind(change, ":name", name, ":role",
	    role == ADMIN_NOBODY ? NULL : admin_role_name(role), ":password", hash, ":now_ms",
	    clock_wall_ms());
	change_add(change, SQL_ADMIN_SESSION_END_ALL);
	change_bind(change, ":admin", name, ":except", except ? except : "");
	change_add(change, SQL_SETUP_CODE_END);
	admins_note(change, by, "admin.password", name, role);
	return store_apply(store, change, err);
}

int admins_set_first(struct store *store, const char *name, const char *password,
    const struct actor *by, struct error *err)
{
	char hash[PASSWORD_HASH_SIZE];
	struct change *change;
	int result;

	if (hash_checked(name, password, hash, err) < 0)
		return -1;
	change = change_new();
	change_add(change, SQL_ADMIN_SET_FIRST);
	change_bind(change, ":name", name, ":password", hash, ":now_ms", clock_wall_ms());
	change_add(change, SQL_SETUP_CODE_END);
	result = store_apply(store, change, err);
	if (result == 0 && change_rows(change, 0) == 0)
		result = error_set(err, ERROR_FORBIDDEN, "there is an admin already");
	change_free(change);
	if (result == 0) {
		const struct audit_record record = { "admin.first", "admin", name };

		result = audit_note(
		    store, by, &record, name, "{\"role\":\"admin\"}", clock_wall_ms(), err);
	}
	return result;
}

int admins_remove(struct store *store, const char *name, const struct actor *by, struct error *err)
{
	struct change *change = change_new();
	int result;

	change_add(change, SQL_ADMIN_REMOVE);
	change_bind_text(change, ":name", name);
	result = store_apply(store, change, err);
	if (result == 0 && change_rows(change, 0) == 0)
		result = error_set(err, ERROR_FORBIDDEN,
		    "there is no admin '%.64s', or it is the last one, who cannot be removed",
		    name);
	change_free(change);
	if (result < 0)
		return -1;
	change = change_new();
	change_add(change, SQL_ADMIN_SESSION_END_ALL);
	change_bind(change, ":admin", name, ":except", "");
	admins_note(change, by, "admin.remove", name, ADMIN_NOBODY);
	result = store_apply(store, change, err);
	change_free(change);
	return result;
}

/* ---- reading ---- */

static enum admin_role role_of(const char *text)
{
	return text && strcmp(text, "admin") == 0 ? ADMIN_FULL : ADMIN_VIEWER;
}

static struct admin admin_of(const struct statement *s)
{
	return (struct admin){
		.name = statement_text(s, 0),
		.role = role_of(statement_text(s, 1)),
		.created_ms = statement_int(s, 3),
		.signed_in_ms = statement_int(s, 4),
	};
}

int64_t admins_count(struct store *store, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_ADMIN_COUNT, err);

	return s && statement_step(s, err) == 1 ? statement_int(s, 0) : -1;
}

int admins_each(struct store *store, int (*each)(void *ctx, const struct admin *admin), void *ctx,
    struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_ADMIN_LIST, err);
	int step;

	while ((step = statement_step(s, err)) == 1) {
		struct admin admin = admin_of(s);

		if (each(ctx, &admin) != 0)
			break;
	}
	return step < 0 ? -1 : 0;
}

/* ---- signing in ---- */

static void take_try(struct change *change, const char *subject, int64_t most_ms, int64_t now_ms)
{
	change_add(change, SQL_SIGN_IN_TRY_TAKE);
	change_bind(change, ":subject", subject, ":now_ms", now_ms, ":forget_ms", FORGET_MS,
	    ":free_tries", FREE_TRIES, ":most_ms", most_ms);
}

static int refuse_for_now(
    struct store *store, const char *name, const char *address, int64_t now_ms, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_SIGN_IN_TRY_WAIT, err);
	int64_t until_ms = -1;

	if (s) {
		statement_bind(s, ":name", name, ":address", address);
		if (statement_step(s, err) == 1)
			until_ms = statement_int(s, 0);
	}
	if (until_ms < 0)
		return -1;
	return error_set(err, ERROR_RATE, "too many attempts; wait %lld seconds and try again",
	    (long long)(until_ms > now_ms ? (until_ms - now_ms + 999) / 1000 : 1));
}

/* Counts one attempt for the name and the address; ERROR_RATE when one of them must wait. */
static int admit_try(struct store *store, const char *name, const char *address, struct error *err)
{
	char name_subject[NAME_MAX_BYTES + 16], address_subject[80];
	AUTO_CHANGE struct change *change = change_new();
	int64_t now_ms = clock_wall_ms();
	int result;

	snprintf(name_subject, sizeof name_subject, "name %s", name);
	snprintf(address_subject, sizeof address_subject, "address %.64s", address);
	take_try(change, name_subject, NAME_WAIT_MOST_MS, now_ms);
	take_try(change, address_subject, ADDRESS_WAIT_MOST_MS, now_ms);
	change_add(change, SQL_SIGN_IN_TRY_TRIM);
	change_bind(change, ":now_ms", now_ms, ":forget_ms", FORGET_MS);
	result = store_apply(store, change, err);
	if (result == 0 && (change_rows(change, 0) == 0 || change_rows(change, 1) == 0))
		result = refuse_for_now(store, name_subject, address_subject, now_ms, err);
	return result;
}

/* *out_hash is NULL when there is no such name. */
static int read_admin(struct store *store, const char *name, struct arena *arena, struct admin *out,
    const char **out_hash, struct error *err)
{
	AUTO_READ struct statement *s = store_read(store, SQL_ADMIN_FIND, err);
	int step;

	*out_hash = NULL;
	statement_bind_text(s, ":name", name);
	step = statement_step(s, err);
	if (step == 1) {
		*out = admin_of(s);
		out->name = arena_copy(arena, out->name);
		*out_hash = arena_copy(arena, statement_text(s, 2));
	}
	return step < 0 ? -1 : 0;
}

static void add_rehash(
    struct change *change, const char *name, const char *old, const char *password)
{
	char hash[PASSWORD_HASH_SIZE];

	if (password_hash(password, hash, NULL) < 0)
		return; /* the old one is still good */
	change_add(change, SQL_ADMIN_REHASH);
	change_bind(change, ":name", name, ":old", old, ":password", hash);
}

/* The name begins anew, the address gets its own count back. */
static void forgive_try(struct change *change, const char *name, const char *address)
{
	char subject[80];

	snprintf(subject, sizeof subject, "name %.64s", name);
	change_add(change, SQL_SIGN_IN_TRY_FORGET);
	change_bind_text(change, ":subject", subject);
	snprintf(subject, sizeof subject, "address %.64s", address);
	change_add(change, SQL_SIGN_IN_TRY_UNDO);
	change_bind_text(change, ":subject", subject);
}

struct sign_in {
	const char *name, *password, *address;
	const char *hash; /* as it is stored */
	bool old;         /* with smaller parameters than today's */
};

static int note_success(struct store *store, const struct sign_in *it, struct error *err)
{
	AUTO_CHANGE struct change *change = change_new();

	forgive_try(change, it->name, it->address);
	change_add(change, SQL_ADMIN_SIGNED_IN);
	change_bind(change, ":name", it->name, ":now_ms", clock_wall_ms());
	if (it->old)
		add_rehash(change, it->name, it->hash, it->password);
	return store_apply(store, change, err);
}

int admins_sign_in(struct store *store, const char *name, const char *password, const char *address,
    struct arena *arena, struct admin *out, struct error *err)
{
	struct sign_in it = { .name = name, .password = password, .address = address };

	if (check_name(name, NULL) < 0 || strlen(password) > PASSWORD_MAX_BYTES)
		return error_set(err, ERROR_UNAUTHENTICATED, "name or password is wrong");
	if (admit_try(store, name, address, err) < 0 ||
	    read_admin(store, name, arena, out, &it.hash, err) < 0)
		return -1;
	if (!password_fits(it.hash, password, &it.old))
		return error_set(err, ERROR_UNAUTHENTICATED, "name or password is wrong");
	return note_success(store, &it, err);
}

/* ---- the first admin ---- */

int admins_setup_code_new(struct store *store, struct digest_secret *out, struct error *err)
{
	struct digest_secret secret = digest_new_secret();
	AUTO_CHANGE struct change *change = change_new();
	int result;

	secret.text[24] = '\0'; /* 142 bits, and still to be typed by hand */
	change_add(change, SQL_SETUP_CODE_ADD);
	change_bind(change, ":hash", digest_sha256(secret.text, strlen(secret.text)).text,
	    ":until_ms", clock_wall_ms() + SETUP_CODE_MS);
	result = store_apply(store, change, err);
	if (result == 0)
		*out = secret;
	return result;
}

int admins_setup_code_check(
    struct store *store, const char *code, const char *address, struct error *err)
{
	int step;

	if (admit_try(store, "(setup)", address, err) < 0)
		return -1;
	AUTO_READ struct statement *s = store_read(store, SQL_SETUP_CODE_FIND, err);
	statement_bind(
	    s, ":hash", digest_sha256(code, strlen(code)).text, ":now_ms", clock_wall_ms());
	step = statement_step(s, err);
	if (step == 0)
		return error_set(
		    err, ERROR_UNAUTHENTICATED, "the code is wrong or older than 30 minutes");
	return step < 0 ? -1 : 0;
}
