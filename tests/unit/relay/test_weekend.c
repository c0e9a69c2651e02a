/*
 * The weekend, on a fake clock: from Friday noon to Monday morning a request every minute for a
 * cheap model that answers 429 from Friday 18:00 to Sunday 24:00.  Once with a dear fallback in the
 * settings, once with one of the same tier.  The whole relay runs, with the real ledger; only the
 * network is played.
 *
 * With SIDEWAYS_WEEKEND_SCRAPES naming a folder, what a scraper would have read each minute around
 * the begin of the outage is written there, as upward.MINUTE and sideways.MINUTE;
 * tests/e2e/metrics.test.mjs gives it to Prometheus' own rules.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "accounts/key_change.h"
#include "accounts/ledger.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/number.h"
#include "relay/gateway.h"
#include "relay/relay.h"
#include "settings/load.h"
#include "telemetry/alert_sender.h"
#include "telemetry/alerts.h"
#include "views/metrics_text.h"

static const struct actor by = { "a test", "unit test" };

#define MINUTE_MS    INT64_C(60000)
#define HOUR_MS      (60 * MINUTE_MS)
#define FRIDAY_NOON  INT64_C(1795176000000) /* 2026-11-20T12:00:00Z */
#define OUTAGE_BEGIN (FRIDAY_NOON + 6 * HOUR_MS)
#define OUTAGE_END   (FRIDAY_NOON + 60 * HOUR_MS)
#define MONDAY       (FRIDAY_NOON + 68 * HOUR_MS)

/* Around the begin of the outage, in minutes of it. */
#define FIRST_SCRAPE (-15)
#define LAST_SCRAPE  5

#define INPUT_TOKENS  1200
#define OUTPUT_TOKENS 400

/* What the providers did: the world's side of the story. */
static struct {
	int cheap_served, cheap_refused, other_served, premium_served;
} world;

static void answer(
    const struct fetch_call *call, struct fetch_result *out, int status, const char *body)
{
	struct fetch_head head = { .status = status };

	head.headers[head.header_count++] =
	    (struct fetch_header){ "content-type", "application/json" };
	if (status == 429)
		head.headers[head.header_count++] = (struct fetch_header){ "retry-after", "20" };
	*out = (struct fetch_result){ .end = FETCH_DONE, .status = status, .sent = true };
	clock_fake_advance(300);
	if (call->on_head(call->ctx, &head) != 0 ||
	    call->on_body(call->ctx, body, strlen(body)) != 0)
		out->end = FETCH_STOPPED;
}

static void serve(const struct fetch_call *call, struct fetch_result *out, int *count)
{
	char body[512];

	++*count;
	snprintf(body, sizeof body,
	    "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\","
	    "\"choices\":[{\"index\":0,"
	    "\"message\":{\"role\":\"assistant\",\"content\":\"hello\"},\"finish_reason\":\"stop\"}"
	    "],\"usage\":{"
	    "\"prompt_tokens\":%d,\"completion_tokens\":%d,\"total_tokens\":%d}}",
	    INPUT_TOKENS, OUTPUT_TOKENS, INPUT_TOKENS + OUTPUT_TOKENS);
	answer(call, out, 200, body);
}

static void world_transport(
    struct fetch_pool *pool, const struct fetch_call *call, struct fetch_result *out)
{
	int64_t now_ms = clock_wall_ms();

	if (strstr(call->url, "anthropic"))
		serve(call, out, &world.premium_served);
	else if (strstr(call->url, "groq"))
		serve(call, out, &world.other_served);
	else if (now_ms < OUTAGE_BEGIN || now_ms >= OUTAGE_END)
		serve(call, out, &world.cheap_served);
	else {
		world.cheap_refused++;
		answer(call, out, 429,
		    "{\"error\":{\"message\":\"Rate limit "
		    "reached\",\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}");
	}
}

/* What the webhook got. */
static struct {
	char rule[32], phase[8];
	int64_t at_ms;
} told[64];
static int told_count;

static int hear(struct fetch_pool *pool, const struct alert_destination *destination,
    const struct alert_message *message, struct error *err)
{
	assert_true(told_count < (int)(sizeof told / sizeof told[0]));
	snprintf(told[told_count].rule, sizeof told[0].rule, "%s", message->rule);
	snprintf(told[told_count].phase, sizeof told[0].phase, "%s", message->phase);
	told[told_count++].at_ms = clock_wall_ms();
	return 0;
}

/* How often, and when for the first time. */
static int times_told(const char *rule, const char *phase, int64_t *out_first_ms)
{
	int count = 0;

	*out_first_ms = 0;
	for (int i = 0; i < told_count; i++)
		if (strcmp(told[i].rule, rule) == 0 && strcmp(told[i].phase, phase) == 0 &&
		    count++ == 0)
			*out_first_ms = told[i].at_ms;
	return count;
}

struct weekend {
	struct gateway gateway;
	const char *name;
	char database[64];
	char key[64];
	int answered, failed, blocked;
	int64_t cost_nano, not_spent_nano;
};

static void remove_database(const char *path)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char name[96];

	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
}

static void begin(struct weekend *weekend, const char *name)
{
	struct problems problems = { 0 };
	struct error err = { 0 };
	const char *top = getenv("top_srcdir") ? getenv("top_srcdir") : ".";
	struct settings *settings;
	struct account_wish wish = {
		.alias = "team-bot", .models = "[\"cheap\"]", .expires_ms = KEY_KEEP
	};
	struct budget_wish budget = { .limit_nano = 3 * NANO_PER_DOLLAR, .period = "1d" };
	struct key_secret secret;
	struct virtual_key key;
	struct arena arena;
	char path[512];

	memset(weekend, 0, sizeof *weekend);
	weekend->name = name;
	memset(&world, 0, sizeof world);
	told_count = 0;
	snprintf(path, sizeof path, "%s/tests/weekend/%s.yaml", top, name);
	settings = settings_load(path, &problems, &err);
	if (!settings)
		fail_msg("%s", err.text);
	problems_release(&problems);
	snprintf(weekend->database, sizeof weekend->database, "/tmp/sideways-weekend-%d.db",
	    (int)getpid());
	remove_database(weekend->database);
	clock_fake_start(FRIDAY_NOON);
	gateway_init_with(&weekend->gateway, settings, weekend->database, STORE_INLINE);
	weekend->gateway.transport = world_transport;
	arena_init(&arena);
	wish.budgets = &budget;
	wish.budget_count = 1;
	assert_non_null(gateway_store(&weekend->gateway, &err));
	if (key_create(weekend->gateway.store, &by, &wish, clock_wall_ms(), &arena, &key, &secret,
		&err) != 0)
		fail_msg("%s", err.text);
	memcpy(weekend->key, secret.text, sizeof weekend->key);
	arena_release(&arena);
}

static void end(struct weekend *weekend)
{
	gateway_release(&weekend->gateway);
	clock_fake_stop();
	remove_database(weekend->database);
}

static void ask(struct weekend *weekend, struct arena *arena)
{
	static const char body[] = "{\"model\":\"cheap\",\"max_tokens\":1000,\"messages\":[{"
				   "\"role\":\"user\",\"content\":\"Sum up the "
				   "day in a few words, please.\"}]}";
	struct error err = { 0 };
	struct catalog *catalog = gateway_catalog(&weekend->gateway, &err);
	struct chat_request request;
	struct virtual_key key;
	struct relay_outcome out;
	struct digest_id id = digest_new_id();
	struct relay_call call = {
		.gateway = &weekend->gateway,
		.catalog = catalog,
		.store = weekend->gateway.store,
		.arena = arena,
		.request = &request,
		.key = &key,
		.request_id = id.text,
		.started_us = clock_mono_us(),
		.client_fd = -1,
	};

	assert_int_equal(chat_request_read(slice_of(body), NULL, arena, &request, &err), 0);
	assert_int_equal(
	    relay_authenticate(call.store, catalog, weekend->key, arena, &key, &err), 0);
	if (relay_run(&call, &out, &err) == 0)
		weekend->answered++;
	else
		weekend->failed++;
	weekend->blocked += out.blocked_upward;
	weekend->cost_nano += out.cost_nano;
	weekend->not_spent_nano += out.not_spent.nano;
	catalog_release(catalog);
}

static void assert_budgets_hold(struct weekend *weekend, struct arena *arena)
{
	struct budget_states budgets;
	struct error err;

	assert_int_equal(
	    budgets_list(weekend->gateway.store, "UTC", clock_wall_ms(), arena, &budgets, &err), 0);
	assert_true(budgets.count >= 2);
	for (size_t i = 0; i < budgets.count; i++)
		assert_true(budgets.items[i].spent_nano + budgets.items[i].held_nano <=
			    budgets.items[i].limit_nano);
}

/* Two workers look at the same time; the store lets each message go once. */
static void watch(struct weekend *weekend)
{
	struct error err = { 0 };
	struct catalog *catalog = gateway_catalog(&weekend->gateway, &err);

	for (int worker = 0; worker < 2; worker++)
		if (alerts_look(weekend->gateway.store, catalog_settings(catalog), "2026-11-29",
			clock_wall_ms(), &err) != 0 ||
		    alerts_send(weekend->gateway.store, catalog_settings(catalog), NULL, hear,
			clock_wall_ms(), &err) != 0)
			fail_msg("%s", err.text);
	catalog_release(catalog);
}

static void scrape(struct weekend *weekend, int64_t minute)
{
	const char *folder = getenv("SIDEWAYS_WEEKEND_SCRAPES");
	struct error err = { 0 };
	struct catalog *catalog;
	AUTO_TEXT struct text out = text_empty(METRICS_BYTES_MAX);
	char path[512];
	FILE *file;

	if (!folder || minute < FIRST_SCRAPE || minute > LAST_SCRAPE)
		return;
	catalog = gateway_catalog(&weekend->gateway, &err);
	if (metrics_text(weekend->gateway.store, catalog, clock_wall_ms(), &out, &err) != 0)
		fail_msg("%s", err.text);
	catalog_release(catalog);
	snprintf(path, sizeof path, "%s/%s.%d", folder, weekend->name, (int)minute);
	file = fopen(path, "w");
	if (!file || fwrite(out.bytes, 1, out.len, file) != out.len || fclose(file) != 0)
		fail_msg("%s: cannot be written", path);
}

static void live_through(struct weekend *weekend)
{
	struct arena arena;

	arena_init(&arena);
	for (int64_t at = FRIDAY_NOON; at < MONDAY; at += MINUTE_MS) {
		if (clock_wall_ms() < at)
			clock_fake_advance(at - clock_wall_ms());
		ask(weekend, &arena);
		watch(weekend);
		scrape(weekend, (at - OUTAGE_BEGIN) / MINUTE_MS);
		if ((at - FRIDAY_NOON) % (6 * HOUR_MS) == 0)
			assert_budgets_hold(weekend, &arena);
		arena_reset(&arena);
	}
	arena_release(&arena);
}

static void print_difference(void *ctx, const char *text)
{
	print_message("# difference: %s\n", text);
}

static void assert_audit_is_clean(struct weekend *weekend)
{
	struct audit_summary summary;
	struct error err;

	assert_int_equal(ledger_audit(weekend->gateway.store, clock_wall_ms(), print_difference,
			     NULL, &summary, &err),
	    0);
	assert_int_equal(summary.differences, 0);
	assert_int_equal(summary.open_holds, 0);
	assert_int_equal(summary.spent_nano > 0, 1);
}

static void tell(const struct weekend *weekend, const char *title)
{
	print_message("# %s: %d answered, %d failed; upstream: cheap %d, cheap 429 %d, other %d, "
		      "premium %d; spent %s, blocked upward "
		      "%d times, not spent %s\n",
	    title, weekend->answered, weekend->failed, world.cheap_served, world.cheap_refused,
	    world.other_served, world.premium_served, number_dollars(weekend->cost_nano).text,
	    weekend->blocked, number_dollars(weekend->not_spent_nano).text);
}

static int64_t served_cost_nano(int count, int64_t input_pico, int64_t output_pico)
{
	return count * ((INPUT_TOKENS * input_pico + OUTPUT_TOKENS * output_pico + 999) / 1000);
}

static void assert_told_in_time(const char *rule, int64_t ends_ms)
{
	int64_t at_ms;

	assert_int_equal(times_told(rule, "began", &at_ms), 1);
	assert_in_range(at_ms, OUTAGE_BEGIN, OUTAGE_BEGIN + 5 * MINUTE_MS);
	assert_int_equal(times_told(rule, "ended", &at_ms), 1);
	assert_in_range(at_ms, OUTAGE_END, ends_ms);
}

static void test_an_upward_fallback_is_never_taken_and_the_money_not_spent_is_shown(void **state)
{
	struct weekend weekend;

	begin(&weekend, "upward");
	live_through(&weekend);
	tell(&weekend, "upward");
	assert_int_equal(world.premium_served, 0);
	assert_true(weekend.blocked > 3000); /* 54 hours of a request a minute */
	/* About what they would have cost: by usual answers, and never more than by their tokens.
	 */
	assert_in_range(weekend.not_spent_nano, 90 * NANO_PER_DOLLAR,
	    served_cost_nano(weekend.blocked, 15000000, 75000000));
	assert_true(world.cheap_refused < weekend.failed * 2); /* the breaker spares the provider */
	assert_int_equal(weekend.cost_nano, served_cost_nano(world.cheap_served, 280000, 420000));
	assert_true(weekend.cost_nano < 2 * NANO_PER_DOLLAR);
	assert_told_in_time("blocked_upward", OUTAGE_END + 10 * MINUTE_MS);
	assert_told_in_time("error_rate", OUTAGE_END + 10 * MINUTE_MS);
	assert_audit_is_clean(&weekend);
	end(&weekend);
}

static void test_a_sideways_fallback_keeps_answering_at_the_same_price(void **state)
{
	struct weekend weekend;

	begin(&weekend, "sideways");
	live_through(&weekend);
	tell(&weekend, "sideways");
	assert_int_equal(weekend.failed, 0);
	assert_int_equal(weekend.blocked, 0);
	assert_true(world.other_served > 3000);
	assert_told_in_time("fallback_rate", OUTAGE_END + 10 * MINUTE_MS);
	assert_true(world.cheap_served > 700); /* before the outage, and again after it */
	assert_int_equal(
	    weekend.cost_nano, served_cost_nano(world.cheap_served, 280000, 420000) +
				   served_cost_nano(world.other_served, 300000, 600000));
	assert_audit_is_clean(&weekend);
	end(&weekend);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_an_upward_fallback_is_never_taken_and_the_money_not_spent_is_shown),
		cmocka_unit_test(test_a_sideways_fallback_keeps_answering_at_the_same_price),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
