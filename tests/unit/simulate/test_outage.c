/*
 * Outages as sentences.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "simulate/outage.h"

#define THURSDAY INT64_C(1795651200000) /* 2026-11-26T00:00:00Z */
#define HOUR_MS  INT64_C(3600000)

static void test_sentences(void **state)
{
	static const struct {
		const char *sentence, *who;
		int status, percent;
		int64_t from_h, until_h; /* after Thursday's midnight; -1: no end */
	} rows[] = {
		{ "deepseek answers 429", "deepseek", 429, 100, 0, -1 },
		{ "deepseek answers 429 for 30%", "deepseek", 429, 30, 0, -1 },
		{ "openai/gpt-4o is down", "openai/gpt-4o", 0, 100, 0, -1 },
		{ "a answers 503 from Friday 18:00", "a", 503, 100, 42, -1 },
		{ "a answers 503 from fri 18:00 until Mon 08:00", "a", 503, 100, 42, 104 },
		{ "a is down from 09:00 until 10:00", "a", 0, 100, 9, 10 },
		{ "a is down from thursday until Friday", "a", 0, 100, 0, 24 },
		{ "a is down from 2026-11-27 06:00 for 5%", "a", 0, 5, 30, -1 },
		{ "  a   is   down  ", "a", 0, 100, 0, -1 },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct outage got;
		struct error err = { 0 };
		int64_t until =
		    rows[i].until_h < 0 ? INT64_MAX : THURSDAY + rows[i].until_h * HOUR_MS;

		if (outage_parse(rows[i].sentence, THURSDAY, &got, &err) != 0)
			fail_msg("%s: %s", rows[i].sentence, err.text);
		assert_string_equal(got.who, rows[i].who);
		assert_int_equal(got.status, rows[i].status);
		assert_int_equal(got.percent, rows[i].percent);
		assert_int_equal(got.from_ms, THURSDAY + rows[i].from_h * HOUR_MS);
		assert_int_equal(got.until_ms, until);
	}
}

static void test_what_is_not_understood_is_named(void **state)
{
	static const struct {
		const char *sentence, *word;
	} rows[] = {
		{ "", "empty" },
		{ "deepseek", "deepseek" },
		{ "deepseek sleeps", "answers" },
		{ "deepseek answers 200", "200" },
		{ "deepseek answers soon", "soon" },
		{ "a is up", "is down" },
		{ "a is down for 0%", "0%" },
		{ "a is down for 101%", "101%" },
		{ "a is down for some", "some" },
		{ "a is down from noon", "noon" },
		{ "a is down from Friday 25:00", "25:00" },
		{ "a is down since Friday", "since" },
		{ "a is down from 10:00 until 09:00", "before" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct outage got;
		struct error err = { 0 };

		assert_int_equal(outage_parse(rows[i].sentence, THURSDAY, &got, &err), -1);
		assert_int_equal(err.kind, ERROR_USAGE);
		if (!strstr(err.text, rows[i].word))
			fail_msg("%s: %s", rows[i].sentence, err.text);
	}
}

static void test_who_it_is_of(void **state)
{
	char id[] = "d1", group[] = "cheap", provider[] = "deepseek", model[] = "deepseek-chat";
	struct deployment deployment = {
		.id = id, .group = group, .provider = provider, .model = model
	};
	static const struct {
		const char *who;
		bool is;
	} rows[] = { { "deepseek", true }, { "cheap", true }, { "d1", true },
		{ "deepseek-chat", true }, { "deepseek/deepseek-chat", true }, { "deep", false },
		{ "deepseek/other", false }, { "openai", false } };

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct outage outage = { .status = 429 };

		memcpy(outage.who, rows[i].who, strlen(rows[i].who) + 1);
		assert_int_equal(outage_is_of(&outage, &deployment), rows[i].is);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_what_is_not_understood_is_named),
		cmocka_unit_test(test_who_it_is_of),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
