/*
 * Who a key belongs to, and what it may ask for.  Making and changing keys: test_key_change.c.
 */
#include "accounts/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../scratch_store.h"
#include "accounts/key_change.h"
#include "base/clock.h"
#include "base/digest.h"

#define NOW_MS INT64_C(1795430000500)

static const struct actor by = { "tester", "unit test" };
static struct virtual_key key, found;
static struct key_secret secret;

static int set_up(void **state)
{
	struct account_wish wish = { .alias = "ada", .expires_ms = NOW_MS + 1000 };

	if (scratch_open() != 0)
		return -1;
	return key_create(store, &by, &wish, NOW_MS, &arena, &key, &secret, &err);
}

static int tear_down(void **state)
{
	return scratch_close();
}

static int authenticate(const char *presented, const char *master, int64_t now_ms)
{
	err = (struct error){ 0 };
	return keys_authenticate(store, presented, master, now_ms, &arena, &found, &err);
}

static void assert_refused(const char *presented, int64_t now_ms, const char *says)
{
	assert_int_equal(authenticate(presented, "sk-master-key", now_ms), -1);
	assert_int_equal(err.kind, ERROR_UNAUTHENTICATED);
	assert_string_equal(err.text, says);
}

static void test_a_key_is_known_by_its_secret_alone(void **state)
{
	assert_int_equal(authenticate(secret.text, NULL, NOW_MS), 0);
	assert_string_equal(found.id, key.id);
	assert_false(found.is_master);
	assert_refused(key.id, NOW_MS, "incorrect API key provided");
	assert_refused(key.hint, NOW_MS, "incorrect API key provided");
	assert_refused(digest_sha256(secret.text, strlen(secret.text)).text, NOW_MS,
	    "incorrect API key provided");
	assert_refused("", NOW_MS, "incorrect API key provided");
	secret.text[10] = secret.text[10] == 'a' ? 'b' : 'a';
	assert_refused(secret.text, NOW_MS, "incorrect API key provided");
}

static void test_a_key_ends_at_its_time_and_when_it_is_blocked(void **state)
{
	assert_int_equal(authenticate(secret.text, NULL, NOW_MS + 999), 0);
	assert_refused(secret.text, NOW_MS + 1000, "this API key has expired");
	assert_int_equal(key_set_blocked(store, &by, key.id, true, NOW_MS, &err), 0);
	assert_refused(secret.text, NOW_MS, "this API key is blocked");
	assert_int_equal(key_set_blocked(store, &by, key.id, false, NOW_MS, &err), 0);
	assert_int_equal(authenticate(secret.text, NULL, NOW_MS), 0);
	assert_int_equal(key_delete(store, &by, key.id, NOW_MS, &err), 0);
	assert_refused(secret.text, NOW_MS, "incorrect API key provided");
}

static void test_the_master_key_is_whole_or_nothing(void **state)
{
	assert_int_equal(authenticate("sk-master-key", "sk-master-key", NOW_MS), 0);
	assert_true(found.is_master);
	assert_string_equal(found.role, "admin");
	assert_refused("sk-master-ke", NOW_MS, "incorrect API key provided");
	assert_refused("sk-master-keyy", NOW_MS, "incorrect API key provided");
	assert_int_equal(authenticate("", "", NOW_MS), -1); /* no master key is not an empty one */
}

static void test_a_key_is_found_by_what_people_have_of_it(void **state)
{
	const char *const names[] = { key.id, "ada", secret.text, key.hint + strlen("sk-..."),
		digest_sha256(secret.text, strlen(secret.text)).text };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *name = arena_copy(&arena, names[i]);

		if (keys_find(store, name, &arena, &found, &err) != 0)
			fail_msg("%s: %s", name, err.text);
		assert_string_equal(found.id, key.id);
	}
	assert_int_equal(keys_find(store, "sk-somebodys-secret", &arena, &found, &err), -1);
	assert_null(strstr(err.text, "somebodys")); /* a mistyped secret is one, too */
}

/* A row as it may have come into a database when such an alias was not refused yet. */
static void test_nobody_hides_a_key_behind_an_alias(void **state)
{
	const char *const names[] = { key.id, secret.text,
		digest_sha256(secret.text, strlen(secret.text)).text };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *name = arena_copy(&arena, names[i]);
		struct account_wish wish = { .alias = name };
		struct key_secret other_secret;
		struct virtual_key other;
		struct change *change;

		assert_int_equal(
		    key_create(store, &by, &wish, NOW_MS, &arena, &other, &other_secret, &err), -1);
		assert_non_null(strstr(err.text, "alias: expected a name"));
		wish.alias = "nobody";
		assert_int_equal(
		    key_create(store, &by, &wish, NOW_MS, &arena, &other, &other_secret, &err), 0);
		change = change_new();
		change_add(change, SQL_KEY_UPDATE);
		change_bind_text(change, ":id", other.id);
		change_bind_text(change, ":alias", name);
		assert_int_equal(store_apply(store, change, &err), 0);
		change_free(change);
		if (keys_find(store, name, &arena, &found, &err) != 0)
			fail_msg("%s: %s", name, err.text);
		assert_string_equal(found.id, key.id);
		assert_int_equal(key_delete(store, &by, other.id, NOW_MS, &err), 0);
	}
}

static void test_a_rotated_key_is_found_by_the_old_secret(void **state)
{
	struct key_secret fresh;

	assert_int_equal(key_rotate(store, &by, key.id, 60000, NULL, NOW_MS, &fresh, &err), 0);
	assert_int_equal(keys_find(store, secret.text, &arena, &found, &err), 0);
	assert_string_equal(found.id, key.id);
}

/* clang-format off */
static const struct {
	const char *models, *team_models, *asked;
	bool may;
} rights[] = {
	{ "[]",                    "[]",            "gpt",            true },
	{ "[\"gpt\"]",             "[]",            "gpt",            true },
	{ "[\"gpt\"]",             "[]",            "gpt-4",          false },
	{ "[\"gpt\"]",             "[]",            "GPT",            false },
	{ "[\"openai/*\"]",        "[]",            "openai/gpt",     true },
	{ "[\"openai/*\"]",        "[]",            "openai",         false },
	{ "[\"*-mini\"]",          "[]",            "gpt-mini",       true },
	{ "[\"a*a\"]",             "[]",            "a",              false }, /* head and tail do not share a letter */
	{ "[\"*\"]",               "[]",            "anything",       true },
	{ "[\"all-proxy-models\"]", "[]",           "anything",       true },
	{ "[\"all-team-models\"]", "[]",            "anything",       true },
	{ "[\"all-team-models\"]", "[\"gpt\"]",     "gpt",            true },
	{ "[\"all-team-models\"]", "[\"gpt\"]",     "x",              false },
	{ "[\"all-team-models\",\"x\"]", "[\"gpt\"]", "gpt",          true }, /* LiteLLM 1.108.7: the team's list alone decides */
	{ "[\"all-proxy-models\"]", "[\"gpt\"]",    "x",              false },
	{ "[]", "[\"all-proxy-models\"]",           "anything",       true },
	{ "[]", "[\"no-default-models\"]",          "anything",       false },
	{ "[\"no-default-models\"]", "[]",          "anything",       false },
	{ "[\"no-default-models\",\"gpt\"]", "[]",  "gpt",            true },
	{ "[\"x\",\"gpt\"]",       "[\"gpt\"]",     "gpt",            true },
	{ "[\"x\",\"gpt\"]",       "[\"gpt\"]",     "x",              false }, /* both lists must allow */
	{ "[]",                    "[\"gpt\"]",     "x",              false },
	{ "[7]",                   "[]",            "7",              false }, /* a list that allows nothing is not an empty one */
};
/* clang-format on */

static void test_the_names_of_sets_are_those_of_litellm(void **state)
{
	assert_true(keys_name_is_set("all-team-models"));
	assert_true(keys_name_is_set("no-default-models"));
	assert_false(keys_name_is_set("all-minilm"));
}

static void test_a_key_and_its_team_must_both_allow_a_model(void **state)
{
	for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
		const struct virtual_key one = { .models = rights[i].models,
			.team_models = rights[i].team_models };

		if (keys_may_use(&one, rights[i].asked) != rights[i].may)
			fail_msg("%s, team %s, %s", rights[i].models, rights[i].team_models,
			    rights[i].asked);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_key_is_known_by_its_secret_alone),
		TEST(test_a_key_ends_at_its_time_and_when_it_is_blocked),
		TEST(test_the_master_key_is_whole_or_nothing),
		TEST(test_a_key_is_found_by_what_people_have_of_it),
		TEST(test_nobody_hides_a_key_behind_an_alias),
		TEST(test_a_rotated_key_is_found_by_the_old_secret),
		cmocka_unit_test(test_the_names_of_sets_are_those_of_litellm),
		cmocka_unit_test(test_a_key_and_its_team_must_both_allow_a_model),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
