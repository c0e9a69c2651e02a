/*
 * A till's journal: what is read of it after its writer was killed at any moment, or while it
 * turns.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../scratch_store.h"
#include "accounts/journal.h"
#include "base/clock.h"

#define TILL_ID "01-a-till"
#define KEPT    8 /* ended calls that a turn keeps */
#define KILLS   60
#define READS   300
#define LONG    700 /* bytes of a change, and its number */

/* A change that says its number all over, so that a mixture of two is seen. */
static struct slice change_of(uint64_t number, char text[LONG])
{
	int used = snprintf(text, LONG, "%llu", (unsigned long long)number);

	memset(text + used, 'a' + (int)(number % 26), (size_t)(LONG - used));
	return (struct slice){ text, LONG - number % 13 };
}

static struct slice put(struct journal *journal, bool is_end, uint64_t number)
{
	const struct change_mark mark = { .what = number };
	char text[LONG];
	struct journal_record record = { .is_end = is_end,
		.number = number,
		.marks = is_end ? &mark : NULL,
		.mark_count = is_end,
		.change = change_of(number, text) };

	record.check = journal_check(record.change);
	return journal_put(journal, &record);
}

/* Calls begin and end one after the other, for ever; only the last few ended ones are kept. */
static void write_for_ever(int told, int64_t pause_us)
{
	struct journal *journal = journal_new(store, TILL_ID, &err);
	struct slice kept[KEPT] = { { NULL, 0 } }, *records[KEPT];

	for (uint64_t number = 1; journal && (number > 1 || write(told, "!", 1) == 1); number++) {
		if (!put(journal, false, number).ptr)
			_exit(1);
		kept[number % KEPT] = put(journal, true, number);
		for (size_t i = 0; i < KEPT; i++)
			records[i] = &kept[(number + 1 + i) % KEPT];
		if (number % 50 != 0)
			continue;
		if (!journal_turn(journal, records, KEPT))
			_exit(1);
		clock_pause_us(pause_us);
	}
	_exit(1);
}

static pid_t child; /* 0: none runs */

/* It pauses after each turn; when this returns it has its file. */
static void start_writer(int64_t pause_us)
{
	int ends[2];
	char told;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		write_for_ever(ends[1], pause_us);
	close(ends[1]);
	assert_int_equal(read(ends[0], &told, 1), 1);
	close(ends[0]);
}

static void kill_writer(void)
{
	int status;

	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	child = 0;
}

static int end_test(void **state)
{
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		journal_remove(store, TILL_ID);
	}
	child = 0;
	return scratch_close();
}

/* Numbers follow each other, each with its own change, and at most the newest call has no end. */
static uint64_t assert_whole(const struct journal_content *content)
{
	uint64_t newest =
	    content->ended_count ? content->ended[content->ended_count - 1].number : 0;
	char text[LONG];

	for (size_t i = 0; i < content->ended_count; i++) {
		const struct journal_entry *entry = &content->ended[i];
		struct slice expected = change_of(entry->number, text);

		assert_int_equal(entry->number, newest - (content->ended_count - 1 - i));
		assert_int_equal(entry->change.len, expected.len);
		assert_memory_equal(entry->change.ptr, expected.ptr, expected.len);
	}
	assert_true(content->begun_count <= 1);
	if (content->begun_count && newest)
		assert_int_equal(content->begun[0].number, newest + 1);
	return newest;
}

static void test_whoever_is_killed_leaves_whole_records(void **state)
{
	uint64_t most = 0;

	for (int i = 0; i < KILLS; i++) {
		AUTO_ARENA struct arena all = { 0 };
		struct journal_content content;

		start_writer(0);
		clock_pause_us(i * 211 % 6000);
		kill_writer();
		assert_int_equal(journal_read(store, TILL_ID, &all, &content), 1);
		if (assert_whole(&content) > most)
			most = assert_whole(&content);
		journal_remove(store, TILL_ID);
	}
	assert_true(most > 100); /* they have turned */
}

static void test_it_is_read_while_it_turns(void **state)
{
	int64_t until = clock_mono_ms() + 10000;
	uint64_t newest = 0;

	start_writer(300);
	for (int i = 0; i < READS || (newest < 200 && clock_mono_ms() < until); i++) {
		AUTO_ARENA struct arena all = { 0 };
		struct journal_content content;

		if (journal_read(store, TILL_ID, &all, &content) != 1)
			continue; /* it turned at each look */
		assert_true(assert_whole(&content) >= newest);
		newest = assert_whole(&content);
	}
	assert_true(newest >= 200);
	kill_writer();
	journal_remove(store, TILL_ID);
}

static void test_a_turn_keeps_what_it_is_told(void **state)
{
	struct journal *journal = journal_new(store, TILL_ID, &err);
	const struct slice text = slice_of("no room was left");
	const struct journal_record aside = {
		.number = 4, .change = text, .check = journal_check(text)
	};
	struct slice begun = put(journal, false, 1), alone = journal_record_alone(&aside);
	struct slice *records[] = { &begun, &alone };
	char *alone_bytes = (char *)alone.ptr;
	struct journal_content content;

	(void)put(journal, false, 2);
	(void)put(journal, true, 2);
	assert_int_equal(journal_read(store, TILL_ID, &arena, &content), 1);
	assert_int_equal(content.begun_count, 1);
	assert_int_equal(content.ended_count, 1);
	for (int turns = 0; turns < 3;
	     turns++) { /* what stands in one half is taken to the other */
		assert_true(journal_turn(journal, records, 2));
		assert_int_equal(journal_read(store, TILL_ID, &arena, &content), 1);
		assert_int_equal(content.begun_count, 2);
		assert_int_equal(content.ended_count, 0);
		assert_int_equal(content.begun[0].number, 1);
		assert_true(slice_is(content.begun[1].change, text.ptr));
	}
	free(alone_bytes);
	journal_free(journal);
	journal_remove(store, TILL_ID);
	assert_int_equal(journal_read(store, TILL_ID, &arena, &content), 0);
}

/* A half has its end: what does not fit is refused, and what is there stays. */
static void test_a_full_half_refuses_and_loses_nothing(void **state)
{
	struct journal *journal = journal_new(store, TILL_ID, &err);
	struct slice last = { NULL, 0 }, *records[] = { &last }, one;
	struct journal_content content;
	uint64_t count = 0;

	for (; (one = put(journal, false, count + 1)).ptr; count++)
		last = one;
	assert_true(count > 10000 && journal_is_long(journal));
	assert_int_equal(journal_read(store, TILL_ID, &arena, &content), 1);
	assert_int_equal(content.begun_count, count);
	assert_true(journal_turn(journal, records, 1));
	assert_false(journal_is_long(journal));
	assert_true(put(journal, true, count).ptr);
	assert_int_equal(journal_read(store, TILL_ID, &arena, &content), 1);
	assert_int_equal(content.begun_count, 0);
	assert_int_equal(content.ended_count, 1);
	journal_free(journal);
	journal_remove(store, TILL_ID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_whoever_is_killed_leaves_whole_records, scratch_set_up, end_test),
		cmocka_unit_test_setup_teardown(
		    test_it_is_read_while_it_turns, scratch_set_up, end_test),
		cmocka_unit_test_setup_teardown(
		    test_a_turn_keeps_what_it_is_told, scratch_set_up, end_test),
		cmocka_unit_test_setup_teardown(
		    test_a_full_half_refuses_and_loses_nothing, scratch_set_up, end_test),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
