/* Signing in: passwords, the waits after wrong ones, the first admin, sessions and how they end. */
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
#include "accounts/admin_sessions.h"
#include "accounts/admins.h"
#include "base/clock.h"

#define PASSWORD "correct horse battery staple"
#define MINUTE   INT64_C(60000)

static const struct actor by = { "tester", "test" };

static int set_up(void **state)
{
	if (scratch_open() != 0)
		return -1;
	clock_fake_start(INT64_C(1795430000000));
	return admins_set(store, "ada", PASSWORD, ADMIN_FULL, NULL, &by, &err);
}

static int tear_down(void **state)
{
	clock_fake_stop();
	return scratch_close();
}

static enum error_kind sign_in(const char *name, const char *password, const char *address)
{
	struct admin admin;

	err.kind = ERROR_NONE;
	return admins_sign_in(store, name, password, address, &arena, &admin, &err) == 0
		   ? ERROR_NONE
		   : err.kind;
}

static void test_the_right_password_signs_in_and_an_unknown_name_sounds_like_a_wrong_one(
    void **state)
{
	char wrong[sizeof err.text];

	assert_int_equal(sign_in("ada", PASSWORD, "a"), ERROR_NONE);
	assert_int_equal(sign_in("ada", PASSWORD "x", "a"), ERROR_UNAUTHENTICATED);
	snprintf(wrong, sizeof wrong, "%s", err.text);
	assert_int_equal(sign_in("bob", PASSWORD, "a"), ERROR_UNAUTHENTICATED);
	assert_string_equal(err.text, wrong);
}

static void test_wrong_passwords_wait_longer_each_time_and_never_for_good(void **state)
{
	for (int i = 0; i < 5; i++)
		assert_int_equal(sign_in("ada", "wrong", "a"), ERROR_UNAUTHENTICATED);
	assert_int_equal(
	    sign_in("ada", PASSWORD, "b"), ERROR_RATE); /* the name waits, from anywhere */
	clock_fake_advance(1001);
	assert_int_equal(sign_in("ada", "wrong", "a"), ERROR_UNAUTHENTICATED);
	clock_fake_advance(1001);
	assert_int_equal(sign_in("ada", "wrong", "a"), ERROR_RATE);
	clock_fake_advance(MINUTE);
	assert_int_equal(sign_in("ada", PASSWORD, "b"), ERROR_NONE);
}

static void test_an_address_that_tries_many_names_waits_too(void **state)
{
	char name[16];

	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof name, "name%d", i);
		assert_int_equal(sign_in(name, "wrong", "a"), ERROR_UNAUTHENTICATED);
	}
	assert_int_equal(sign_in("ada", PASSWORD, "a"), ERROR_RATE);
	assert_int_equal(sign_in("ada", PASSWORD, "b"), ERROR_NONE);
}

static void test_who_signs_in_rightly_never_waits(void **state)
{
	for (int i = 0; i < 12; i++)
		assert_int_equal(sign_in("ada", PASSWORD, "a"), ERROR_NONE);
}

static void test_passwords_that_guessers_try_first_are_refused(void **state)
{
	static const char *const bad[] = { "short", "aaaaaaaaaaaaaaa", "123456789012345",
		"password1234", "ada@1234", "sideways2026!" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(admins_check_password("ada", bad[i], &err), -1);
	assert_int_equal(admins_check_password("ada", "xkcd 936 is still right", &err), 0);
}

static void test_the_first_admin_is_made_once_and_the_last_one_stays(void **state)
{
	assert_int_equal(admins_set_first(store, "eve", PASSWORD, &by, &err), -1);
	assert_int_equal(err.kind, ERROR_FORBIDDEN);
	assert_int_equal(admins_set(store, "eve", PASSWORD, ADMIN_VIEWER, NULL, &by, &err), 0);
	assert_int_equal(admins_remove(store, "ada", &by, &err), -1);
	assert_int_equal(admins_remove(store, "eve", &by, &err), 0);
	assert_int_equal(admins_count(store, &err), 1);
}

static void test_a_setup_code_is_good_for_half_an_hour(void **state)
{
	struct digest_secret code;

	assert_int_equal(admins_setup_code_new(store, &code, &err), 0);
	assert_int_equal(admins_setup_code_check(store, code.text, "a", &err), 0);
	assert_int_equal(admins_setup_code_check(store, "guessed", "a", &err), -1);
	clock_fake_advance(30 * MINUTE);
	assert_int_equal(admins_setup_code_check(store, code.text, "a", &err), -1);
}

static int session_of(const char *cookie)
{
	struct admin_session session;

	return admin_session_find(store, cookie, &arena, &session, &err);
}

static void test_sessions_end_by_silence_by_age_and_by_a_new_password(void **state)
{
	struct digest_secret one, two;

	assert_int_equal(admin_session_start(store, "ada", "a", "agent", &one, &err), 0);
	assert_int_equal(session_of(one.text), 1);
	clock_fake_advance(29 * MINUTE);
	assert_int_equal(session_of(one.text), 1); /* and is seen, so the half hour begins anew */
	clock_fake_advance(29 * MINUTE);
	assert_int_equal(session_of(one.text), 1);
	clock_fake_advance(30 * MINUTE);
	assert_int_equal(session_of(one.text), 0);

	assert_int_equal(admin_session_start(store, "ada", "a", "agent", &one, &err), 0);
	for (int i = 0; i < 12 * 4; i++) {
		assert_int_equal(session_of(one.text), 1);
		clock_fake_advance(15 * MINUTE);
	}
	assert_int_equal(session_of(one.text), 0);

	assert_int_equal(admin_session_start(store, "ada", "a", "agent", &one, &err), 0);
	assert_int_equal(admin_session_start(store, "ada", "a", "agent", &two, &err), 0);
	assert_string_not_equal(one.text, two.text);
	assert_string_not_equal(
	    admin_session_token(one.text).text, admin_session_token(two.text).text);
	assert_int_equal(admins_set(store, "ada", PASSWORD "!", ADMIN_NOBODY, NULL, &by, &err), 0);
	assert_int_equal(session_of(one.text), 0);
	assert_int_equal(session_of(two.text), 0);
}

static void test_a_clock_that_goes_back_ends_a_session(void **state)
{
	struct digest_secret cookie;

	assert_int_equal(admin_session_start(store, "ada", "a", "agent", &cookie, &err), 0);
	clock_fake_advance(-MINUTE);
	assert_int_equal(session_of(cookie.text), 1);
	clock_fake_advance(-10 * MINUTE);
	assert_int_equal(session_of(cookie.text), 0);
}

#define IN_A_STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_STORE(
		    test_the_right_password_signs_in_and_an_unknown_name_sounds_like_a_wrong_one),
		IN_A_STORE(test_wrong_passwords_wait_longer_each_time_and_never_for_good),
		IN_A_STORE(test_an_address_that_tries_many_names_waits_too),
		IN_A_STORE(test_who_signs_in_rightly_never_waits),
		IN_A_STORE(test_passwords_that_guessers_try_first_are_refused),
		IN_A_STORE(test_the_first_admin_is_made_once_and_the_last_one_stays),
		IN_A_STORE(test_a_setup_code_is_good_for_half_an_hour),
		IN_A_STORE(test_sessions_end_by_silence_by_age_and_by_a_new_password),
		IN_A_STORE(test_a_clock_that_goes_back_ends_a_session),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
