/*
 * What answers and events of images and transcriptions say of their bill.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "providers/media_call.h"

/* A provider whose numbers are beyond belief must not turn a sum around. */
static void test_figures_beyond_belief_are_not_summed(void **state)
{
	static const char *const bills[] = {
		"{\"input_tokens\":9223372036854775807,\"output_tokens\":9223372036854775807}",
		"{\"input_tokens\":1,\"output_tokens\":1,\"total_tokens\":9223372036854775807}",
		("{\"input_tokens\":5,\"output_tokens\":1,\"input_tokens_details\":"
		 "{\"image_tokens\":9223372036854775807}}"),
		"{\"seconds\":9223372036854775.807}",
		"{\"seconds\":\"9223372036854775.807\"}",
	};
	const struct provider *openai = provider_find("openai");
	const struct wire_format *images = media_format(openai, media_address("images/edits")),
				 *sound =
				     media_format(openai, media_address("audio/transcriptions"));

	for (size_t i = 0; i < sizeof bills / sizeof bills[0]; i++) {
		struct provider_stream stream = { .provider = openai };
		struct provider_reply reply;
		AUTO_ARENA struct arena arena;
		struct slice event, out;
		struct error err;

		arena_init(&arena);
		event = slice_of(arena_printf(&arena,
		    "{\"type\":\"image_edit.completed\",\"text\":\"a\",\"usage\":%s}", bills[i]));
		for (int times = 0; times < 3; times++)
			assert_int_equal(
			    images->read_event(&stream, "", event, &arena, &out), STREAM_FORWARD);
		assert_in_range(stream.usage.input_tokens, 0, INT64_C(3000000000000));
		assert_in_range(stream.usage.output_tokens, 0, INT64_C(3000000000000));
		assert_in_range(stream.usage.image_input_tokens, 0, INT64_C(3000000000000));
		assert_int_equal(sound->read_reply(openai, event, &arena, &reply, &err), 0);
		assert_in_range(reply.usage.units, 0, INT64_C(1000000000000));
		assert_in_range(reply.usage.input_tokens, 0, INT64_C(1000000000000));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_figures_beyond_belief_are_not_summed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
