/*
 * Traffic, made up and from logs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "simulate/traffic.h"

#define MIDNIGHT INT64_C(1795651200000) /* 2026-11-26T00:00:00Z */
#define HOUR_MS  INT64_C(3600000)

static struct arena arena;
static struct traffic traffic;
static char path[] = "/tmp/sideways-traffic-XXXXXX";

static int set_up(void **state)
{
	int fd = mkstemp(path);

	arena_init(&arena);
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	arena_release(&arena);
	return unlink(path);
}

static int read_text(const char *text, struct error *err)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return traffic_read(path, &arena, &traffic, err);
}

static void test_made_up_requests_are_even_and_take_turns(void **state)
{
	static const char *const models[] = { "a", "b" };
	struct traffic_plan plan = { .from_ms = MIDNIGHT,
		.until_ms = MIDNIGHT + 2 * HOUR_MS,
		.per_hour = 4,
		.models = models,
		.model_count = 2,
		.input_tokens = 10,
		.output_tokens = 5 };
	struct error err = { 0 };

	assert_int_equal(traffic_make(&plan, &arena, &traffic, &err), 0);
	assert_int_equal(traffic.count, 8);
	assert_int_equal(traffic.items[3].at_ms, MIDNIGHT + HOUR_MS * 3 / 4);
	assert_string_equal(traffic.items[0].model, "a");
	assert_string_equal(traffic.items[7].model, "b");
	plan.per_hour = TRAFFIC_MOST;
	assert_int_equal(traffic_make(&plan, &arena, &traffic, &err), -1);
	assert_int_equal(err.kind, ERROR_USAGE);
}

#define AT "\"startTime\":\"2026-11-26T02:10:05.123Z\""

static void test_a_log_is_read_in_the_order_of_its_times(void **state)
{
	static const char log[] = "[{" AT ",\"model_group\":\"cheap\",\"model\":\"x\","
				  "\"prompt_tokens\":7,\"completion_tokens\":3},"
				  "{\"startTime\":\"2026-11-26 00:30:00+00:00\",\"model_group\":"
				  "\"\",\"model\":\"gpt\"}]";
	struct error err = { 0 };

	assert_int_equal(read_text(log, &err), 0);
	assert_int_equal(traffic.count, 2);
	assert_string_equal(traffic.items[0].model, "gpt");
	assert_int_equal(traffic.items[0].at_ms, MIDNIGHT + HOUR_MS / 2);
	assert_string_equal(traffic.items[1].model, "cheap");
	assert_int_equal(traffic.items[1].input_tokens, 7);
	assert_int_equal(traffic.items[1].output_tokens, 3);
	assert_int_equal(traffic.from_ms, MIDNIGHT);
	assert_int_equal(traffic.until_ms, MIDNIGHT + 3 * HOUR_MS);
}

static void test_what_is_wrong_with_a_log_is_named(void **state)
{
	static const struct {
		const char *text, *word;
	} rows[] = {
		{ "{}", "array" },
		{ "[]", "array" },
		{ "[", "byte" },
		{ "[{" AT "}]", "entry 0 has no model" },
		{ "[{\"model\":\"a\"}]", "startTime" },
		{ "[{\"model\":\"a\",\"startTime\":\"yesterday\"}]", "startTime" },
		{ "[{\"model\":\"a\"," AT ",\"prompt_tokens\":-1}]", "token" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct error err = { 0 };

		assert_int_equal(read_text(rows[i].text, &err), -1);
		if (!strstr(err.text, rows[i].word))
			fail_msg("%s: %s", rows[i].text, err.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_up_requests_are_even_and_take_turns),
		cmocka_unit_test(test_a_log_is_read_in_the_order_of_its_times),
		cmocka_unit_test(test_what_is_wrong_with_a_log_is_named),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
