/*
 * Digests against published values; ids that sort by time; secrets that do not repeat.
 */
#include "base/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

/* FIPS 180-2, appendix B, and the empty message. */
static void test_sha256_as_published(void **state)
{
	static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

	assert_string_equal(digest_sha256("", 0).text,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(digest_sha256("abc", 3).text,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(digest_sha256(two_blocks, sizeof two_blocks - 1).text,
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void test_equal_means_every_byte_and_the_length(void **state)
{
	assert_true(digest_equal("abc", 3, "abc", 3));
	assert_true(digest_equal("", 0, "", 0));
	assert_false(digest_equal("abc", 3, "abd", 3));
	assert_false(digest_equal("abc", 3, "abcd", 4));
	assert_false(digest_equal("abc", 3, "", 0));
	assert_false(digest_equal("a\0b", 3, "a\0c", 3));
}

static void test_ids_sort_by_their_time_and_tell_it(void **state)
{
	struct digest_id earlier, later, first;

	clock_fake_start(INT64_C(1795430000500));
	earlier = digest_new_id();
	assert_int_equal(strlen(earlier.text), 26);
	assert_int_equal(digest_id_time(earlier.text), INT64_C(1795430000500));
	clock_fake_advance(1);
	later = digest_new_id();
	first = digest_first_id(INT64_C(1795430000501));
	assert_true(strcmp(earlier.text, later.text) < 0);
	assert_true(strcmp(earlier.text, first.text) < 0);
	assert_true(strcmp(first.text, later.text) <= 0);
	clock_fake_stop();
}

/* More than one asking of the kernel lasts for. */
static void test_no_two_ids_are_alike(void **state)
{
	enum { COUNT = 1000 };
	struct digest_id ids[COUNT];

	clock_fake_start(INT64_C(1795430000500));
	for (size_t i = 0; i < COUNT; i++) {
		ids[i] = digest_new_id();
		for (size_t before = 0; before < i; before++)
			assert_string_not_equal(ids[before].text, ids[i].text);
	}
	clock_fake_stop();
}

static void test_a_child_process_has_other_ids_than_its_parent(void **state)
{
	struct digest_id first = digest_new_id(), ours, theirs;
	int ends[2], status;
	pid_t child;

	assert_string_not_equal(first.text, ""); /* random bytes are waiting now */
	assert_int_equal(pipe(ends), 0);
	clock_fake_start(INT64_C(1795430000500));
	child = fork();
	if (child == 0) {
		theirs = digest_new_id();
		_exit(write(ends[1], &theirs, sizeof theirs) != sizeof theirs);
	}
	ours = digest_new_id();
	clock_fake_stop();
	assert_int_equal(read(ends[0], &theirs, sizeof theirs), sizeof theirs);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_string_not_equal(ours.text, theirs.text);
	close(ends[0]);
	close(ends[1]);
}

static void test_what_is_no_id_has_no_time(void **state)
{
	assert_int_equal(digest_id_time(""), 0);
	assert_int_equal(digest_id_time("01k"), 0);
	assert_int_equal(digest_id_time("zzzzzzzzzzzzzzzzzzzzzzzzzzz"), 0);
	assert_int_equal(digest_id_time("01m86aktq9-49knvw8kp3z3k10"), 0);
}

static void test_secrets_and_ids_do_not_repeat(void **state)
{
	struct digest_secret secrets[200];

	for (size_t i = 0; i < 200; i++) {
		secrets[i] = digest_new_secret();
		assert_int_equal(strlen(secrets[i].text), 43);
		for (const char *at = secrets[i].text; *at; at++)
			assert_true((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
				    (*at >= '0' && *at <= '9'));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(secrets[i].text, secrets[j].text);
	}
}

static void test_random_numbers_stay_below_and_reach_all(void **state)
{
	unsigned seen = 0;

	for (int i = 0; i < 2000; i++) {
		uint32_t number = digest_random_below(10);

		assert_in_range(number, 0, 9);
		seen |= 1U << number;
	}
	assert_int_equal(seen, 0x3ff); /* one of ten is missed by 2,000 with 10^-91 */
	assert_int_equal(digest_random_below(1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256_as_published),
		cmocka_unit_test(test_equal_means_every_byte_and_the_length),
		cmocka_unit_test(test_ids_sort_by_their_time_and_tell_it),
		cmocka_unit_test(test_no_two_ids_are_alike),
		cmocka_unit_test(test_a_child_process_has_other_ids_than_its_parent),
		cmocka_unit_test(test_what_is_no_id_has_no_time),
		cmocka_unit_test(test_secrets_and_ids_do_not_repeat),
		cmocka_unit_test(test_random_numbers_stay_below_and_reach_all),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
