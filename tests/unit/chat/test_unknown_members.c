/* Members that nobody knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "chat/client_format.h"
#include "chat/unknown_members.h"

static struct arena arena;

static struct chat_request read_body(const char *members)
{
	struct chat_request request;
	struct error err = { 0 };
	char *body = arena_printf(&arena,
	    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]%s}", members);

	if (client_format(WIRE_OPENAI_CHAT)
		->read(slice_of(body), NULL, false, &arena, &request, &err) != 0)
		fail_msg("%s", err.text);
	return request;
}

static int sort(struct chat_request *request, const char *rule)
{
	struct error err = { 0 };

	return unknown_members_sort(request, rule, &arena, &err);
}

static bool stays(const struct chat_request *request, const char *name)
{
	for (struct json_cursor member = chat_request_members(request); json_next(&member);)
		if (json_key_is(&member, name))
			return unknown_member_stays(request, &member);
	fail_msg("no member %s", name);
	return false;
}

static void test_a_name_that_tells_of_state_or_cost_stays_behind(void **state)
{
	static const char *const held[] = { "thread_key", "memoryBank", "sessionRef", "corpus_id",
		"projectID", "num_answers", "answer_candidates", "rag", "retrievalConfig",
		"billing_mode", "turboMode", "model_override", "continue_from", "fileRefs" };

	for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
		struct chat_request request = read_body(arena_printf(&arena, ",\"%s\":1", held[i]));

		assert_int_equal(sort(&request, NULL), 0);
		assert_true(stays(&request, held[i]));
		assert_string_equal(request.held_back, held[i]);
	}
}

static void test_any_other_passes_as_do_known_ones_of_vendors(void **state)
{
	static const char *const passed[] = { "sparkle", "tone", "repetition_penalty", "min_p",
		"chat_template_kwargs", "session_id", "search_recency_filter", "logit_bias" };

	for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++) {
		struct chat_request request =
		    read_body(arena_printf(&arena, ",\"%s\":{}", passed[i]));

		assert_int_equal(sort(&request, "drop"), 0);
		assert_false(stays(&request, passed[i]));
		assert_null(request.held_back);
	}
}

static void test_the_settings_decide(void **state)
{
	struct chat_request request = read_body(",\"memory\":1,\"tone\":2"), known;

	assert_int_equal(sort(&request, "pass"), 0);
	assert_false(stays(&request, "memory"));
	assert_int_equal(sort(&request, "refuse"), -1);
	known = read_body(",\"top_k\":1,\"user\":\"u\",\"memory\":null");
	assert_int_equal(sort(&known, "refuse"), 0);
}

static void test_names_that_no_header_can_bear_are_not_told(void **state)
{
	struct chat_request request = read_body(",\"thread\xc3\xa4\":1,\"thread x,y\":2");

	assert_int_equal(sort(&request, NULL), 0);
	assert_string_equal(
	    request.held_back, "a member with an odd name, a member with an odd name");
	assert_true(stays(&request, "thread x,y"));
}

static void test_more_than_can_be_judged_are_refused(void **state)
{
	char members[4096] = "";
	struct chat_request request;
	size_t at = 0;

	for (int i = 0; i < 65; i++)
		at += (size_t)snprintf(members + at, sizeof members - at, ",\"x%d\":1", i);
	request = read_body(members);
	assert_int_equal(sort(&request, NULL), -1);
	assert_int_equal(sort(&request, "pass"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_name_that_tells_of_state_or_cost_stays_behind),
		cmocka_unit_test(test_any_other_passes_as_do_known_ones_of_vendors),
		cmocka_unit_test(test_the_settings_decide),
		cmocka_unit_test(test_names_that_no_header_can_bear_are_not_told),
		cmocka_unit_test(test_more_than_can_be_judged_are_refused),
	};
	int failed;

	arena_init(&arena);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_release(&arena);
	return failed;
}
