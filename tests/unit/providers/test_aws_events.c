/* Messages as botocore 1.44.8 read them (2026-11-29), cut at every byte, and with every bit of them
 * turned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "providers/aws_events.h"

#define FRAME_MAX 512

static const struct {
	const char *hex, *event, *data; /* event NULL: nothing is told */
} frames[] = {
	/* clang-format off */
	/* empty */
	{ "000000100000000005c248eb7d98c8ff",
	NULL, NULL },
	/* messageStart */
	{ "000000760000005296d5fade0b3a6576656e742d7479706507000c6d65737361676553746172740d"
	"3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167"
	"652d747970650700056576656e747b22726f6c65223a22617373697374616e74227d6fa8c599",
	"messageStart", "{\"role\":\"assistant\"}" },
	/* contentBlockDelta */
	{ "0000009f00000057c37babff0b3a6576656e742d74797065070011636f6e74656e74426c6f636b44"
	"656c74610d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d"
	"6573736167652d747970650700056576656e747b22636f6e74656e74426c6f636b496e646578223a"
	"302c2264656c7461223a7b2274657874223a224869227d2c2270223a2261626364227df2ace5ff",
	"contentBlockDelta", "{\"contentBlockIndex\":0,\"delta\":{\"text\":\"Hi\"},\"p\":\"abcd\"}" },
	/* contentBlockStop */
	{ "0000007d00000056e6680fd60b3a6576656e742d74797065070010636f6e74656e74426c6f636b53"
	"746f700d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d65"
	"73736167652d747970650700056576656e747b22636f6e74656e74426c6f636b496e646578223a30"
	"7db32e4d34",
	"contentBlockStop", "{\"contentBlockIndex\":0}" },
	/* messageStop */
	{ "0000007a00000051ca2c46650b3a6576656e742d7479706507000b6d65737361676553746f700d3a"
	"636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d657373616765"
	"2d747970650700056576656e747b2273746f70526561736f6e223a22656e645f7475726e227d5fbf"
	"09fc",
	"messageStop", "{\"stopReason\":\"end_turn\"}" },
	/* metadata */
	{ "000000ee0000004e63a2ca400b3a6576656e742d747970650700086d657461646174610d3a636f6e"
	"74656e742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d7479"
	"70650700056576656e747b227573616765223a7b22696e707574546f6b656e73223a31302c226f75"
	"74707574546f6b656e73223a322c22746f74616c546f6b656e73223a3131322c2263616368655265"
	"6164496e707574546f6b656e73223a3130302c2263616368655772697465496e707574546f6b656e"
	"73223a307d2c226d657472696373223a7b226c6174656e63794d73223a3332317d7dea22a650",
	"metadata", "{\"usage\":{\"inputTokens\":10,\"outputTokens\":2,\"totalTokens\":112,\"cacheReadInputTokens\":100,\"cacheWriteInputTokens\":0},\"metrics\":{\"latencyMs\":321}}" },
	/* throttling */
	{ "000000b0000000614f5086b30f3a657863657074696f6e2d747970650700137468726f74746c696e"
	"67457863657074696f6e0d3a636f6e74656e742d747970650700106170706c69636174696f6e2f6a"
	"736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d657373616765223a"
	"22546f6f206d616e7920746f6b656e732c20706c656173652077616974206265666f726520747279"
	"696e6720616761696e2e227df70ae57f",
	"error", "{\"type\":\"error\",\"error\":{\"type\":\"throttlingException\",\"message\":\"Too many tokens, please wait before trying again.\"}}" },
	/* modelStreamError */
	{ "000000b800000067964368470f3a657863657074696f6e2d747970650700196d6f64656c53747265"
	"616d4572726f72457863657074696f6e0d3a636f6e74656e742d747970650700106170706c696361"
	"74696f6e2f6a736f6e0d3a6d6573736167652d74797065070009657863657074696f6e7b226d6573"
	"73616765223a2278222c226f726967696e616c537461747573436f6465223a3530302c226f726967"
	"696e616c4d657373616765223a22626f6f6d227dea05a4c0",
	"error", "{\"type\":\"error\",\"error\":{\"type\":\"modelStreamErrorException\",\"message\":\"x\"}}" },
	/* error */
	{ "0000005e0000004e7365c2540b3a6572726f722d636f646507000f496e7465726e616c4661696c75"
	"72650e3a6572726f722d6d657373616765070008696e7465726e616c0d3a6d6573736167652d7479"
	"70650700056572726f7295f70272",
	"error", "{\"type\":\"error\",\"error\":{\"type\":\"InternalFailure\",\"message\":\"internal\"}}" },
	/* chunk */
	{ "000000e60000004b23b8750e0b3a6576656e742d747970650700056368756e6b0d3a636f6e74656e"
	"742d747970650700106170706c69636174696f6e2f6a736f6e0d3a6d6573736167652d7479706507"
	"00056576656e747b226279746573223a2265794a306558426c496a6f695932397564475675644639"
	"696247396a6131396b5a57783059534973496d6c755a475634496a6f774c434a6b5a577830595349"
	"3665794a306558426c496a6f69644756346446396b5a57783059534973496e526c654851694f694a"
	"4961534a3966513d3d222c2270223a226162636465666768227d8ec56ae9",
	"content_block_delta", "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}}" },
	/* clang-format on */
};
#define FRAMES (sizeof frames / sizeof frames[0])

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static size_t bytes_of(size_t frame, char *out)
{
	const char *hex = frames[frame].hex;
	size_t len = strlen(hex) / 2;

	for (size_t i = 0; i < len; i++)
		out[i] = (char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	return len;
}

static int note(void *ctx, const char *event, struct slice data)
{
	text_printf(ctx, "%s %.*s\n", event, (int)data.len, data.ptr);
	return 0;
}

static void test_every_kind_is_told_however_it_is_cut(void **state)
{
	for (size_t i = 0; i < FRAMES; i++) {
		char bytes[FRAME_MAX], want[FRAME_MAX];
		size_t len = bytes_of(i, bytes);

		want[0] = '\0';
		if (frames[i].event)
			snprintf(want, sizeof want, "%s %s\n", frames[i].event, frames[i].data);
		for (size_t cut = 0; cut <= len; cut++) {
			AUTO_TEXT struct text told = text_empty(4096);
			struct aws_events events;
			struct error err = { .kind = ERROR_NONE };

			aws_events_init(&events);
			assert_int_equal(
			    aws_events_feed(&events, bytes, cut, note, &told, &err), 0);
			if (cut < len)
				assert_int_equal(told.len, 0);
			assert_int_equal(
			    aws_events_feed(&events, bytes + cut, len - cut, note, &told, &err), 0);
			assert_string_equal(told.len ? told.bytes : "", want);
			aws_events_release(&events);
		}
	}
}

static void test_a_stream_of_all_byte_by_byte(void **state)
{
	AUTO_TEXT struct text told = { .size = 0 }, want = { .size = 0 };
	struct aws_events events;
	struct error err;

	text_init(&told, 8192);
	text_init(&want, 8192);
	aws_events_init(&events);
	for (size_t i = 0; i < FRAMES; i++) {
		char bytes[FRAME_MAX];
		size_t len = bytes_of(i, bytes);

		if (frames[i].event)
			text_printf(&want, "%s %s\n", frames[i].event, frames[i].data);
		for (size_t at = 0; at < len; at++)
			assert_int_equal(
			    aws_events_feed(&events, bytes + at, 1, note, &told, &err), 0);
	}
	assert_string_equal(told.bytes, want.bytes);
	aws_events_release(&events);
}

/* A turned bit is told, or the message is waited for: nothing wrong is ever passed on. */
static void test_no_damage_is_passed_on(void **state)
{
	for (size_t i = 0; i < FRAMES; i++) {
		char bytes[FRAME_MAX];
		size_t len = bytes_of(i, bytes);

		for (size_t bit = 0; bit < len * 8; bit++) {
			AUTO_TEXT struct text told = text_empty(4096);
			struct aws_events events;
			struct error err;

			bytes[bit / 8] ^= (char)(1 << bit % 8);
			aws_events_init(&events);
			assert_int_not_equal(
			    aws_events_feed(&events, bytes, len, note, &told, &err), 0);
			assert_int_equal(told.len, 0);
			aws_events_release(&events);
			bytes[bit / 8] ^= (char)(1 << bit % 8);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_is_told_however_it_is_cut),
		cmocka_unit_test(test_a_stream_of_all_byte_by_byte),
		cmocka_unit_test(test_no_damage_is_passed_on),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
