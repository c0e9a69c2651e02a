/* Whole answers stand in the bound of what a process holds (base/held.h). */
#include "play.h"

#include <stdlib.h>
#include <string.h>

#include "base/held.h"

static const char settings[] =
    "model_list:\n"
    "  - { model_name: m, litellm_params: { model: openai/m1, api_key: k, "
    "input_cost_per_token: 1.0e-6, output_cost_per_token: 1.0e-6 }, "
    "model_info: { max_output_tokens: 100 } }\n"
    "litellm_settings: { num_retries: 2 }\n";

/* An answer of so many letters. */
static void fill(char *body, size_t count)
{
	static const char begin[] = "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{"
				    "\"role\":\"assistant\",\"content\":\"",
			  end[] = "\"},\"finish_reason\":\"stop\"}],\"usage\":{"
				  "\"prompt_tokens\":10,\"completion_tokens\":50}}";

	memcpy(body, begin, sizeof begin - 1);
	memset(body + sizeof begin - 1, 'x', count);
	memcpy(body + sizeof begin - 1 + count, end, sizeof end);
}

/* An answer that finds no room has been made and is billed: it is charged and not asked for again.
 * A small one always finds some. */
static void test_an_answer_without_room_is_refused_and_charged(void **state)
{
	char *large = calloc(1, 200000);
	const struct step script[] = { { .model = "m1", .body = large }, { .model = "" } };
	static const struct step small[] = { { .model = "" } };
	struct play play;

	fill(large, 100000);
	play_begin(&play, settings, "1/1d");
	held_add(HELD_REQUESTS, HELD_BYTES_MAX + 1);
	assert_int_equal(play_ask(&play, script, "\"model\":\"m\""), -1);
	assert_int_equal(play.err.kind, ERROR_OVERLOADED);
	assert_non_null(strstr(play.err.text, "no room for this answer"));
	assert_string_equal(play.called, "m1 ");
	assert_int_equal(
	    play_count(&play, "SELECT count(*) FROM attempt WHERE state = 'unknown'"), 1);
	assert_true(play_count(&play, "SELECT sum(spent_nano) FROM budget_window") > 0);
	assert_int_equal(play_ask(&play, small, "\"model\":\"m\""), 0);
	held_add(HELD_REQUESTS, -HELD_BYTES_MAX - 1);
	assert_int_equal(play_ask(&play, script, "\"model\":\"m\""), 0);
	assert_true(play.out.held_bytes > 100000);
	assert_int_equal(held_bytes(HELD_ANSWERS), 0);
	play_audit(&play);
	play_end(&play);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_answer_without_room_is_refused_and_charged),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
