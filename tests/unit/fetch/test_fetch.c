/* Calls to a server that plays the good and the bad: how each ends, and what was sent. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fiber.h"
#include "base/text.h"
#include "fetch/fetch.h"
#include "in_fiber.h"
#include "loopback_server.h"

struct seen {
	struct fetch_head head;
	char type[64], retry_after[16], request_id[16];
	int heads, silences, silences_most;
	size_t body_len;
	char body[256];
	int stop_at_head, stop_at_body;
	int gone_fd;
};

static struct loopback_server server;
static struct fetch_pool *pool;

static void copy_header(const struct fetch_head *head, const char *name, char *out, size_t size)
{
	const char *value = fetch_head_get(head, name);

	snprintf(out, size, "%s", value ? value : "");
}

static int on_head(void *ctx, const struct fetch_head *head)
{
	struct seen *seen = ctx;

	seen->heads++;
	seen->head = *head;
	copy_header(head, "content-type", seen->type, sizeof seen->type);
	copy_header(head, "retry-after", seen->retry_after, sizeof seen->retry_after);
	copy_header(head, "x-request-id", seen->request_id, sizeof seen->request_id);
	assert_null(fetch_head_get(head, "set-cookie"));
	return seen->stop_at_head;
}

static int on_body(void *ctx, const char *bytes, size_t len)
{
	struct seen *seen = ctx;

	for (size_t i = 0; i < len && seen->body_len + 1 < sizeof seen->body; i++)
		seen->body[seen->body_len++] = bytes[i];
	return seen->stop_at_body;
}

static int on_silence(void *ctx, int64_t silent_ms)
{
	struct seen *seen = ctx;

	return ++seen->silences == seen->silences_most;
}

static bool client_gone(void *ctx)
{
	const struct seen *seen = ctx;
	char byte;

	return seen->gone_fd >= 0 && recv(seen->gone_fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static char url[128];

static struct fetch_call call_to(const char *path, struct seen *seen)
{
	static const struct fetch_header type = { "Content-Type", "application/json" };
	static struct slice body[] = { SLICE("{\"a\":"), SLICE("1}") };

	*seen = (struct seen){ .gone_fd = -1 };
	snprintf(url, sizeof url, "http://127.0.0.1:%d%s", server.port, path);
	return (struct fetch_call){ .method = "POST",
		.url = url,
		.headers = { type },
		.header_count = 1,
		.body = body,
		.body_count = 2,
		.allow_http = true,
		.connect_timeout_ms = 2000,
		.first_byte_timeout_ms = 5000,
		.idle_timeout_ms = 5000,
		.total_timeout_ms = 10000,
		.client_fd = -1,
		.on_head = on_head,
		.on_body = on_body,
		.on_silence = on_silence,
		.client_gone = client_gone,
		.ctx = seen };
}

static struct fetch_result run(const char *path, struct seen *seen)
{
	struct fetch_call call = call_to(path, seen);
	struct fetch_result result;

	fetch_http(pool, &call, &result);
	return result;
}

static int set_up(void **state)
{
	loopback_server_start(&server);
	pool = fetch_pool_new();
	return 0;
}

static int tear_down(void **state)
{
	fetch_pool_free(pool);
	loopback_server_stop(&server);
	return 0;
}

/* ---- what ends how ---- */

static void test_each_way_to_end_has_its_name(void **state)
{
	static const struct {
		const char *path;
		enum fetch_end end;
		int status, heads;
	} cases[] = {
		{ "/ok", FETCH_DONE, 200, 1 },
		{ "/429", FETCH_DONE, 429, 1 },
		{ "/identity", FETCH_DONE, 200, 1 },
		{ "/redirect", FETCH_DONE, 302, 1 },
		{ "/continue", FETCH_DONE, 200, 1 },
		{ "/trailer", FETCH_DONE, 200, 1 },
		{ "/empty-head", FETCH_DONE, 200, 1 },
		{ "/close-first", FETCH_NO_ANSWER, 0, 0 },
		{ "/reset-first", FETCH_NO_ANSWER, 0, 0 },
		{ "/reset-head", FETCH_BROKEN, 0, 0 },
		{ "/reset-body", FETCH_BROKEN, 200, 1 },
		{ "/short", FETCH_BROKEN, 200, 1 },
		{ "/garbage", FETCH_BROKEN, 0, 0 },
		{ "/gzip", FETCH_BROKEN, 200, 0 },
		{ "/many", FETCH_BROKEN, 200, 0 },
		{ "/huge", FETCH_BROKEN, 0, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seen seen;
		int before = atomic_load(&server.requests);
		struct fetch_result result = run(cases[i].path, &seen);

		if (result.end != cases[i].end || result.status != cases[i].status ||
		    seen.heads != cases[i].heads)
			fail_msg("%s: end %d, status %d, %d heads: %s", cases[i].path,
			    (int)result.end, result.status, seen.heads, result.detail);
		assert_true(result.sent);
		assert_int_equal(atomic_load(&server.requests), before + 1); /* never sent twice */
	}
}

static void test_head_and_body_arrive(void **state)
{
	struct seen seen;
	struct fetch_result result = run("/ok", &seen);

	assert_string_equal(seen.body, "{}");
	assert_string_equal(seen.type, "application/json");
	assert_string_equal(seen.request_id, "r1");
	assert_true(result.first_byte_us > 0);
	run("/429", &seen);
	assert_string_equal(seen.retry_after, "7");
	assert_string_equal(seen.body, "no!");
	run("/continue", &seen);
	assert_string_equal(seen.retry_after, ""); /* of the interim head */
	run("/trailer", &seen);
	assert_string_equal(seen.request_id, "");
}

static void test_only_what_was_asked_for_is_sent(void **state)
{
	static const char *const names[] = {
		"Host: ", "Accept: ", "Content-Type: ", "Content-Length: "
	};
	struct seen seen;
	int lines = 0;

	assert_int_equal(run("/ok", &seen).end, FETCH_DONE);
	for (const char *at = strstr(server.head, "\r\n"); at[2] != '\r';
	     at = strstr(at + 2, "\r\n"), lines++) {
		bool known = false;

		for (size_t i = 0; i < 4; i++)
			known = known || strncasecmp(at + 2, names[i], strlen(names[i])) == 0;
		if (!known)
			fail_msg("sent: %.40s", at + 2);
	}
	assert_int_equal(lines, 4);
	assert_int_equal(atomic_load(&server.body_bytes), 7);
	assert_int_equal(atomic_load(&server.body_sum), loopback_sum(0, "{\"a\":1}", 7));
}

static void test_a_large_body_in_pieces_arrives_whole(void **state)
{
	struct seen seen;
	struct fetch_call call = call_to("/ok", &seen);
	struct fetch_result result;
	char *bytes = malloc(3 << 20);
	unsigned long sum = 0;

	for (size_t i = 0; i < 3 << 20; i++)
		bytes[i] = (char)(i * 7 + (i >> 9));
	call.body = (struct slice[]){ { bytes, 1 }, { bytes + 1, 0 }, { bytes + 1, (2 << 20) + 17 },
		{ bytes + 9, 70000 } };
	call.body_count = 4;
	for (size_t i = 0; i < 4; i++)
		sum = loopback_sum(sum, call.body[i].ptr, call.body[i].len);
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_DONE);
	assert_int_equal(atomic_load(&server.body_bytes), 1 + (2 << 20) + 17 + 70000);
	assert_int_equal(atomic_load(&server.body_sum), sum);
	free(bytes);
}

static void test_callbacks_stop_a_call(void **state)
{
	struct seen seen;
	struct fetch_call call = call_to("/ok", &seen);
	struct fetch_result result;

	seen.stop_at_head = 1;
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_STOPPED);
	assert_int_equal(result.status, 200);
	call = call_to("/ok", &seen);
	seen.stop_at_body = 1;
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_STOPPED);
	call = call_to("/ok", &seen);
	call.max_body_bytes = 1;
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_BROKEN);
}

/* ---- nothing was sent ---- */

static void assert_not_sent(const char *to, bool allow_http)
{
	struct seen seen;
	struct fetch_call call = call_to("/ok", &seen);
	struct fetch_result result;
	int before = atomic_load(&server.requests);

	call.url = to;
	call.allow_http = allow_http;
	fetch_http(pool, &call, &result);
	if (result.end != FETCH_NOT_SENT)
		fail_msg("%s: end %d: %s", to, (int)result.end, result.detail);
	assert_false(result.sent);
	assert_null(strstr(result.detail, "127.0.0.1"));
	assert_int_equal(atomic_load(&server.requests), before);
}

static void test_what_cannot_be_reached_was_not_sent(void **state)
{
	static struct loopback_server closed;
	char to[64];

	loopback_server_start(&closed);
	loopback_server_stop(&closed);
	snprintf(to, sizeof to, "http://127.0.0.1:%d/ok", closed.port);
	assert_not_sent(to, true);
	assert_not_sent("https://nowhere.invalid/ok", false);
	snprintf(to, sizeof to, "http://127.0.0.1:%d/ok", server.port);
	assert_not_sent(to, false); /* http where only https may be */
	snprintf(to, sizeof to, "https://127.0.0.1:%d/ok", server.port);
	assert_not_sent(to, true); /* not TLS */
	assert_not_sent("file:///etc/passwd", true);
	assert_not_sent("http://169.254.169.254/latest/meta-data", true);
	assert_not_sent("http://[::ffff:169.254.169.254]/", true);
	assert_not_sent("http://[fd00:ec2::254]/", true);
}

static void test_a_connection_that_is_not_taken_times_out(void **state)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;
	int listener = socket(AF_INET, SOCK_STREAM, 0), waiting[4];
	struct seen seen;
	struct fetch_call call = call_to("/ok", &seen);
	struct fetch_result result;

	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(listener, 0), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	for (size_t i = 0; i < 4; i++) { /* fill its queue */
		waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(waiting[i], (struct sockaddr *)&address, sizeof address);
	}
	snprintf(url, sizeof url, "http://127.0.0.1:%d/ok", ntohs(address.sin_port));
	call.connect_timeout_ms = 100;
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_TIMEOUT_CONNECT);
	assert_false(result.sent);
	for (size_t i = 0; i < 4; i++)
		close(waiting[i]);
	close(listener);
}

static void test_a_machine_without_descriptors_blames_itself(void **state)
{
	struct fetch_pool *fresh = fetch_pool_new();
	struct rlimit old, tight;
	struct seen seen;
	struct fetch_call call = call_to("/ok", &seen);
	struct fetch_result result;
	int lowest = open("/dev/null", O_RDONLY);

	close(lowest);
	getrlimit(RLIMIT_NOFILE, &old);
	tight = (struct rlimit){ (rlim_t)lowest, old.rlim_max };
	setrlimit(RLIMIT_NOFILE, &tight);
	fetch_http(fresh, &call, &result);
	setrlimit(RLIMIT_NOFILE, &old);
	assert_int_equal(result.end, FETCH_LOCAL);
	fetch_pool_free(fresh);
}

static void test_headers_with_line_breaks_are_not_sent(void **state)
{
	struct seen seen;
	struct fetch_call call = call_to("/ok", &seen);
	struct fetch_result result;
	int before = atomic_load(&server.requests);

	call.headers[call.header_count++] =
	    (struct fetch_header){ "Authorization", "Bearer x\r\nX-Evil: 1" };
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_LOCAL);
	assert_int_equal(atomic_load(&server.requests), before);
}

static void test_proxies_in_the_environment_are_ignored(void **state)
{
	static const char *const names[] = { "http_proxy", "https_proxy", "HTTPS_PROXY",
		"all_proxy", "ALL_PROXY" };
	struct seen seen;

	for (size_t i = 0; i < 5; i++)
		setenv(names[i], "http://127.0.0.1:1", 1);
	assert_int_equal(run("/ok", &seen).end, FETCH_DONE);
	for (size_t i = 0; i < 5; i++)
		unsetenv(names[i]);
}

/* ---- time ---- */

static void test_time_limits_tell_their_phase(void **state)
{
	struct seen seen;
	struct fetch_call call = call_to("/hang", &seen);
	struct fetch_result result;

	call.first_byte_timeout_ms = 80;
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_TIMEOUT_FIRST_BYTE);
	call = call_to("/hang", &seen);
	call.total_timeout_ms = 80;
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_TIMEOUT_TOTAL);
	call = call_to("/drip", &seen);
	call.idle_timeout_ms = 80;
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_TIMEOUT_IDLE);
	assert_int_equal(result.status, 200);
	assert_string_equal(seen.body, "h");
}

static void test_silence_wakes_and_can_end(void **state)
{
	struct seen seen;
	struct fetch_call call = call_to("/hang", &seen);
	struct fetch_result result;

	seen.silences_most = 3;
	call.wake_ms = 20;
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_CLIENT_GONE);
	assert_int_equal(seen.silences, 3);
	assert_true(result.sent);
}

/* ---- side by side ---- */

/* Another thread, or beside a fiber another one of its carrier. */
struct beside {
	pthread_t thread;
	void *(*run)(void *ctx);
	void *ctx;
	bool over;
};

static void run_beside(void *ctx)
{
	struct beside *beside = ctx;

	(void)beside->run(beside->ctx); /* it tells by its ctx */
	beside->over = true;
}

static void start_beside(struct beside *beside, void *(*begin)(void *ctx), void *ctx)
{
	*beside = (struct beside){ .run = begin, .ctx = ctx };
	if (fiber_self())
		fiber_start(carrier_current(), run_beside, beside);
	else
		pthread_create(&beside->thread, NULL, begin, ctx);
}

static void join_beside(struct beside *beside)
{
	if (!fiber_self())
		pthread_join(beside->thread, NULL);
	while (fiber_self() && !beside->over)
		clock_sleep_ms(1);
}

/* ---- calls that are left ---- */

struct leaving {
	struct fetch_left *left;
	struct fetch_call how;
	struct fetch_result result;
};

static void *go_on(void *ctx)
{
	struct leaving *leaving = ctx;

	fetch_go_on(leaving->left, &leaving->how, &leaving->result);
	return NULL;
}

static void test_a_call_that_is_left_goes_on_beside(void **state)
{
	struct seen seen, later;
	struct fetch_call call = call_to("/late", &seen);
	struct fetch_result result;
	struct leaving leaving;
	struct beside beside;
	int before = atomic_load(&server.requests);

	call.total_timeout_ms = 50;
	call.may_be_left = true;
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_TIMEOUT_TOTAL);
	assert_non_null(result.left);
	leaving = (struct leaving){ result.left, call_to("/nowhere", &later), { .sent = false } };
	start_beside(&beside, go_on, &leaving);
	run("/ok", &seen); /* meanwhile */
	join_beside(&beside);
	assert_int_equal(leaving.result.end, FETCH_DONE);
	assert_int_equal(leaving.result.status, 200);
	assert_string_equal(later.body, "late");
	assert_int_equal(atomic_load(&server.requests), before + 2);
}

static void test_a_call_that_is_left_can_be_given_up_or_time_out(void **state)
{
	struct seen seen, later;
	struct fetch_call call = call_to("/drip", &seen), how;
	struct fetch_result result;

	call.idle_timeout_ms = 50;
	call.may_be_left = true;
	fetch_http(pool, &call, &result);
	assert_int_equal(result.status, 200);
	assert_string_equal(seen.body, "h");
	fetch_give_up(result.left);
	call = call_to("/hang", &seen);
	call.first_byte_timeout_ms = 50;
	call.may_be_left = true;
	fetch_http(pool, &call, &result);
	how = call_to("/nowhere", &later);
	how.total_timeout_ms = 100;
	fetch_go_on(result.left, &how, &result);
	assert_int_equal(result.end, FETCH_TIMEOUT_TOTAL);
	assert_true(result.sent);
	assert_null(result.left);
}

/* What came of a body before counts. */
static void test_a_call_that_is_left_in_its_body_goes_on_from_there(void **state)
{
	struct seen seen, later;
	struct fetch_call call = call_to("/halves", &seen), how;
	struct fetch_result result;

	call.idle_timeout_ms = 50;
	call.may_be_left = true;
	fetch_http(pool, &call, &result);
	assert_int_equal(result.end, FETCH_TIMEOUT_IDLE);
	assert_string_equal(seen.body, "hal");
	how = call_to("/nowhere", &later);
	fetch_go_on(result.left, &how, &result);
	assert_int_equal(result.end, FETCH_DONE);
	assert_int_equal(result.status, 200);
	assert_int_equal(later.heads, 0);
	assert_string_equal(later.body, "ves");
}

/* Whoever made a call may have gone before anybody goes on with it, and the answer come meanwhile.
 */
static void test_a_call_that_is_left_needs_nothing_of_who_left_it(void **state)
{
	struct seen seen, later;
	struct fetch_call call = call_to("/late", &seen), how;
	struct fetch_result result, before;
	struct fetch_left *left;

	call.total_timeout_ms = 50;
	call.may_be_left = true;
	fetch_http(pool, &call, &result);
	left = result.left;
	assert_non_null(left);
	memset(&call, 1, sizeof call);
	call.max_body_bytes = 1;
	memset(&result, 1, sizeof result);
	memcpy(&before, &result, sizeof before);
	clock_sleep_ms(400); /* the answer comes after 200 */
	assert_memory_equal(&result, &before, sizeof result);
	how = call_to("/nowhere", &later);
	fetch_go_on(left, &how, &result);
	assert_int_equal(result.end, FETCH_DONE);
	assert_int_equal(result.status, 200);
	assert_string_equal(later.body, "late");
}

static atomic_llong closed_ms;

static void *close_later(void *ctx)
{
	usleep(50000);
	atomic_store(&closed_ms, clock_mono_ms());
	close(*(int *)ctx);
	return NULL;
}

static void test_a_client_that_leaves_ends_the_call_at_once(void **state)
{
	static const char *const paths[] = { "/hang", "/drip" };

	for (size_t i = 0; i < 2; i++) {
		struct seen seen;
		struct fetch_call call = call_to(paths[i], &seen);
		struct fetch_result result;
		pthread_t thread;
		int pair[2];

		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		call.client_fd = seen.gone_fd = pair[0];
		pthread_create(&thread, NULL, close_later, &pair[1]);
		fetch_http(pool, &call, &result);
		assert_int_equal(result.end, FETCH_CLIENT_GONE);
		assert_in_range(clock_mono_ms() - atomic_load(&closed_ms), 0, 100);
		pthread_join(thread, NULL);
		close(pair[0]);
	}
}

static void test_a_client_that_sends_more_has_not_left(void **state)
{
	struct seen seen;
	struct fetch_call call = call_to("/hang", &seen);
	struct fetch_result result;
	struct rusage before, after;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(write(pair[1], "x", 1), 1);
	call.client_fd = seen.gone_fd = pair[0];
	call.first_byte_timeout_ms = 200;
	getrusage(RUSAGE_THREAD, &before);
	fetch_http(pool, &call, &result);
	getrusage(RUSAGE_THREAD, &after);
	assert_int_equal(result.end, FETCH_TIMEOUT_FIRST_BYTE);
	/* It waited, and did not spin. */
	assert_true((after.ru_utime.tv_sec - before.ru_utime.tv_sec) * 1000000 +
			after.ru_utime.tv_usec - before.ru_utime.tv_usec <
		    50000);
	close(pair[0]);
	close(pair[1]);
}

/* ---- kept connections ---- */

static void test_connections_are_kept(void **state)
{
	struct fetch_pool *fresh = fetch_pool_new();
	int before = atomic_load(&server.accepts);

	for (int i = 0; i < 20; i++) {
		struct seen seen;
		struct fetch_call call = call_to(i % 3 == 0 ? "/429" : "/ok", &seen);
		struct fetch_result result;

		fetch_http(fresh, &call, &result);
		assert_int_equal(result.end, FETCH_DONE);
	}
	assert_int_equal(atomic_load(&server.accepts), before + 1);
	fetch_pool_free(fresh);
}

/* A small body leaves with its head, a large one piece by piece. */
static void test_a_request_is_never_sent_twice_under_one_hold(void **state)
{
	static const size_t sizes[] = { 10, 200000 };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct fetch_pool *fresh = fetch_pool_new();
		int before = atomic_load(&server.requests);
		char *body = calloc(1, sizes[i]);
		struct fetch_result result;
		struct fetch_call call;
		struct seen seen;

		memset(body, 'x', sizes[i]);
		call = call_to("/once", &seen);
		call.body = &(struct slice){ body, sizes[i] };
		call.body_count = 1;
		fetch_http(fresh, &call, &result);
		assert_int_equal(result.end, FETCH_DONE);
		fetch_http(fresh, &call, &result); /* read by the server, which then closes */
		assert_int_equal(result.end, FETCH_NO_ANSWER);
		assert_int_equal(atomic_load(&server.requests), before + 2);
		fetch_pool_free(fresh);
		free(body);
	}
}

/* ---- a handle keeps what was set; only of the call's own ---- */

static struct fetch_result run_at(struct fetch_pool *from, const struct loopback_server *at,
    const char *path, const struct fetch_header *credential)
{
	struct seen seen;
	struct fetch_call call = call_to(path, &seen);
	struct fetch_result result;

	snprintf(url, sizeof url, "http://127.0.0.1:%d%s", at->port, path);
	if (credential)
		call.headers[call.header_count++] = *credential;
	fetch_http(from, &call, &result);
	return result;
}

static void assert_served(struct loopback_server *at, const char *request_line)
{
	char host[64];

	snprintf(host, sizeof host, "\r\nHost: 127.0.0.1:%d\r\n", at->port);
	assert_memory_equal(at->head, request_line, strlen(request_line));
	assert_non_null(strstr(at->head, host));
	assert_int_equal(atomic_load(&at->body_bytes), 7);
}

static void test_a_handle_goes_to_another_host_and_back(void **state)
{
	static const struct fetch_header ours = { "Authorization", "Bearer of-ours" },
					 theirs = { "x-api-key", "of-theirs" };
	struct fetch_pool *fresh = fetch_pool_new();
	static struct loopback_server one, other;

	loopback_server_start(&one);
	loopback_server_start(&other);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(run_at(fresh, &one, "/ok", &ours).end, FETCH_DONE);
		assert_served(&one, "POST /ok HTTP/1.1\r\n");
		assert_non_null(strstr(one.head, "Authorization: Bearer of-ours\r\n"));
		assert_null(strstr(one.head, "of-theirs"));
		assert_int_equal(run_at(fresh, &other, "/429", &theirs).end, FETCH_DONE);
		assert_served(&other, "POST /429 HTTP/1.1\r\n");
		assert_non_null(strstr(other.head, "x-api-key: of-theirs\r\n"));
		assert_null(strstr(other.head, "of-ours"));
		assert_int_equal(run_at(fresh, &other, "/ok", NULL).end, FETCH_DONE);
		assert_served(&other, "POST /ok HTTP/1.1\r\n");
		assert_null(strstr(other.head, "of-"));
	}
	assert_int_equal(atomic_load(&one.accepts), 1); /* both stay warm */
	assert_int_equal(atomic_load(&other.accepts), 1);
	fetch_pool_free(fresh);
	loopback_server_stop(&one);
	loopback_server_stop(&other);
}

static void test_what_one_call_may_the_next_may_not(void **state)
{
	char to[64];

	snprintf(to, sizeof to, "http://127.0.0.1:%d/ok", server.port);
	for (int i = 0; i < 2; i++) {
		struct seen seen;
		struct fetch_call call = call_to("/ok", &seen);
		struct fetch_result result;

		assert_int_equal(run("/ok", &seen).end, FETCH_DONE);
		assert_not_sent(to, false); /* the same URL, and no plain HTTP any more */
		assert_not_sent("http://", true);
		assert_not_sent("http://127.0.0.1:99999/ok", true);
		call.max_body_bytes = 1;
		fetch_http(pool, &call, &result);
		assert_int_equal(result.end, FETCH_BROKEN);
		call.max_body_bytes = 0;
		fetch_http(pool, &call, &result);
		assert_int_equal(result.end, FETCH_DONE);
	}
}

static void test_bodies_of_all_sizes_follow_each_other(void **state)
{
	static const size_t sizes[] = { 0, 65535, 65536, 5, 131073, 0, 1 << 20, 70000 };
	char *bytes = malloc(1 << 20);

	for (size_t i = 0; i < 1 << 20; i++)
		bytes[i] = (char)(i * 5 + (i >> 8));
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct seen seen;
		struct fetch_call call = call_to("/ok", &seen);
		struct fetch_result result;

		call.body = &(struct slice){ bytes, sizes[i] };
		call.body_count = 1;
		fetch_http(pool, &call, &result);
		assert_int_equal(result.end, FETCH_DONE);
		assert_true(result.sent);
		assert_int_equal(atomic_load(&server.body_bytes), sizes[i]);
		assert_int_equal(atomic_load(&server.body_sum), loopback_sum(0, bytes, sizes[i]));
	}
	free(bytes);
}

struct many {
	struct loopback_server server; /* of its own: connections of other tests do not count */
	atomic_int good;
};

static void *call_many(void *ctx)
{
	struct many *many = ctx;

	for (int i = 0; i < 50; i++) {
		struct fetch_result result;
		struct seen seen = { .gone_fd = -1 };
		char own[64];
		struct fetch_call call = { .method = "POST",
			.url = own,
			.allow_http = true,
			.body = &(struct slice)SLICE("{}"),
			.body_count = 1,
			.client_fd = -1,
			.connect_timeout_ms = 5000,
			.first_byte_timeout_ms = 5000,
			.idle_timeout_ms = 5000,
			.total_timeout_ms = 5000,
			.on_body = on_body,
			.ctx = &seen };

		snprintf(own, sizeof own, "http://127.0.0.1:%d/ok", many->server.port);
		fetch_http(pool, &call, &result);
		if (result.end == FETCH_DONE && strcmp(seen.body, "{}") == 0)
			atomic_fetch_add(&many->good, 1);
	}
	return NULL;
}

static void test_a_pool_is_shared(void **state)
{
	static struct many many;
	struct beside all[8];

	loopback_server_start(&many.server);
	for (size_t i = 0; i < 8; i++)
		start_beside(&all[i], call_many, &many);
	for (size_t i = 0; i < 8; i++)
		join_beside(&all[i]);
	assert_int_equal(atomic_load(&many.good), 400);
	atomic_store(&many.good, 0);
	assert_in_range(atomic_load(&many.server.accepts), 1, 8);
	loopback_server_stop(&many.server);
}

static void run_group(void *ctx)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_way_to_end_has_its_name),
		cmocka_unit_test(test_head_and_body_arrive),
		cmocka_unit_test(test_only_what_was_asked_for_is_sent),
		cmocka_unit_test(test_a_large_body_in_pieces_arrives_whole),
		cmocka_unit_test(test_callbacks_stop_a_call),
		cmocka_unit_test(test_what_cannot_be_reached_was_not_sent),
		cmocka_unit_test(test_a_connection_that_is_not_taken_times_out),
		cmocka_unit_test(test_a_machine_without_descriptors_blames_itself),
		cmocka_unit_test(test_headers_with_line_breaks_are_not_sent),
		cmocka_unit_test(test_proxies_in_the_environment_are_ignored),
		cmocka_unit_test(test_time_limits_tell_their_phase),
		cmocka_unit_test(test_silence_wakes_and_can_end),
		cmocka_unit_test(test_a_call_that_is_left_goes_on_beside),
		cmocka_unit_test(test_a_call_that_is_left_can_be_given_up_or_time_out),
		cmocka_unit_test(test_a_call_that_is_left_in_its_body_goes_on_from_there),
		cmocka_unit_test(test_a_call_that_is_left_needs_nothing_of_who_left_it),
		cmocka_unit_test(test_a_client_that_leaves_ends_the_call_at_once),
		cmocka_unit_test(test_a_client_that_sends_more_has_not_left),
		cmocka_unit_test(test_connections_are_kept),
		cmocka_unit_test(test_a_request_is_never_sent_twice_under_one_hold),
		cmocka_unit_test(test_a_handle_goes_to_another_host_and_back),
		cmocka_unit_test(test_what_one_call_may_the_next_may_not),
		cmocka_unit_test(test_bodies_of_all_sizes_follow_each_other),
		cmocka_unit_test(test_a_pool_is_shared),
	};

	int *failed = ctx;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	*failed = cmocka_run_group_tests(tests, set_up, tear_down);
}

/* test_fetch_fiber.c has all of this in a fiber. */
int main(void)
{
	return run_here(run_group);
}
