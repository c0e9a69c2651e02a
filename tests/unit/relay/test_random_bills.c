/*
 * A provider that bills at random, within and beyond what it was told.  Whatever it says: what can
 * be believed is charged, what cannot is charged its hold, an estimate is never above its hold, and
 * what is charged above the holds is the overrun that is recorded.
 */
#include "play.h"

#define WINDOW     100000
#define CALLS      600
#define INPUT_NANO 1000 /* a token */
#define OUT_NANO   2000

#define ENTRY(group, model)                                                                        \
	"  - model_name: " group "\n"                                                              \
	"    litellm_params: { model: " model ", api_key: k, input_cost_per_token: 0.000001, "     \
	"output_cost_per_token: 0.000002 }\n"                                                      \
	"    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n"

static const char settings[] = "model_list:\n" ENTRY("openai", "openai/a1")
    ENTRY("anthropic", "anthropic/claude-sonnet-4-5") ENTRY("gemini", "gemini/gemini-2.5-flash")
	ENTRY("responses", "openai/responses/gpt-5-codex");

/* How each format says it, whole and streamed; $ is the text, # the input and @ the output of its
 * usage. */
static const struct speaker {
	const char *group, *model; /* as it is sent */
	bool many;                 /* has n */
	const char *told, *silent; /* whole */
	const char *stream_told, *stream_silent;
} speakers[] = {
	{ "openai", "a1", true,
	    "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
	    "\"content\":"
	    "\"$\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":#,"
	    "\"completion_tokens\":@}}",
	    "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
	    "\"content\":"
	    "\"$\"},\"finish_reason\":\"stop\"}]}",
	    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"$\"},"
	    "\"finish_reason\":\"stop\"}]}\n\ndata: {\"id\":\"c\",\"choices\":[],\"usage\":{"
	    "\"prompt_tokens\":#,\"completion_tokens\":@}}\n\ndata: [DONE]\n\n",
	    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"$\"},"
	    "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n" },
	{ "anthropic", "claude-sonnet-4-5", false,
	    "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":"
	    "[{"
	    "\"type\":\"text\",\"text\":\"$\"}],\"stop_reason\":\"end_turn\",\"usage\":{"
	    "\"input_tokens\":#,\"output_tokens\":@}}",
	    "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":"
	    "[{"
	    "\"type\":\"text\",\"text\":\"$\"}],\"stop_reason\":\"end_turn\"}",
	    "data: "
	    "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":"
	    "\"assistant\",\"model\":\"c\",\"content\":[]}}\n\n"
	    "data: "
	    "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\","
	    "\"text\":\"\"}}\n\n"
	    "data: "
	    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\","
	    "\"text\":\"$\"}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
	    "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{"
	    "\"input_tokens\":#,\"output_tokens\":@}}\n\ndata: {\"type\":\"message_stop\"}\n\n",
	    "data: "
	    "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":"
	    "\"assistant\",\"model\":\"c\",\"content\":[]}}\n\n"
	    "data: "
	    "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\","
	    "\"text\":\"\"}}\n\n"
	    "data: "
	    "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\","
	    "\"text\":\"$\"}}\n\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\n"
	    "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\n"
	    "data: {\"type\":\"message_stop\"}\n\n" },
	{ "gemini", "gemini-2.5-flash", true,
	    "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"$\"}]},"
	    "\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":#,"
	    "\"candidatesTokenCount\":@}}",
	    "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"$\"}]},"
	    "\"finishReason\":\"STOP\"}]}",
	    "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"$\"}]},"
	    "\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":#,"
	    "\"candidatesTokenCount\":@}}\n\n",
	    "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"$\"}]},"
	    "\"finishReason\":\"STOP\"}]}\n\n" },
	{ "responses", "gpt-5-codex", false,
	    "{\"id\":\"r\",\"object\":\"response\",\"status\":\"completed\",\"model\":\"g\","
	    "\"output\":[{"
	    "\"type\":\"message\",\"id\":\"m\",\"role\":\"assistant\",\"content\":[{\"type\":"
	    "\"output_text\",\"text\":\"$\"}]}],\"usage\":{\"input_tokens\":#,\"output_tokens\":@}"
	    "}",
	    "{\"id\":\"r\",\"object\":\"response\",\"status\":\"completed\",\"model\":\"g\","
	    "\"output\":[{"
	    "\"type\":\"message\",\"id\":\"m\",\"role\":\"assistant\",\"content\":[{\"type\":"
	    "\"output_text\",\"text\":\"$\"}]}]}",
	    "data: {\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"output_index\":0,"
	    "\"content_index\":0,\"delta\":\"$\"}\n\n"
	    "data: "
	    "{\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"completed\","
	    "\"output\":[],\"usage\":{\"input_tokens\":#,\"output_tokens\":@}}}\n\n",
	    "data: {\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"output_index\":0,"
	    "\"content_index\":0,\"delta\":\"$\"}\n\n"
	    "data: "
	    "{\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"completed\","
	    "\"output\":[]}}\n\n" },
};

/* The same on every machine. */
static uint32_t next_random(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525U + 1013904223U;
	return (uint32_t)(((uint64_t)(*seed >> 4) * below) >> 28);
}

struct bill {
	const struct speaker *speaker;
	bool told, streamed;
	int64_t input, output, limit, choices, text;
};

/* Small, about the limit, or absurd. */
static int64_t pick(uint32_t *seed, int64_t line)
{
	switch (next_random(seed, 6)) {
	case 0:
		return line;
	case 1:
		return line + 1;
	case 2:
		return line + 1 + next_random(seed, 1000000);
	case 3:
		return INT64_C(1000000000000000000);
	default:
		return 1 + next_random(seed, (uint32_t)line);
	}
}

static struct bill draw_bill(uint32_t *seed)
{
	const struct speaker *speaker = &speakers[next_random(seed, 4)];
	struct bill bill = { .speaker = speaker,
		.told = next_random(seed, 5) > 0,
		.streamed = next_random(seed, 2) > 0,
		.limit = 16 + next_random(seed, 3000),
		.choices = speaker->many ? 1 + next_random(seed, 3) : 1,
		.text = 1 + next_random(seed, 20000) };

	bill.input = pick(seed, WINDOW);
	bill.output = pick(seed, bill.limit * bill.choices);
	return bill;
}

static bool can_be(const struct bill *bill)
{
	return bill->input <= WINDOW && bill->output <= bill->limit * bill->choices;
}

/* Usage that says less than the text can be is not believed either, and estimated. */
static bool is_too_little(const struct bill *bill)
{
	return bill->output < (bill->text + 127) / 128;
}

static const char *form_of(const struct bill *bill)
{
	const struct speaker *speaker = bill->speaker;

	if (bill->streamed)
		return bill->told ? speaker->stream_told : speaker->stream_silent;
	return bill->told ? speaker->told : speaker->silent;
}

static void fill(
    const char *form, const char *words, const struct bill *bill, char *out, size_t size)
{
	size_t at = 0;

	for (; *form; form++) {
		if (*form == '$')
			at += (size_t)snprintf(out + at, size - at, "%s", words);
		else if (*form == '#' || *form == '@')
			at += (size_t)snprintf(out + at, size - at, "%lld",
			    (long long)(*form == '#' ? bill->input : bill->output));
		else
			out[at++] = *form;
	}
	out[at] = '\0';
}

static const char *body_of(const struct bill *bill, char *out, size_t size)
{
	static char words[20001];

	memset(words, 'w', (size_t)bill->text);
	words[bill->text] = '\0';
	fill(form_of(bill), words, bill, out, size);
	return out;
}

static int64_t last(struct play *play, const char *column)
{
	char sql[160];

	(void)snprintf(sql, sizeof sql,
	    "SELECT %s FROM attempt ORDER BY started_ms DESC, number DESC LIMIT 1", column);
	return play_count(play, sql);
}

static void check(struct play *play, const struct bill *bill)
{
	int64_t charged = last(play, "cost_nano"), hold = last(play, "bound_nano"),
		told = can_be(bill) ? bill->input * INPUT_NANO + bill->output * OUT_NANO : 0;

	if (!bill->told || is_too_little(bill)) {
		/* of a stream the input is charged as it was told */
		if (charged > (bill->told && bill->streamed && told > hold ? told : hold))
			fail_msg("%s: %lld charged, %lld held", bill->speaker->group,
			    (long long)charged, (long long)hold);
		assert_int_equal(last(play, "estimated"), 1);
	} else if (can_be(bill)) {
		assert_int_equal(charged, told);
		assert_int_equal(last(play, "state = 'settled' AND outcome = 'ok'"), 1);
	} else {
		assert_int_equal(charged, hold);
		assert_int_equal(last(play, "state = 'unknown' AND outcome = 'unbelieved'"), 1);
	}
}

static void test_a_provider_that_bills_at_random(void **state)
{
	struct play play;
	uint32_t seed = 18;
	int64_t overrun = 0;

	play_begin(&play, settings, "100/1d");
	for (int i = 0; i < CALLS; i++) {
		static char body[24000];
		char members[160];
		struct bill bill = draw_bill(&seed);
		const struct step script[] = { { .model = bill.speaker->model,
						   .status = 200,
						   .body = body_of(&bill, body, sizeof body) },
			{ .model = "" } };

		(void)snprintf(members, sizeof members,
		    "\"model\":\"%s\",\"stream\":%s,\"max_tokens\":%lld%s%.0lld",
		    bill.speaker->group, bill.streamed ? "true" : "false", (long long)bill.limit,
		    bill.choices > 1 ? ",\"n\":" : "",
		    bill.choices > 1 ? (long long)bill.choices : 0);
		if (play_ask(&play, script, members) != 0)
			fail_msg("%s, %s: %s; %s", members, bill.told ? "told" : "silent",
			    play.err.text, body + (strlen(body) > 300 ? strlen(body) - 300 : 0));
		check(&play, &bill);
		overrun += last(&play, "max(cost_nano - bound_nano, 0)");
		assert_int_equal(
		    play_count(&play, "SELECT max(overrun_nano) FROM budget_window"), overrun);
	}
	assert_true(overrun > 0);
	play_audit(&play);
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_provider_that_bills_at_random),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
