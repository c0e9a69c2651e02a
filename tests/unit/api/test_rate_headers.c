/*
 * What is left of the limits, in the headers of each client's SDK.
 */
#include "api/rate_headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "caught_reply.h"

static struct caught_reply caught;
static struct relay_outcome outcome;

static const char *header(const char *name)
{
	return web_reply_header_of(&caught.reply, name);
}

static void set_for(const char *path)
{
	caught_begin(&caught, path);
	rate_headers_set(&caught.request, &caught.reply, &outcome);
}

static int set_up(void **state)
{
	clock_fake_start(INT64_C(1795430000000));
	outcome = (struct relay_outcome){ .rate = { .requests_limit = 60,
					      .requests_left = 59,
					      .requests_reset_ms = 59001,
					      .tokens_limit = LIMIT_NONE } };
	outcome.key.limits = (struct limits){ LIMIT_NONE, LIMIT_NONE, LIMIT_NONE };
	return 0;
}

static int tear_down(void **state)
{
	caught_end(&caught);
	clock_fake_stop();
	return 0;
}

static void test_openai_gets_durations(void **state)
{
	static const struct {
		int64_t in_ms;
		const char *text;
	} cases[] = { { 0, "0ms" }, { 999, "999ms" }, { 1000, "1s" }, { 1001, "2s" },
		{ 59001, "1m0s" }, { 61000, "1m1s" } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		outcome.rate.requests_reset_ms = cases[i].in_ms;
		set_for("/v1/chat/completions");
		assert_string_equal(header("x-ratelimit-reset-requests"), cases[i].text);
		if (i + 1 < sizeof cases / sizeof cases[0])
			caught_end(&caught);
	}
	assert_string_equal(header("x-ratelimit-limit-requests"), "60");
	assert_string_equal(header("x-ratelimit-remaining-requests"), "59");
	assert_null(header("x-ratelimit-limit-tokens"));
}

static void test_anthropic_gets_times(void **state)
{
	set_for("/v1/messages");
	assert_string_equal(header("anthropic-ratelimit-requests-limit"), "60");
	assert_string_equal(header("anthropic-ratelimit-requests-reset"), "2026-11-23T10:34:20Z");
	assert_null(header("x-ratelimit-limit-requests"));
}

static void test_without_limits_there_are_no_headers(void **state)
{
	char id[] = "k1";

	outcome.rate.requests_limit = LIMIT_NONE;
	outcome.key.id = id;
	set_for("/v1/chat/completions");
	assert_null(header("x-ratelimit-limit-requests"));
	assert_null(header("x-litellm-key-rpm-limit"));
	caught_end(&caught);
	outcome.key.limits.rpm = 0; /* none a minute is a limit too */
	set_for("/v1/chat/completions");
	assert_string_equal(header("x-litellm-key-rpm-limit"), "0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_openai_gets_durations),
		TEST(test_anthropic_gets_times),
		TEST(test_without_limits_there_are_no_headers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
