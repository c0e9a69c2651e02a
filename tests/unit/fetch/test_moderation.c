/* Events by the clock: at which rate, when each is heard, and streams that come fast. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "fetch/fetch.h"
#include "fetch/moderation.h"
#include "loopback_server.h"

static void run_all(void (*run)(void *ctx), void *ctx)
{
	struct carrier *carrier = carrier_new();

	assert_non_null(carrier);
	fiber_start(carrier, run, ctx);
	carrier_stop(carrier);
	carrier_run(carrier);
	carrier_free(carrier);
}

/* ---- the rule ---- */

static int heard;

static void hear(struct moderation *moderation, int fd, bool is_ending)
{
	uint64_t value;

	heard++;
	assert_int_equal(read(fd, &value, sizeof value), sizeof value);
}

/* So many events, evenly spread; what the last of them is told. */
static bool count_events(struct moderation *moderation, int count, int a_millisecond)
{
	bool is_fast = false;

	for (int i = 1; i <= count; i++) {
		is_fast = moderation_counts(moderation);
		if (i % a_millisecond == 0)
			clock_fake_advance(1);
	}
	return is_fast;
}

/* The carrier goes round once, and once more for what it was told. */
static void go_round(void)
{
	for (int i = 0; i < 2; i++)
		fiber_wait(clock_mono_us());
}

static void tell(int fd)
{
	const uint64_t one = 1;

	assert_int_equal(write(fd, &one, sizeof one), sizeof one);
}

static void judge_rates(void *ctx)
{
	struct moderation moderation;

	assert_int_equal(moderation_begin(&moderation, carrier_current(), hear), 0);
	assert_false(count_events(&moderation, 2048, 1)); /* 1,000 a second */
	assert_false(count_events(&moderation, 255, 4));  /* too few to tell */
	clock_fake_advance(1000);
	assert_false(count_events(&moderation, 1, 1));  /* 256, and a second */
	assert_true(count_events(&moderation, 256, 4)); /* 4,000 a second */
	clock_fake_advance(250);
	go_round();
	assert_true(moderation_counts(&moderation)); /* a pause is not the end */
	clock_fake_advance(10);
	go_round();
	assert_false(moderation_counts(&moderation));
	moderation_end(&moderation);
}

static void test_events_are_fast_from_2000_a_second_until_below_1000(void **state)
{
	clock_fake_start(0);
	run_all(judge_rates, NULL);
	clock_fake_stop();
}

static void hear_by_the_clock(void *ctx)
{
	struct moderation moderation;
	int fd = eventfd(0, EFD_CLOEXEC);

	heard = 0;
	assert_int_equal(moderation_begin(&moderation, carrier_current(), hear), 0);
	assert_int_equal(moderation_watch(&moderation, fd), 0);
	assert_true(count_events(&moderation, 256, 1000));
	tell(fd);
	go_round();
	assert_int_equal(heard, 0);
	clock_fake_advance(1);
	go_round();
	assert_int_equal(heard, 1);
	tell(fd);
	go_round();
	assert_int_equal(heard, 1);
	clock_fake_advance(300); /* no longer fast: what came is heard, and the next one at once */
	go_round();
	assert_int_equal(heard, 2);
	tell(fd);
	go_round();
	assert_int_equal(heard, 3);
	moderation_unwatch(&moderation, fd);
	tell(fd);
	go_round();
	assert_int_equal(heard, 3);
	moderation_end(&moderation);
	close(fd);
}

static void test_fast_events_are_heard_each_millisecond_and_slow_ones_at_once(void **state)
{
	clock_fake_start(0);
	run_all(hear_by_the_clock, NULL);
	clock_fake_stop();
}

static void hear_many(void *ctx)
{
	struct moderation moderation;
	int fds[200];

	heard = 0;
	assert_int_equal(moderation_begin(&moderation, carrier_current(), hear), 0);
	for (int i = 0; i < 200; i++) {
		fds[i] = eventfd(1, EFD_CLOEXEC);
		assert_int_equal(moderation_watch(&moderation, fds[i]), 0);
	}
	assert_true(count_events(&moderation, 256, 1000));
	clock_fake_advance(1);
	for (int i = 0; i < 4; i++)
		go_round();
	assert_int_equal(heard, 200); /* also those that one look has no room for */
	moderation_end(&moderation);
	for (int i = 0; i < 200; i++)
		close(fds[i]);
}

static void test_one_tick_takes_all_that_came(void **state)
{
	clock_fake_start(0);
	run_all(hear_many, NULL);
	clock_fake_stop();
}

static bool has_ended;

static void hear_end(struct moderation *moderation, int fd, bool is_ending)
{
	heard++;
	has_ended = is_ending;
}

static void hear_until_the_end(void *ctx)
{
	struct moderation moderation;
	int fds[2];

	heard = 0;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(moderation_begin(&moderation, carrier_current(), hear_end), 0);
	assert_int_equal(moderation_watch(&moderation, fds[0]), 0);
	tell(fds[1]);
	go_round();
	assert_int_equal(heard, 1);
	assert_false(has_ended);
	tell(fds[1]);
	close(fds[1]);
	go_round();
	assert_int_equal(heard, 2); /* in one with what came before it */
	assert_true(has_ended);
	moderation_end(&moderation);
	close(fds[0]);
}

static void test_the_end_is_told_with_the_last_bytes(void **state)
{
	run_all(hear_until_the_end, NULL);
}

/* ---- streams ---- */

#define STREAMS     16
#define BODY_LENGTH 400

static struct loopback_server server;

struct streams {
	struct fetch_pool *pool;
	struct fiber *all;
	size_t begun;
	int left, whole;
};

/* Who takes a stream: most at once, some slowly, so that events come while nobody waits for them;
 * and some leave in the middle, so that their descriptor is the next one's. */
struct taker {
	bool is_slow, leaves;
	size_t len;
};

static int take_bytes(void *ctx, const char *bytes, size_t len)
{
	struct taker *taker = ctx;
	size_t before = taker->len;

	taker->len += len;
	if (taker->is_slow && before / 100 != taker->len / 100)
		fiber_wait(clock_mono_us() + 50000);
	return taker->leaves && taker->len > BODY_LENGTH / 2 ? -1 : 0;
}

static bool has_its_bytes(const struct taker *taker, const struct fetch_result *result)
{
	return taker->leaves ? result->end == FETCH_STOPPED
			     : result->end == FETCH_DONE && taker->len == BODY_LENGTH;
}

/* The second one gets a connection that had a stream; the last ones end with theirs. */
static const char *const paths[] = { "/stream", "/stream", "/closing", "/closing" };
#define PATHS (sizeof paths / sizeof paths[0])

static void follow(void *ctx)
{
	struct streams *streams = ctx;
	size_t number = streams->begun++;
	char url[64];

	for (size_t i = 0; i < PATHS; i++) {
		struct taker taker = { .is_slow = (number + i) % 3 == 1,
			.leaves = (number + i) % 4 == 3 };
		struct fetch_result result;
		struct fetch_call call = { .method = "GET",
			.url = url,
			.comes_slowly = true,
			.allow_http = true,
			.connect_timeout_ms = 60000,
			.first_byte_timeout_ms = 60000,
			.idle_timeout_ms = 10000,
			.total_timeout_ms = 120000,
			.client_fd = -1,
			.on_body = take_bytes,
			.ctx = &taker };

		snprintf(url, sizeof url, "http://127.0.0.1:%d%s", server.port, paths[i]);
		fetch_http(streams->pool, &call, &result);
		streams->whole += has_its_bytes(&taker, &result);
	}
	streams->left--;
	fiber_wake(streams->all);
}

static void follow_all(void *ctx)
{
	struct streams *streams = ctx;

	streams->all = fiber_self();
	streams->left = STREAMS;
	for (int i = 0; i < STREAMS; i++)
		fiber_start(carrier_current(), follow, streams);
	while (streams->left > 0)
		fiber_wait(INT64_MAX);
}

static void test_streams_that_come_fast_are_whole_whoever_takes_them(void **state)
{
	static char body[BODY_LENGTH + 1], with_length[BODY_LENGTH + 128],
	    without[BODY_LENGTH + 128];
	struct loopback_play plays[] = { { "/stream", with_length, KEEP, 0 },
		{ "/closing", without, CLOSE, 0 }, { .path = NULL } };
	struct streams streams = { .pool = fetch_pool_new() };

	memset(body, 'x', BODY_LENGTH);
	snprintf(with_length, sizeof with_length, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s",
	    BODY_LENGTH, body);
	snprintf(without, sizeof without, "HTTP/1.1 200 OK\r\n\r\n%s", body);
	loopback_server_start(&server);
	server.plays = plays;
	atomic_store(&server.in_bytes, true);
	atomic_store(&server.pause_us, 200);
	run_all(follow_all, &streams);
	assert_int_equal(streams.whole, PATHS * STREAMS);
	fetch_pool_free(streams.pool);
	loopback_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_are_fast_from_2000_a_second_until_below_1000),
		cmocka_unit_test(test_fast_events_are_heard_each_millisecond_and_slow_ones_at_once),
		cmocka_unit_test(test_one_tick_takes_all_that_came),
		cmocka_unit_test(test_the_end_is_told_with_the_last_bytes),
		cmocka_unit_test(test_streams_that_come_fast_are_whole_whoever_takes_them),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
