/*
 * Traces on their way out: what is due, what a destination's answer leads to, what is dropped, and
 * the bytes.
 */
#include "telemetry/trace_export.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "../scratch_store.h"
#include "base/clock.h"
#include "base/text.h"
#include "telemetry/request_log.h"
#include "telemetry/trace_protobuf.h"

#define NOW_MS INT64_C(1795430000000)

static struct trace_destination destinations[] = {
	{ .name = "otel",
	    .url = "http://127.0.0.1:1/v1/traces",
	    .successes = true,
	    .failures = true },
	{ .name = "logfire", .url = "http://127.0.0.1:2/v1/traces", .successes = true },
};
static struct trace_settings settings = {
	.items = destinations, .count = 1, .service = "sideways"
};

static const struct prompt_settings prompts;

/* ---- a destination that says what it is told to say ---- */

static int answers[3], calls[3]; /* by the URL's port */
static int spans[3];
static enum fetch_end ends[3];

static void pretend(
    struct fetch_pool *pool, const struct fetch_call *call, struct fetch_result *out)
{
	int port = strstr(call->url, ":2/") ? 2 : 1;
	json_t *body = json_loadb(call->body[0].ptr, call->body[0].len, 0, NULL);
	json_t *resource = json_array_get(json_object_get(body, "resourceSpans"), 0);
	json_t *scope = json_array_get(json_object_get(resource, "scopeSpans"), 0);

	assert_non_null(body);
	calls[port]++;
	if (answers[port] == 200)
		spans[port] += (int)json_array_size(json_object_get(scope, "spans"));
	json_decref(body);
	*out = (struct fetch_result){ .end = ends[port], .status = answers[port] };
}

static int begin(void **state)
{
	int result = scratch_open();

	settings.count = 1;
	for (int i = 0; i < 3; i++) {
		answers[i] = 200;
		calls[i] = spans[i] = 0;
		ends[i] = FETCH_DONE;
	}
	clock_fake_start(NOW_MS);
	return result;
}

static int end(void **state)
{
	clock_fake_stop();
	return scratch_close();
}

static void put(int count, const char *outcome)
{
	static int made;

	for (int i = 0; i < count; i++) {
		struct change *change = change_new();
		struct request_record record = {
			.id = arena_printf(&arena, "01k%023d", made++),
			.started_ms = NOW_MS,
			.key_id = "k1",
			.asked_model = "fast",
			.outcome = outcome,
			.status = strcmp(outcome, "ok") == 0 ? 200 : 502,
			.first_token_ms = -1,
			.trace = "{}",
		};

		request_log_into(change, &record);
		assert_int_equal(store_apply(store, change, &err), 0);
		change_free(change);
	}
}

static int run_once(void)
{
	int result = traces_send(store, &settings, &prompts, NULL, pretend, &err);

	assert_true(result >= 0);
	return result;
}

static int64_t value(const char *name, enum sql_name query, int column)
{
	struct store_reader *reader = store_reader_borrow(store, &err);
	struct statement *s = store_query(reader, query, &err);
	int64_t found = -1;

	while (statement_step(s, &err) == 1)
		if (strcmp(statement_text(s, 0), name) == 0 &&
		    (column == 1 ||
			strcmp(statement_text(s, 1), column == 2 ? "sent" : "dropped") == 0))
			found = statement_int(s, column == 1 ? 1 : 2);
	store_reader_return(store, reader);
	return found;
}

static int64_t sent(const char *name)
{
	return value(name, SQL_METRICS_TRACES, 2);
}
static int64_t dropped(const char *name)
{
	return value(name, SQL_METRICS_TRACES, 3);
}
static int64_t waiting(const char *name)
{
	return value(name, SQL_METRICS_TRACES_WAITING, 1);
}

/* ---- */

static void test_what_is_due_is_sent_once_in_batches(void **state)
{
	put(250, "ok");
	assert_int_equal(run_once(), 0);
	assert_int_equal(calls[1], 3);
	assert_int_equal(spans[1], 250);
	assert_int_equal(sent("otel"), 250);
	assert_int_equal(run_once(), 0);
	assert_int_equal(calls[1], 3);
	assert_int_equal(waiting("otel"), 0);
}

static void test_who_is_away_is_tried_later_and_later(void **state)
{
	put(2, "ok");
	answers[1] = 503;
	run_once();
	assert_int_equal(calls[1], 1);
	run_once();
	assert_int_equal(calls[1], 1);
	clock_fake_advance(5000);
	run_once();
	assert_int_equal(calls[1], 2);
	clock_fake_advance(5000);
	run_once();
	assert_int_equal(calls[1], 2);
	clock_fake_advance(5000);
	answers[1] = 0;
	ends[1] = FETCH_NOT_SENT;
	run_once();
	assert_int_equal(calls[1], 3);
	assert_int_equal(dropped("otel"), 0);
	clock_fake_advance(300000);
	answers[1] = 200;
	ends[1] = FETCH_DONE;
	run_once();
	assert_int_equal(spans[1], 2);
	assert_int_equal(sent("otel"), 2);
}

static void test_a_clock_set_back_stops_nobody(void **state)
{
	put(1, "ok");
	answers[1] = 503;
	run_once();
	clock_fake_start(NOW_MS - 86400000);
	answers[1] = 200;
	run_once();
	assert_int_equal(sent("otel"), 1);
}

static void test_what_is_refused_is_dropped(void **state)
{
	put(3, "ok");
	answers[1] = 400;
	run_once();
	assert_int_equal(dropped("otel"), 3);
	put(1, "ok");
	answers[1] = 200;
	run_once();
	assert_int_equal(sent("otel"), 1);
	assert_int_equal(spans[1], 1);
}

static void test_each_destination_goes_its_own_way(void **state)
{
	settings.count = 2;
	put(2, "ok");
	put(3, "upstream");
	answers[1] = 503;
	run_once();
	assert_int_equal(sent("logfire"), 2); /* of successes alone */
	assert_int_equal(waiting("otel"), 5);
	clock_fake_advance(5000);
	answers[1] = 200;
	run_once();
	assert_int_equal(sent("otel"), 5);
	assert_int_equal(calls[2], 1);
	assert_int_equal(waiting("otel"), 0);
}

static void test_of_too_many_the_oldest_are_dropped_and_counted(void **state)
{
	struct change *change;

	answers[1] = 503;
	put(1, "ok");
	run_once();
	for (int part = 0; part < 3; part++) {
		change = change_new();
		for (int i = 0; i < 7000; i++)
			trace_into(change, "01kgone", 0, "{}");
		assert_int_equal(store_apply(store, change, &err), 0);
		change_free(change);
	}
	run_once(); /* 21,001 */
	assert_int_equal(dropped("otel"), 21001 - TRACES_KEPT);
	assert_int_equal(waiting("otel"), TRACES_KEPT);
	run_once();
	assert_int_equal(dropped("otel"), 21001 - TRACES_KEPT);
}

/* The same body, written by opentelemetry-proto 1.45.2 for Python. */
static void test_the_bytes_are_those_of_the_official_package(void **state)
{
	static const char json[] =
#include "trace_body.inc"
	    ;
	static const unsigned char bytes[] = {
#include "trace_bytes.inc"
	};
	json_t *body = json_loads(json, 0, NULL);
	AUTO_TEXT struct text out = text_empty(100000);

	assert_non_null(body);
	trace_protobuf(&out, body);
	assert_int_equal(out.len, sizeof bytes);
	assert_memory_equal(out.bytes, bytes, sizeof bytes);
	json_decref(body);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_due_is_sent_once_in_batches),
		TEST(test_who_is_away_is_tried_later_and_later),
		TEST(test_a_clock_set_back_stops_nobody),
		TEST(test_what_is_refused_is_dropped),
		TEST(test_each_destination_goes_its_own_way),
		TEST(test_of_too_many_the_oldest_are_dropped_and_counted),
		TEST(test_the_bytes_are_those_of_the_official_package),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
