/*
 * The line that collectors of logs read.
 */
#include "telemetry/request_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <jansson.h>

#include "../scratch.h"

static char folder[SCRATCH_FOLDER_BYTES], path[SCRATCH_PATH_BYTES];

static const struct request_record whole = {
	.id = "req_1",
	.started_ms = INT64_C(1795430000123),
	.key_id = "k1",
	.key_alias = "say \"hi\"\n",
	.asked_model = "fast",
	.outcome = "ok",
	.status = 200,
	.attempts = 2,
	.usage = { .known = true, .input_tokens = 10, .output_tokens = 5 },
	.cost_nano = 1,
	.latency_ms = 7,
	.first_token_ms = -1,
	.overhead_us = 2999,
};

static int set_up(void **state)
{
	return scratch_make(folder, path);
}

static int tear_down(void **state)
{
	return scratch_remove(folder, path);
}

/* The lines of the file, as an array. */
static json_t *lines_of(const char *file)
{
	json_t *lines = json_array();
	char line[4096];
	FILE *in = fopen(file, "re");

	assert_non_null(in);
	while (fgets(line, sizeof line, in)) {
		json_t *object = json_loads(line, 0, NULL);

		assert_non_null(object);
		assert_int_equal(line[strlen(line) - 1], '\n');
		json_array_append_new(lines, object);
	}
	fclose(in);
	return lines;
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void test_money_is_text_and_what_is_not_known_is_null(void **state)
{
	struct request_record unknown = whole;
	json_t *lines, *line;

	unknown.usage = (struct usage){ 0 };
	request_line_write(path, &whole);
	request_line_write(path, &unknown);
	lines = lines_of(path);
	assert_int_equal(json_array_size(lines), 2);
	line = json_array_get(lines, 0);
	assert_string_equal(text_of(line, "time"), "2026-11-23T10:33:20.123Z");
	assert_string_equal(text_of(line, "cost"), "0.000000001");
	assert_string_equal(text_of(line, "key"), "say \"hi\"\n");
	assert_int_equal(json_integer_value(json_object_get(line, "input_tokens")), 10);
	assert_int_equal(json_integer_value(json_object_get(line, "overhead_ms")), 2);
	assert_true(json_is_null(json_object_get(line, "first_token_ms")));
	assert_true(json_is_null(json_object_get(line, "team_id")));
	line = json_array_get(lines, 1);
	assert_true(json_is_null(json_object_get(line, "input_tokens")));
	json_decref(lines);
}

static void test_a_file_that_was_moved_away_is_opened_anew(void **state)
{
	char moved[SCRATCH_PATH_BYTES + 16];
	json_t *lines;
	struct stat is;

	snprintf(moved, sizeof moved, "%s-wal", path); /* a name that is removed with the rest */
	request_line_write(path, &whole);
	assert_int_equal(rename(path, moved), 0);
	request_line_write(path, &whole);
	assert_int_equal(stat(path, &is), 0);
	assert_int_equal(is.st_mode & 0777, 0600);
	lines = lines_of(path);
	assert_int_equal(json_array_size(lines), 1);
	json_decref(lines);
}

static void test_nowhere_is_nowhere(void **state)
{
	struct stat is;

	request_line_write(NULL, &whole);
	request_line_write("", &whole);
	request_line_write("/nonexistent/folder/line", &whole); /* said in the log; stops nothing */
	assert_int_not_equal(stat(path, &is), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_money_is_text_and_what_is_not_known_is_null),
		TEST(test_a_file_that_was_moved_away_is_opened_anew),
		TEST(test_nowhere_is_nowhere),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
