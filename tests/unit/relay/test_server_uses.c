/*
 * A provider whose tools were allowed ten uses, and which tells at random how many there were: what
 * is told is charged in full, more than was allowed is an overrun that is recorded, what is not
 * told is charged as all that was allowed, and within the uses no bill is above its hold.
 */
#include "play.h"

#define WINDOW      100000
#define CALLS       240
#define ALLOWED     10
#define INPUT_NANO  1000 /* a token */
#define OUT_NANO    2000
#define SOURCE_NANO 25000000

static const char settings[] =
    "model_list:\n"
    "  - model_name: a\n"
    "    litellm_params: { model: xai/a1, api_key: k, input_cost_per_token: 0.000001, "
    "output_cost_per_token: 0.000002, server_tools: {live_search: {max_uses: 10}} }\n"
    "    model_info: { max_input_tokens: 100000, max_output_tokens: 4000 }\n";

/* The same on every machine. */
static uint32_t next_random(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525U + 1013904223U;
	return (uint32_t)(((uint64_t)(*seed >> 4) * below) >> 28);
}

struct bill {
	int64_t asked, told; /* 0: no limit; -1: not told */
	int64_t input;
};

static struct bill draw_bill(uint32_t *seed)
{
	static const int64_t beyond[] = { -1, ALLOWED, ALLOWED + 1, 70, INT64_C(1) << 62 };
	struct bill bill = { .asked = next_random(seed, 2) ? next_random(seed, 20) : 0,
		.input = 1 + next_random(seed, 2 * WINDOW) };
	uint32_t kind = next_random(seed, 8);

	bill.told = kind < 5 ? beyond[kind] : next_random(seed, ALLOWED);
	return bill;
}

static int64_t allowed_of(const struct bill *bill)
{
	return bill->asked > 0 && bill->asked < ALLOWED ? bill->asked : ALLOWED;
}

static int64_t last(struct play *play, const char *column)
{
	char sql[160];

	(void)snprintf(sql, sizeof sql,
	    "SELECT %s FROM attempt ORDER BY started_ms DESC, number DESC LIMIT 1", column);
	return play_count(play, sql);
}

static void ask(struct play *play, const struct bill *bill)
{
	char body[512], told[64] = "", members[128];
	const struct step script[] = { { .model = "a1", .status = 200, .body = body },
		{ .model = "" } };

	if (bill->told >= 0)
		(void)snprintf(
		    told, sizeof told, ",\"num_sources_used\":%lld", (long long)bill->told);
	(void)snprintf(body, sizeof body,
	    "{\"id\":\"c\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
	    "\"content\":\"hi\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":%lld,"
	    "\"completion_tokens\":5,\"total_tokens\":%lld%s}}",
	    (long long)bill->input, (long long)bill->input + 5, told);
	(void)snprintf(members, sizeof members,
	    "\"model\":\"a\",\"max_tokens\":100,\"search_parameters\":{\"max_search_results\":%"
	    "lld}",
	    (long long)bill->asked);
	assert_int_equal(play_ask(play, script, members), 0);
}

static void check(struct play *play, const struct bill *bill)
{
	int64_t uses = bill->told < 0 ? allowed_of(bill) : bill->told,
		charged = last(play, "cost_nano"), hold = last(play, "bound_nano");

	assert_int_equal(
	    hold, 2 * WINDOW * INPUT_NANO + 200 * OUT_NANO + allowed_of(bill) * SOURCE_NANO);
	if (uses > 1000) { /* not believed */
		assert_int_equal(charged, hold);
		return;
	}
	assert_int_equal(charged, bill->input * INPUT_NANO + 5 * OUT_NANO + uses * SOURCE_NANO);
	if (uses <= allowed_of(bill))
		assert_true(charged <= hold);
}

static void test_a_provider_that_tells_uses_at_random(void **state)
{
	struct play play;
	uint32_t seed = 26;
	int64_t overrun = 0;

	play_begin(&play, settings, "1000000/1d");
	for (int i = 0; i < CALLS; i++) {
		struct bill bill = draw_bill(&seed);

		ask(&play, &bill);
		check(&play, &bill);
		overrun += last(&play, "max(cost_nano - bound_nano, 0)");
		assert_int_equal(
		    play_count(&play, "SELECT max(overrun_nano) FROM budget_window"), overrun);
	}
	assert_true(overrun > 0);
	play_audit(&play);
	play_end(&play);
}

static void test_a_budget_that_covers_the_tokens_but_not_the_uses_refuses(void **state)
{
	struct play play;

	play_begin(&play, settings, "0.44/1d"); /* two windows are 0.2, ten sources 0.25 */
	assert_int_equal(play_ask(&play, (const struct step[]){ { .model = "" } },
			     "\"model\":\"a\",\"max_tokens\":100,\"search_parameters\":{}"),
	    -1);
	assert_int_equal(play.err.kind, ERROR_BUDGET);
	assert_string_equal(play.called, "");
	play_end(&play);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_provider_that_tells_uses_at_random),
		cmocka_unit_test(test_a_budget_that_covers_the_tokens_but_not_the_uses_refuses),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
