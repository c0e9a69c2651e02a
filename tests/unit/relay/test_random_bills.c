/*
 * A provider that bills at random, within and beyond what it was told.  Whatever it says: what can
 * be believed is charged, what cannot is charged its hold, an estimate is never above its hold, and
 * what is charged above the holds is the overrun that is recorded.
 */
#include "play.h"

#define WINDOW     100000
#define CALLS      240
#define INPUT_NANO 1000 /* a token */
#define OUT_NANO   2000

static const char settings[] =
    "model_list:\n"
    "  - model_name: a\n"
    "    litellm_params: { model: openai/a1, api_key: k, input_cost_per_token: 0.000001, "
    "output_cost_per_token: 0.000002 }\n"
    "    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n";

/* The same on every machine. */
static uint32_t next_random(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525U + 1013904223U;
	return (uint32_t)(((uint64_t)(*seed >> 4) * below) >> 28);
}

struct bill {
	bool told;
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
	struct bill bill = { .told = next_random(seed, 5) > 0,
		.limit = 1 + next_random(seed, 3000),
		.choices = 1 + next_random(seed, 3),
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

static const char *body_of(const struct bill *bill, char *out, size_t size)
{
	static char words[20001];

	memset(words, 'w', (size_t)bill->text);
	words[bill->text] = '\0';
	(void)snprintf(out, size,
	    "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
	    "\"content\":\"%s\"},\"finish_reason\":\"stop\"}]",
	    words);
	if (bill->told)
		(void)snprintf(out + strlen(out), size - strlen(out),
		    ",\"usage\":{\"prompt_tokens\":%lld,\"completion_tokens\":%lld}",
		    (long long)bill->input, (long long)bill->output);
	(void)snprintf(out + strlen(out), size - strlen(out), "}");
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
	int64_t charged = last(play, "cost_nano"), hold = last(play, "bound_nano");

	if (!bill->told || is_too_little(bill)) {
		assert_true(charged <= hold);
		assert_int_equal(last(play, "estimated"), 1);
	} else if (can_be(bill)) {
		assert_int_equal(charged, bill->input * INPUT_NANO + bill->output * OUT_NANO);
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
		char members[96];
		struct bill bill = draw_bill(&seed);
		const struct step script[] = {
			{ .model = "a1", .status = 200, .body = body_of(&bill, body, sizeof body) },
			{ .model = "" }
		};

		(void)snprintf(members, sizeof members,
		    "\"model\":\"a\",\"max_tokens\":%lld,\"n\":%lld", (long long)bill.limit,
		    (long long)bill.choices);
		assert_int_equal(play_ask(&play, script, members), 0);
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
