/* A name server that is silent holds up the call that asks it, and no other call of its carrier. */
#include <netdb.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "fetch/fetch.h"

#define SILENT_MS 20000 /* how long the name server says nothing, unless the test is over */

static atomic_bool over, outlasted;

/* In the place of the C library's, for libcurl. */
int getaddrinfo(
    const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	const struct timespec step = { .tv_nsec = 10000000 };

	for (int i = 0; i < SILENT_MS / 10 && !atomic_load(&over); i++)
		(void)nanosleep(&step, NULL);
	if (!atomic_load(&over))
		atomic_store(&outlasted, true);
	return EAI_AGAIN;
}

static bool has_gone(void *ctx)
{
	return true;
}

static void ask(struct fetch_pool *pool, bool client_leaves, struct fetch_result *out)
{
	const struct fetch_call call = { .method = "POST",
		.url = "http://silent.example/v1",
		.allow_http = true,
		.connect_timeout_ms = client_leaves ? 60000 : 200,
		.first_byte_timeout_ms = 60000,
		.idle_timeout_ms = 60000,
		.total_timeout_ms = 60000,
		.client_fd = -1,
		.client_gone = client_leaves ? has_gone : NULL,
		.wake_ms = client_leaves ? 200 : 0 };

	fetch_http(pool, &call, out);
}

struct asked {
	struct fetch_pool *pool;
	struct fetch_result limit, left;
};

static void ask_twice(void *ctx)
{
	struct asked *asked = ctx;

	ask(asked->pool, false, &asked->limit);
	ask(asked->pool, true, &asked->left);
	atomic_store(&over, true);
}

static void test_a_silent_name_server_holds_up_no_carrier(void **state)
{
	struct carrier *carrier = carrier_new();
	struct asked asked = { .pool = fetch_pool_new() };

	fiber_start(carrier, ask_twice, &asked);
	carrier_stop(carrier);
	carrier_run(carrier);
	carrier_free(carrier);
	fetch_pool_free(asked.pool);
	assert_int_equal(asked.limit.end, FETCH_TIMEOUT_CONNECT);
	assert_false(asked.limit.sent);
	assert_int_equal(asked.left.end, FETCH_CLIENT_GONE);
	assert_false(atomic_load(&outlasted));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_silent_name_server_holds_up_no_carrier),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
