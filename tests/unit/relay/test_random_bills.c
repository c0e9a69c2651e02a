/*
 * A provider that bills at random, within and beyond what it was told.  Whatever it says: what can
 * be believed is charged, what cannot is charged its hold, an estimate is never above its hold, and
 * what is charged above the holds is the overrun that is recorded.
 */
#include "play.h"

#define WINDOW     100000
#define CALLS      2000
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

/* How each format says it, whole and streamed; $ is the text, & the usage with a comma before it,
 * and ^ the same in Moonshot's place. An event with usage comes as often as there is one, and once
 * without. */
static const struct speaker {
	const char *group, *model;          /* as it is sent */
	bool many;                          /* has n */
	const char *usage, *input, *output; /* names */
	const char *whole, *stream, *stream_usage, *stream_end;
} speakers[] = {
	/* clang-format off */
	{ "openai", "a1", true, "usage", "prompt_tokens", "completion_tokens",
	    "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"$\"},\"finish_reason\":\"stop\"^}]&}",
	    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"$\"},\"finish_reason\":\"stop\"^}]}\n\n",
	    "data: {\"id\":\"c\",\"choices\":[]&}\n\n", "data: [DONE]\n\n" },
	{ "anthropic", "claude-sonnet-4-5", false, "usage", "input_tokens", "output_tokens",
	    "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[{\"type\":\"text\",\"text\":\"$\"}],"
	    "\"stop_reason\":\"end_turn\"&}",
	    "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"c\",\"content\":[]}}\n\n"
	    "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
	    "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"$\"}}\n\n"
	    "data: {\"type\":\"content_block_stop\",\"index\":0}\n\n",
	    "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}&}\n\n", "data: {\"type\":\"message_stop\"}\n\n" },
	{ "gemini", "gemini-2.5-flash", true, "usageMetadata", "promptTokenCount", "candidatesTokenCount",
	    "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"$\"}]},\"finishReason\":\"STOP\"}]&}",
	    "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"$\"}]}}]}\n\n",
	    "data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"\"}]},\"finishReason\":\"STOP\"}]&}\n\n", "" },
	{ "responses", "gpt-5-codex", false, "usage", "input_tokens", "output_tokens",
	    "{\"id\":\"r\",\"object\":\"response\",\"status\":\"completed\",\"model\":\"g\",\"output\":[{\"type\":\"message\",\"id\":\"m\","
	    "\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"$\"}]}]&}",
	    "data: {\"type\":\"response.output_text.delta\",\"item_id\":\"m\",\"output_index\":0,\"content_index\":0,\"delta\":\"$\"}\n\n",
	    "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"completed\",\"output\":[]&}}\n\n", "" },
	/* clang-format on */
};

/* What usage is said beside the numbers, or in their place; I and O are the format's names, # the
 * input, @ the output and % half of it. first and second: one event each of a stream, all in one of
 * a whole answer. */
static const struct manner {
	enum { BELIEVED, SILENT, ABSURD, DOUBTED } as;
	const char *first, *second;
} manners[] = {
	{ BELIEVED, "{I:#,O:@}", NULL },
	{ BELIEVED, "{I:#,O:@}", NULL },
	{ BELIEVED, "{I:\"#\",O:\"@\"}", NULL },
	{ BELIEVED, "{I:#.0,O:@.0}", NULL },
	{ BELIEVED, "{O:@,I:#,O:@}", NULL },
	{ BELIEVED, "{I:#,O:%}", "{I:#,O:@}" },
	{ BELIEVED, "{I:#,O:@}", "{I:1,O:%}" }, /* falls */
	{ BELIEVED, "{I:#,O:@}", "null" },
	{ BELIEVED, "null", "{I:#,O:@}" },
	{ BELIEVED, "{I:#,O:@}", "{I:-1,O:-7}" }, /* beside a good one */
	{ BELIEVED, "{I:#,O:@,\"note\":1e300,\"x\":\"-5\"}", NULL },
	{ SILENT, NULL, NULL },
	{ SILENT, "null", NULL },
	{ SILENT, "{}", NULL },
	{ ABSURD, "{I:#,O:1e300}", NULL },
	{ ABSURD, "{I:1e300,O:@}", NULL },
	{ ABSURD, "{I:#,O:@}", "{I:#,O:1e300}" },
	{ DOUBTED, "{I:#}", NULL },
	{ DOUBTED, "{O:@}", NULL },
	{ DOUBTED, "{I:-3,O:-@}", NULL },
	{ DOUBTED, "{I:#,O:-1}", NULL },
	{ DOUBTED, "{I:\"many\",O:[@]}", NULL },
	{ DOUBTED, "7", NULL },
};

/* The same on every machine. */
static uint32_t next_random(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525U + 1013904223U;
	return (uint32_t)(((uint64_t)(*seed >> 4) * below) >> 28);
}

struct bill {
	const struct speaker *speaker;
	const struct manner *manner;
	bool streamed, in_choice;
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
		.manner = &manners[next_random(seed, sizeof manners / sizeof manners[0])],
		.streamed = next_random(seed, 2) > 0,
		.limit = 16 + next_random(seed, 3000),
		.choices = speaker->many ? 1 + next_random(seed, 3) : 1,
		.text = 1 + next_random(seed, 20000) };

	bill.input = pick(seed, WINDOW);
	bill.output = pick(seed, bill.limit * bill.choices);
	bill.in_choice = !bill.manner->second && speaker == speakers && next_random(seed, 4) == 0;
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

/* A usage with a comma before it, added to out. */
static size_t say(const struct bill *bill, const char *form, char *out, size_t size)
{
	const struct speaker *speaker = bill->speaker;
	size_t at = (size_t)snprintf(out, size, ",\"%s\":", speaker->usage);

	for (; *form; form++)
		if (*form == 'I' || *form == 'O')
			at += (size_t)snprintf(out + at, size - at, "\"%s\"",
			    *form == 'I' ? speaker->input : speaker->output);
		else if (*form == '#' || *form == '@' || *form == '%')
			at += (size_t)snprintf(out + at, size - at, "%lld",
			    (long long)(*form == '#'   ? bill->input
					: *form == '@' ? bill->output
						       : bill->output / 2));
		else
			out[at++] = *form;
	out[at] = '\0';
	return at;
}

static size_t fill(
    const struct bill *bill, const char *form, const char *usage, char *out, size_t size)
{
	static char words[20001];
	size_t at = 0;

	memset(words, 'w', (size_t)bill->text);
	words[bill->text] = '\0';
	for (; *form; form++)
		if (*form == '$')
			at += (size_t)snprintf(out + at, size - at, "%s", words);
		else if (*form == '&' || *form == '^')
			at += (size_t)snprintf(out + at, size - at, "%s",
			    (*form == '^') == bill->in_choice ? usage : "");
		else
			out[at++] = *form;
	out[at] = '\0';
	return at;
}

static const char *body_of(const struct bill *bill, char *out, size_t size)
{
	const struct speaker *speaker = bill->speaker;
	char usage[2][320] = { "", "" };
	size_t at;

	if (bill->manner->first)
		say(bill, bill->manner->first, usage[0], sizeof usage[0]);
	if (bill->manner->second)
		say(bill, bill->manner->second, usage[1], sizeof usage[1]);
	if (!bill->streamed) {
		char both[640];

		(void)snprintf(both, sizeof both, "%s%s", usage[0], usage[1]);
		fill(bill, speaker->whole, both, out, size);
		return out;
	}
	at = fill(bill, speaker->stream, usage[0], out, size);
	for (int i = 0; i < (bill->manner->second ? 2 : 1); i++)
		at += fill(bill, speaker->stream_usage, usage[i], out + at, size - at);
	fill(bill, speaker->stream_end, "", out + at, size - at);
	return out;
}

static int64_t last(struct play *play, const char *column)
{
	char sql[160];

	(void)snprintf(sql, sizeof sql,
	    "SELECT %s FROM attempt ORDER BY started_ms DESC, number DESC LIMIT 1", column);
	return play_count(play, sql);
}

struct outcome {
	int64_t charged, hold;
	bool estimated, unknown, unbelieved;
};

static struct outcome outcome_of(struct play *play)
{
	return (struct outcome){ last(play, "cost_nano"), last(play, "bound_nano"),
		last(play, "estimated"), last(play, "state = 'unknown'"),
		last(play, "outcome = 'unbelieved'") };
}

/* NULL: as it must be. */
static const char *fault(const struct bill *bill, const struct outcome *is)
{
	int64_t told = can_be(bill) ? bill->input * INPUT_NANO + bill->output * OUT_NANO : 0;

	if (bill->manner->as == ABSURD || (bill->manner->as == BELIEVED && !can_be(bill)))
		if (!is_too_little(bill) || is->unbelieved)
			return is->unknown && is->unbelieved && is->charged == is->hold
				   ? NULL
				   : "what cannot be is charged its hold, and called unbelieved";
	if (bill->manner->as == BELIEVED && !is_too_little(bill))
		return !is->unknown && !is->estimated && is->charged == told
			   ? NULL
			   : "what can be is charged as it was told";
	if (!is->estimated && !is->unknown)
		return "an estimate is called one";
	return is->charged <= is->hold ? NULL : "an estimate is never above its hold";
}

static void check(struct play *play, const struct bill *bill, const char *body)
{
	struct outcome is = outcome_of(play);
	const char *found = fault(bill, &is);

	if (found)
		fail_msg("%s: %s, %s: input %lld, output %lld, limit %lld x %lld, text %lld: "
			 "charged %lld, held "
			 "%lld%s%s%s; %s",
		    found, bill->speaker->group, bill->streamed ? "streamed" : "whole",
		    (long long)bill->input, (long long)bill->output, (long long)bill->limit,
		    (long long)bill->choices, (long long)bill->text, (long long)is.charged,
		    (long long)is.hold, is.estimated ? ", estimated" : "",
		    is.unknown ? ", unknown" : "", is.unbelieved ? ", unbelieved" : "",
		    body + (strlen(body) > 300 ? strlen(body) - 300 : 0));
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
			fail_msg("%s, %s: %s; %s", members,
			    bill.manner->first ? bill.manner->first : "silent", play.err.text,
			    body + (strlen(body) > 300 ? strlen(body) - 300 : 0));
		check(&play, &bill, body);
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
