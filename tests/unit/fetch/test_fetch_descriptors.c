/* Idle connections to one provider give way to those to another before descriptors run out. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fiber.h"
#include "fetch/fetch.h"
#include "loopback_server.h"

#define CALLS 40 /* at a time; each server listens with a queue of 64 */

struct wave {
	struct fetch_pool *pool;
	int ports[2], left, failed[2];
	struct fiber *parent;
	bool second;
};

static void ask_one(void *ctx)
{
	struct wave *wave = ctx;
	struct fetch_result result;
	char url[64];
	const struct fetch_call call = { .method = "POST",
		.url = url,
		.allow_http = true,
		.connect_timeout_ms = 30000,
		.first_byte_timeout_ms = 30000,
		.idle_timeout_ms = 30000,
		.total_timeout_ms = 60000,
		.client_fd = -1 };

	snprintf(url, sizeof url, "http://127.0.0.1:%d/late", wave->ports[wave->second]);
	fetch_http(wave->pool, &call, &result);
	wave->failed[wave->second] += result.end != FETCH_DONE || result.status != 200;
	if (--wave->left == 0)
		fiber_wake(wave->parent);
}

static void ask_both(void *ctx)
{
	struct wave *wave = ctx;

	wave->parent = fiber_self();
	for (int i = 0; i < 2; i++) {
		wave->second = i == 1;
		wave->left = CALLS;
		for (int c = 0; c < CALLS; c++)
			fiber_start(carrier_current(), ask_one, wave);
		while (wave->left > 0)
			fiber_wait(INT64_MAX);
	}
}

/* In a process of its own, whose descriptors are not counted here. */
static pid_t serve_apart(int *out_ports)
{
	static struct loopback_server servers[2];
	int pipes[2], ports[2];
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		for (int i = 0; i < 2; i++) {
			loopback_server_start(&servers[i]);
			ports[i] = servers[i].port;
		}
		if (write(pipes[1], ports, sizeof ports) == sizeof ports)
			(void)pause();
		_exit(0);
	}
	assert_int_equal(read(pipes[0], out_ports, sizeof ports), sizeof ports);
	close(pipes[0]);
	close(pipes[1]);
	return child;
}

static void test_idle_connections_give_way_when_descriptors_run_out(void **state)
{
	struct wave wave = { .pool = NULL };
	pid_t child = serve_apart(wave.ports);
	struct carrier *carrier = carrier_new();
	struct rlimit before, low;
	int next = dup(0);

	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = (rlim_t)(next + CALLS + CALLS / 2);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	wave.pool = fetch_pool_new();
	fiber_start(carrier, ask_both, &wave);
	carrier_stop(carrier);
	carrier_run(carrier);
	carrier_free(carrier);
	fetch_pool_free(wave.pool);
	(void)setrlimit(RLIMIT_NOFILE, &before);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(wave.failed[0], 0);
	assert_int_equal(wave.failed[1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle_connections_give_way_when_descriptors_run_out),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
