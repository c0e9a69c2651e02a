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

#define CALLS   40 /* at a time; each server listens with a queue of 64 */
#define SERVERS 24

struct wave {
	struct fetch_pool *pool;
	int ports[SERVERS], left, failed[2];
	struct fiber *parent;
	const char *path;
	int server;
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

	snprintf(url, sizeof url, "http://127.0.0.1:%d%s", wave->ports[wave->server], wave->path);
	fetch_http(wave->pool, &call, &result);
	wave->failed[wave->second] += result.end != FETCH_DONE || result.status != 200;
	if (--wave->left == 0)
		fiber_wake(wave->parent);
}

static void ask_both(void *ctx)
{
	struct wave *wave = ctx;

	wave->parent = fiber_self();
	wave->path = "/late";
	for (int i = 0; i < 2; i++) {
		wave->server = i;
		wave->second = i == 1;
		wave->left = CALLS;
		for (int c = 0; c < CALLS; c++)
			fiber_start(carrier_current(), ask_one, wave);
		while (wave->left > 0)
			fiber_wait(INT64_MAX);
	}
}

static void ask_each(void *ctx)
{
	struct wave *wave = ctx;

	wave->path = "/ok";
	wave->left = 2 * SERVERS; /* nobody waits */
	for (wave->server = 0; wave->server < SERVERS; wave->server++)
		ask_one(wave);
}

/* In a process of its own, whose descriptors are not counted here. */
static pid_t serve_apart(int *out_ports)
{
	static struct loopback_server servers[SERVERS];
	int pipes[2], ports[SERVERS];
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		for (int i = 0; i < SERVERS; i++) {
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

static void run_with(int room, void (*ask)(void *ctx), bool in_thread)
{
	struct wave wave = { .pool = NULL };
	pid_t child = serve_apart(wave.ports);
	struct carrier *carrier = carrier_new();
	struct rlimit before, low;
	int next = dup(0);

	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = before;
	low.rlim_cur = (rlim_t)(next + room);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	wave.pool = fetch_pool_new();
	if (in_thread)
		ask(&wave);
	else
		fiber_start(carrier, ask, &wave);
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

static void test_idle_connections_give_way_when_descriptors_run_out(void **state)
{
	run_with(CALLS + CALLS / 2, ask_both, false);
}

static void test_they_give_way_to_one_provider_after_another(void **state)
{
	run_with(16, ask_each, false);
	run_with(16, ask_each, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle_connections_give_way_when_descriptors_run_out),
		cmocka_unit_test(test_they_give_way_to_one_provider_after_another),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
