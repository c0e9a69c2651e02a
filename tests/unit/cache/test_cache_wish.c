/*
 * Which requests may be answered from the cache and kept: one table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cache/cache_wish.h"

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena);
	return 0;
}

static int tear_down(void **state)
{
	arena_release(&arena);
	return 0;
}

static struct cache_settings usual(void)
{
	return (struct cache_settings){ .enabled = true,
		.ttl_ms = 600000,
		.only_repeatable = true,
		.call_types = CACHE_COMPLETION | CACHE_TEXT_COMPLETION | CACHE_EMBEDDING };
}

static struct cache_wish wish(const struct cache_settings *settings, enum wire_format_id format,
    const char *body, const char *header)
{
	struct chat_request request = { .format = format, .body = slice_of(body) };
	struct cache_wish out;

	assert_int_equal(cache_wish_read(settings, &request, header, &arena, &out, NULL), 0);
	return out;
}

static void test_what_a_client_says(void **state)
{
	static const struct {
		const char *body, *header;
		bool look, keep;
	} rows[] = {
		{ "{\"temperature\":0}", NULL, true, true },
		{ "{\"temperature\":0.0}", NULL, true, true },
		{ "{\"temperature\":0.2}", NULL, false, false },
		{ "{}", NULL, false, false },
		{ "{\"cache\":{\"use-cache\":true}}", NULL, true, true },
		{ "{\"temperature\":0,\"cache\":{\"no-cache\":true}}", NULL, false, true },
		{ "{\"temperature\":0,\"cache\":{\"no-store\":true}}", NULL, true, false },
		{ "{\"temperature\":0,\"cache\":{\"no-cache\":false}}", NULL, true, true },
		{ "{\"temperature\":0,\"cache\":{\"ttl\":0}}", NULL, true, false },
		{ "{\"temperature\":0,\"cache\":null}", NULL, true, true },
		{ "{\"temperature\":0,\"cache\":{\"unheard-of\":1}}", NULL, true, true },
		{ "{\"temperature\":0}", "no-cache", false, true },
		{ "{\"temperature\":0}", "max-age=0, No-Store", true, false },
	};
	struct cache_settings settings = usual();

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct cache_wish got =
		    wish(&settings, WIRE_OPENAI_CHAT, rows[i].body, rows[i].header);

		if (got.look != rows[i].look || got.keep != rows[i].keep)
			fail_msg("%s %s: look %d, keep %d", rows[i].body,
			    rows[i].header ? rows[i].header : "", got.look, got.keep);
	}
}

static void test_times_and_name_spaces_are_read(void **state)
{
	struct cache_settings settings = usual();
	struct cache_wish got = wish(&settings, WIRE_OPENAI_CHAT,
	    "{\"temperature\":0,\"cache\":{\"ttl\":30,\"s-maxage\":5,\"namespace\":\"a\"}}", NULL);

	assert_int_equal(got.ttl_ms, 30000);
	assert_int_equal(got.max_age_ms, 5000);
	assert_string_equal(got.name_space, "\"a\"");
	got = wish(&settings, WIRE_OPENAI_CHAT, "{\"temperature\":0}", NULL);
	assert_int_equal(got.ttl_ms, 600000);
	assert_int_equal(got.max_age_ms, -1);
}

static void test_each_format_has_its_temperature(void **state)
{
	struct cache_settings settings = usual();

	assert_true(
	    wish(&settings, WIRE_GEMINI, "{\"generationConfig\":{\"temperature\":0}}", NULL).look);
	assert_false(wish(&settings, WIRE_GEMINI, "{\"temperature\":0}", NULL).look);
	assert_true(wish(&settings, WIRE_ANTHROPIC, "{\"temperature\":0}", NULL).look);
	assert_true(wish(&settings, WIRE_EMBEDDINGS, "{\"input\":\"a\"}", NULL).look);
	assert_true(wish(&settings, WIRE_GEMINI_EMBED_BATCH, "{}", NULL).keep);
}

static void test_the_settings_decide(void **state)
{
	struct cache_settings settings = usual();

	settings.only_repeatable = false;
	assert_true(wish(&settings, WIRE_OPENAI_CHAT, "{\"temperature\":1}", NULL).look);
	settings.on_demand = true;
	assert_false(wish(&settings, WIRE_OPENAI_CHAT, "{\"temperature\":0}", NULL).look);
	assert_true(
	    wish(&settings, WIRE_OPENAI_CHAT, "{\"cache\":{\"use-cache\":true}}", NULL).look);
	settings = usual();
	settings.call_types = CACHE_EMBEDDING;
	assert_false(wish(&settings, WIRE_OPENAI_CHAT, "{\"temperature\":0}", NULL).look);
	assert_true(wish(&settings, WIRE_EMBEDDINGS, "{}", NULL).look);
	settings.enabled = false;
	assert_false(wish(&settings, WIRE_EMBEDDINGS, "{}", NULL).keep);
}

static void test_nonsense_is_refused(void **state)
{
	static const char *const bodies[] = { "{\"cache\":true}", "{\"cache\":{\"ttl\":\"5\"}}",
		"{\"cache\":{\"ttl\":-1}}", "{\"cache\":{\"no-cache\":1}}",
		"{\"cache\":{\"namespace\":5}}" };
	struct cache_settings settings = usual();

	for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
		struct chat_request request = { .format = WIRE_OPENAI_CHAT,
			.body = slice_of(bodies[i]) };
		struct error err = { 0 };
		struct cache_wish out;

		assert_int_equal(
		    cache_wish_read(&settings, &request, NULL, &arena, &out, &err), -1);
		assert_int_equal(err.kind, ERROR_BAD_REQUEST);
		assert_non_null(strstr(err.text, "cache"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_client_says),
		cmocka_unit_test(test_times_and_name_spaces_are_read),
		cmocka_unit_test(test_each_format_has_its_temperature),
		cmocka_unit_test(test_the_settings_decide),
		cmocka_unit_test(test_nonsense_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
