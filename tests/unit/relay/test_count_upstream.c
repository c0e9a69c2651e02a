/* The provider's own count in place of a bound that does not fit (see play.h). */
#include "play.h"

#include <string.h>

#define SETTINGS(rule)                                                                             \
	"model_list:\n"                                                                            \
	"  - model_name: c\n"                                                                      \
	"    litellm_params: { model: anthropic/claude-opus-4-7, api_key: k, "                     \
	"input_cost_per_token: 0.000003, output_cost_per_token: 0.000015 }\n"                      \
	"    model_info: { max_input_tokens: 200000, max_output_tokens: 4000 }\n"                  \
	"sideways_settings: { count_upstream: " rule " }\n"

/* 4000 bytes of text are 8000 tokens by the quick bound, $0.024. */
#define BUDGET "0.02/1d"

/* The same through OpenAI's format, to Gemini. */
static const char gemini_settings[] =
    "model_list:\n"
    "  - model_name: g\n"
    "    litellm_params: { model: gemini/gemini-3-flash-preview, api_key: k, "
    "input_cost_per_token: 0.000006, output_cost_per_token: 0.000015 }\n"
    "    model_info: { max_input_tokens: 200000, max_output_tokens: 4000 }\n"
    "sideways_settings: { count_upstream: tight }\n";

static struct {
	const char *answer;
	const char *count; /* the counting address' answer; NULL: 404 */
	int counts, calls;
	char url[128], question[6000];
} vendor;

static const char gemini_answer[] =
    "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"hello\"}]},"
    "\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":10,"
    "\"candidatesTokenCount\":5,\"totalTokenCount\":15}}";
static const char anthropic_answer[] =
    "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":[{"
    "\"type\":\"text\",\"text\":\"hello\"}],\"stop_reason\":\"end_turn\",\"usage\":{"
    "\"input_tokens\":10,\"output_tokens\":5}}";

static void vendor_transport(
    struct fetch_pool *pool, const struct fetch_call *call, struct fetch_result *out)
{
	bool is_count =
	    strstr(call->url, "/count_tokens") != NULL || strstr(call->url, ":countTokens") != NULL;
	struct fetch_head head = { .status = is_count && !vendor.count ? 404 : 200,
		.headers = { { "content-type", "application/json" } },
		.header_count = 1 };
	const char *body = !is_count ? vendor.answer : vendor.count ? vendor.count : "{}";

	*out = (struct fetch_result){ .end = FETCH_DONE, .sent = true, .status = head.status };
	if (is_count) {
		vendor.counts++;
		snprintf(vendor.url, sizeof vendor.url, "%s", call->url);
		snprintf(vendor.question, sizeof vendor.question, "%.*s", (int)call->body[0].len,
		    call->body[0].ptr);
	} else {
		vendor.calls++;
	}
	if (call->on_head(call->ctx, &head) != 0 ||
	    call->on_body(call->ctx, body, strlen(body)) != 0)
		out->end = FETCH_STOPPED;
}

static void begin(struct play *play, const char *settings, const char *count)
{
	memset(&vendor, 0, sizeof vendor);
	vendor.count = count;
	vendor.answer = anthropic_answer;
	play_begin(play, settings, BUDGET);
	play->format = WIRE_ANTHROPIC;
	play->gateway.transport = vendor_transport;
}

static void begin_gemini(struct play *play, const char *count)
{
	begin(play, gemini_settings, count);
	vendor.answer = gemini_answer;
	play->format = WIRE_OPENAI_CHAT;
}

/* The text stands in a tool, 4000 bytes of it. */
static int ask_gemini(struct play *play, const char *more)
{
	static const struct step nothing[] = { { .model = "" } };
	char members[4400], description[4001];

	memset(description, 'x', sizeof description - 1);
	description[sizeof description - 1] = '\0';
	snprintf(members, sizeof members,
	    "\"model\":\"g\",\"max_tokens\":100,\"tools\":[{\"type\":\"function\",\"function\":{"
	    "\"name\":\"f\",\"description\":\"%s\"}}]%s",
	    description, more);
	return play_ask(play, nothing, members);
}

static int ask(struct play *play)
{
	static const struct step nothing[] = { { .model = "" } };
	char members[4200], system[4001];

	memset(system, 'x', sizeof system - 1);
	system[sizeof system - 1] = '\0';
	snprintf(members, sizeof members, "\"model\":\"c\",\"max_tokens\":100,\"system\":\"%s\"",
	    system);
	return play_ask(play, nothing, members);
}

static void test_a_bound_that_does_not_fit_is_counted_by_the_provider(void **state)
{
	struct play play;

	begin(&play, SETTINGS("tight"), "{\"input_tokens\":1000}");
	assert_int_equal(ask(&play), 0);
	assert_int_equal(vendor.counts, 1);
	assert_string_equal(vendor.url, "https://api.anthropic.com/v1/messages/count_tokens");
	assert_non_null(strstr(vendor.question, "\"model\":\"claude-opus-4-7\""));
	assert_non_null(strstr(vendor.question, "\"system\":"));
	assert_null(strstr(vendor.question, "max_tokens"));
	/* 5 % and 64 more than was counted, and 100 of output */
	assert_int_equal(play.out.bound_nano, 1114 * 3000 + 100 * 15000);
	play_audit(&play);
	play_end(&play);
}

static void test_what_was_counted_is_remembered(void **state)
{
	struct play play;

	begin(&play, SETTINGS("tight"), "{\"input_tokens\":1000}");
	assert_int_equal(ask(&play), 0);
	assert_int_equal(ask(&play), 0);
	assert_int_equal(vendor.counts, 1);
	assert_int_equal(vendor.calls, 2);
	clock_fake_advance(2 * 60 * 60 * 1000);
	assert_int_equal(ask(&play), 0);
	assert_int_equal(vendor.counts, 2);
	play_end(&play);
}

static int ask_with(struct play *play, const char *before, int bytes, const char *after)
{
	static const struct step nothing[] = { { .model = "" } };
	char members[4800], text[4001];

	memset(text, 'x', sizeof text - 1);
	snprintf(members, sizeof members, "\"model\":\"c\",\"max_tokens\":100,%s%.*s%s", before,
	    bytes, text, after);
	return play_ask(play, nothing, members);
}

/* A mark for the cache is no text; what only has its name is. */
static void test_a_text_under_a_marks_name_is_no_mark(void **state)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{ "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\",\"properties\":"
		  "{"
		  "\"cache_control\":{\"type\":\"string\",\"description\":\"",
		    "\"}}}}]" },
		{ "\"tools\":[{\"name\":\"f\",\"input_schema\":{\"type\":\"object\",\"properties\":"
		  "{"
		  "\"cache_control\":{\"type\":\"ephemeral\",\"ttl\":\"1h\",\"title\":\"",
		    "\"}}}}]" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct play play;

		begin(&play, SETTINGS("always"), "{\"input_tokens\":300}");
		assert_int_equal(ask_with(&play, cases[i].before, 1, cases[i].after), 0);
		assert_int_equal(ask_with(&play, cases[i].before, 4000, cases[i].after), 0);
		assert_int_equal(vendor.counts, 2);
		play_end(&play);
	}
}

static void test_a_mark_that_moves_is_no_other_text(void **state)
{
	static const char before[] = "\"system\":[{\"type\":\"text\",\"text\":\"";
	struct play play;

	begin(&play, SETTINGS("tight"), "{\"input_tokens\":300}");
	assert_int_equal(ask_with(&play, before, 4000, "\"}]"), 0);
	assert_int_equal(
	    ask_with(&play, before, 4000, "\",\"cache_control\":{\"type\":\"ephemeral\"}}]"), 0);
	assert_int_equal(vendor.counts, 1);
	play_end(&play);
}

static void test_a_picture_is_not_weighed_by_its_address(void **state)
{
	struct play play;

	begin(&play, SETTINGS("tight"), "{\"input_tokens\":300}");
	assert_int_equal(ask(&play), 0);
	play.more_messages = ",{\"role\":\"assistant\",\"content\":\"ho\"},{\"role\":\"user\","
			     "\"content\":[{\"type\":\"text\",\"text\":\"and?\"}]}";
	assert_int_equal(ask(&play), 0);
	assert_int_equal(vendor.counts, 1);
	play.more_messages = ",{\"role\":\"assistant\",\"content\":\"ho\"},{\"role\":\"user\","
			     "\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"url\","
			     "\"url\":\"https://e.org/x.png\"}}]}";
	assert_int_equal(ask(&play), 0);
	assert_int_equal(vendor.counts, 2);
	play_end(&play);
}

static void test_without_a_count_the_quick_bound_stays(void **state)
{
	struct play play;

	begin(&play, SETTINGS("tight"), NULL);
	assert_int_equal(ask(&play), -1);
	assert_int_equal(play.err.kind, ERROR_BUDGET);
	assert_int_equal(ask(&play), -1);
	assert_int_equal(vendor.counts, 1); /* left alone for ten minutes */
	clock_fake_advance(11 * 60 * 1000);
	vendor.count = "{\"input_tokens\":-5}";
	assert_int_equal(ask(&play), -1);
	assert_int_equal(vendor.counts, 2);
	assert_int_equal(vendor.calls, 0);
	play_end(&play);
}

static void test_never_asks_never(void **state)
{
	struct play play;

	begin(&play, SETTINGS("never"), "{\"input_tokens\":1000}");
	assert_int_equal(ask(&play), -1);
	assert_int_equal(vendor.counts, 0);
	play_end(&play);
}

static void test_gemini_is_asked_with_the_whole_request(void **state)
{
	struct play play;

	begin_gemini(&play, "{\"totalTokens\":1000,\"promptTokensDetails\":[]}");
	assert_int_equal(ask_gemini(&play, ""), 0);
	assert_int_equal(vendor.counts, 1);
	assert_string_equal(vendor.url, "https://generativelanguage.googleapis.com/v1beta/models/"
					"gemini-3-flash-preview:countTokens");
	assert_non_null(strstr(vendor.question,
	    "{\"generateContentRequest\":{\"model\":\"models/gemini-3-flash-preview\","));
	assert_non_null(strstr(vendor.question, "\"contents\":"));
	assert_non_null(strstr(vendor.question, "\"functionDeclarations\":"));
	assert_int_equal(play.out.bound_nano, 1114 * 6000 + 100 * 15000);
	play_audit(&play);
	play_end(&play);
}

static void test_a_stream_of_gemini_is_counted_at_the_same_address(void **state)
{
	struct play play;

	begin_gemini(&play, "{\"totalTokens\":1000}");
	(void)ask_gemini(&play, ",\"stream\":true");
	assert_int_equal(vendor.counts, 1);
	assert_string_equal(vendor.url, "https://generativelanguage.googleapis.com/v1beta/models/"
					"gemini-3-flash-preview:countTokens");
	play_end(&play);
}

static void test_gemini_that_gives_no_count_is_left_alone(void **state)
{
	static const char *const wrong[] = { NULL, "{}", "{\"totalTokens\":\"many\"}", "[1000]",
		"{\"totalTokens\":0}", "no JSON" };

	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		struct play play;

		begin_gemini(&play, wrong[i]);
		assert_int_equal(ask_gemini(&play, ""), -1);
		assert_int_equal(play.err.kind, ERROR_BUDGET);
		assert_int_equal(ask_gemini(&play, ""), -1);
		assert_int_equal(vendor.counts, 1);
		assert_int_equal(vendor.calls, 0);
		play_end(&play);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bound_that_does_not_fit_is_counted_by_the_provider),
		cmocka_unit_test(test_what_was_counted_is_remembered),
		cmocka_unit_test(test_a_text_under_a_marks_name_is_no_mark),
		cmocka_unit_test(test_a_mark_that_moves_is_no_other_text),
		cmocka_unit_test(test_a_picture_is_not_weighed_by_its_address),
		cmocka_unit_test(test_without_a_count_the_quick_bound_stays),
		cmocka_unit_test(test_never_asks_never),
		cmocka_unit_test(test_gemini_is_asked_with_the_whole_request),
		cmocka_unit_test(test_a_stream_of_gemini_is_counted_at_the_same_address),
		cmocka_unit_test(test_gemini_that_gives_no_count_is_left_alone),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
