/* Answers that are not as they have to be, and some that are: how each call ends, and whether its
 * connection is used again. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fetch/fetch.h"
#include "in_fiber.h"
#include "loopback_server.h"
#ifdef WITH_TLS
#include "tls_relay.h"
#endif

#define OK         "HTTP/1.1 200 OK\r\n"
#define CHUNKED    OK "Transfer-Encoding: chunked\r\n\r\n"
#define NULS(text) text, KEEP, sizeof(text) - 1 /* with its NULs */

/* path, what the server sends and does then; how the call ends: status, body, kept. */
static const struct row {
	struct loopback_play play;
	enum fetch_end end;
	int status;
	const char *body;
	bool is_kept;
} rows[] = {
	/* clang-format off */
	/* good */
	{ { "/g1", OK "Content-Length: 2\r\n\r\nab", KEEP, 0 },                              FETCH_DONE, 200, "ab", true },
	{ { "/g2", OK "content-length:2\r\n\r\nab", KEEP, 0 },                               FETCH_DONE, 200, "ab", true },
	{ { "/g3", OK "Content-Length: 2 \t\r\nX: \xe4\r\nY:\r\n\r\nab", KEEP, 0 },          FETCH_DONE, 200, "ab", true },
	{ { "/g4", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },                 FETCH_DONE, 200, "ab", true },
	{ { "/g5", "HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },              FETCH_DONE, 200, "ab", true },
	{ { "/g6", OK "Content-Length: 0\r\n\r\n", KEEP, 0 },                                FETCH_DONE, 200, "", true },
	{ { "/g7", "HTTP/1.1 204 No\r\n\r\n", KEEP, 0 },                                     FETCH_DONE, 204, "", true },
	{ { "/g8", "HTTP/1.1 304 Same\r\n\r\n", KEEP, 0 },                                   FETCH_DONE, 304, "", true },
	{ { "/g9", "HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" OK "Content-Length: 2\r\n\r\nab", KEEP, 0 }, FETCH_DONE, 200, "ab", true },
	{ { "/g10", "HTTP/1.1 100 Go\r\nContent-Length: 7\r\n\r\n" OK "Content-Length: 2\r\n\r\nab", KEEP, 0 }, FETCH_DONE, 200, "ab", true },
	{ { "/c1", CHUNKED "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", KEEP, 0 },                    FETCH_DONE, 200, "abcde", true },
	{ { "/c2", CHUNKED "0002;a=\"b\";c\r\nab\r\n0;x\r\n\r\n", KEEP, 0 },                 FETCH_DONE, 200, "ab", true },
	{ { "/c3", CHUNKED "a \t;x\r\n0123456789\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n", KEEP, 0 }, FETCH_DONE, 200, "0123456789", true },
	{ { "/c4", CHUNKED "0\r\n\r\n", KEEP, 0 },                                           FETCH_DONE, 200, "", true },
	{ { "/c5", OK "transfer-encoding:CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n", KEEP, 0 },     FETCH_DONE, 200, "a", true },
	{ { "/u1", OK "\r\nall of it", CLOSE, 0 },                                           FETCH_DONE, 200, "all of it", false },
	{ { "/u2", "HTTP/1.0 200 OK\r\n\r\nold", CLOSE, 0 },                                 FETCH_DONE, 200, "old", false },
	{ { "/u3", "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", KEEP, 0 },             FETCH_DONE, 200, "old", false },
	{ { "/u4", OK "Connection: close\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },         FETCH_DONE, 200, "ab", false },
	{ { "/u5", OK "Connection: x, CLOSE\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },      FETCH_DONE, 200, "ab", false },
	{ { "/u6", OK "Connection: closed\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },        FETCH_DONE, 200, "ab", true },
#ifndef WITH_TLS /* libcurl says the same of an end of TLS and of a connection's */
	{ { "/u7", OK "\r\nall of it", RESET, 0 },                                           FETCH_BROKEN, 200, "all of it", false },
#endif
	/* a body that may not be, and may come late */
	{ { "/u8", "HTTP/1.1 304 Same\r\nContent-Length: 50\r\n\r\n", KEEP, 0 },             FETCH_DONE, 304, "", false },
	{ { "/u9", "HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", KEEP, 0 },       FETCH_DONE, 204, "", false },
	{ { "/u10", "HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n", KEEP, 0 },                FETCH_DONE, 204, "", true },
	{ { "/u11", "HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },             FETCH_DONE, 204, "", false },
	/* bytes behind the end are of no answer: those that come with it */
	{ { "/b1", OK "Content-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", KEEP, 0 }, FETCH_DONE, 200, "ab", false },
	{ { "/b2", CHUNKED "1\r\na\r\n0\r\n\r\nX", KEEP, 0 },                                FETCH_DONE, 200, "a", false },
	/* lengths */
	{ { "/l1", OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc", KEEP, 0 },        FETCH_BROKEN, 0, "", false },
	{ { "/l2", OK "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },         FETCH_BROKEN, 0, "", false },
	{ { "/l3", OK "Content-Length: 2, 2\r\n\r\nab", KEEP, 0 },                           FETCH_BROKEN, 0, "", false },
	{ { "/l4", OK "Content-Length: +2\r\n\r\nab", KEEP, 0 },                             FETCH_BROKEN, 0, "", false },
	{ { "/l5", OK "Content-Length: -2\r\n\r\nab", KEEP, 0 },                             FETCH_BROKEN, 0, "", false },
	{ { "/l6", OK "Content-Length: 0x2\r\n\r\nab", KEEP, 0 },                            FETCH_BROKEN, 0, "", false },
	{ { "/l7", OK "Content-Length:\r\n\r\nab", KEEP, 0 },                                FETCH_BROKEN, 0, "", false },
	{ { "/l8", OK "Content-Length: 18446744073709551618\r\n\r\nab", KEEP, 0 },           FETCH_BROKEN, 0, "", false },
	{ { "/l9", OK "Content-Length: 3\r\n\r\nab", CLOSE, 0 },                             FETCH_BROKEN, 200, "ab", false },
	{ { "/l10", OK "Content-Length: 3\r\n\r\nab", RESET, 0 },                            FETCH_BROKEN, 200, "ab", false },
	/* transfer codings */
	{ { "/t1", OK "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n1\r\na\r\n0\r\n\r\n", KEEP, 0 }, FETCH_BROKEN, 0, "", false },
	{ { "/t2", OK "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", KEEP, 0 }, FETCH_BROKEN, 0, "", false },
	{ { "/t3", OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", KEEP, 0 },        FETCH_BROKEN, 0, "", false },
	{ { "/t4", OK "Transfer-Encoding: identity\r\n\r\nab", CLOSE, 0 },                   FETCH_BROKEN, 0, "", false },
	{ { "/t5", OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", KEEP, 0 }, FETCH_BROKEN, 0, "", false },
	{ { "/t6", OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n", KEEP, 0 }, FETCH_BROKEN, 0, "", false },
	{ { "/t7", OK "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", KEEP, 0 },     FETCH_BROKEN, 0, "", false },
	{ { "/t8", OK "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", KEEP, 0 },             FETCH_BROKEN, 0, "", false },
	{ { "/t9", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", KEEP, 0 }, FETCH_BROKEN, 0, "", false },
	/* heads */
	{ { "/h1", "HTTP/1.1 200 OK\nContent-Length: 2\n\nab", KEEP, 0 },                    FETCH_BROKEN, 0, "", false },
	{ { "/h2", OK "Content-Length: 2\n\r\nab", KEEP, 0 },                                FETCH_BROKEN, 0, "", false },
	{ { "/h3", OK "Content-Length: 2\r\n\nab", KEEP, 0 },                                FETCH_BROKEN, 0, "", false },
	{ { "/h4", OK "X: a\rContent-Length: 2\r\n\r\nab", CLOSE, 0 },                       FETCH_BROKEN, 0, "", false },
	{ { "/h5", OK "X: a\r\n b\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },                FETCH_BROKEN, 0, "", false },
	{ { "/h6", OK "X: a\r\n\tb\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },               FETCH_BROKEN, 0, "", false },
	{ { "/h7", NULS(OK "X: a\0b\r\nContent-Length: 2\r\n\r\nab") },                       FETCH_BROKEN, 0, "", false },
	{ { "/h8", OK "Content-Length : 2\r\n\r\nab", KEEP, 0 },                             FETCH_BROKEN, 0, "", false },
	{ { "/h9", OK "no colon\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },                  FETCH_BROKEN, 0, "", false },
	{ { "/h10", OK ": no name\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },                FETCH_BROKEN, 0, "", false },
	{ { "/h11", OK " Content-Length: 2\r\n\r\nab", KEEP, 0 },                            FETCH_BROKEN, 0, "", false },
	{ { "/h12", OK "X-\xe4: 2\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },                FETCH_BROKEN, 0, "", false },
	{ { "/h13", OK "Content-Length: 2\r\n", CLOSE, 0 },                                  FETCH_BROKEN, 0, "", false },
	/* status lines */
	{ { "/s1", "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },                FETCH_BROKEN, 0, "", false },
	{ { "/s2", "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },              FETCH_BROKEN, 0, "", false },
	{ { "/s3", "HTTP/0.9 200 OK\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },              FETCH_BROKEN, 0, "", false },
	{ { "/s4", "http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },              FETCH_BROKEN, 0, "", false },
	{ { "/s5", "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },               FETCH_BROKEN, 0, "", false },
	{ { "/s6", "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },             FETCH_BROKEN, 0, "", false },
	{ { "/s7", "HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },             FETCH_BROKEN, 0, "", false },
	{ { "/s8", "HTTP/1.1 099 OK\r\nContent-Length: 2\r\n\r\nab", KEEP, 0 },              FETCH_BROKEN, 0, "", false },
	{ { "/s9", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", KEEP, 0 },      FETCH_BROKEN, 0, "", false },
	{ { "/s10", "\r\n" OK "Content-Length: 2\r\n\r\nab", KEEP, 0 },                      FETCH_BROKEN, 0, "", false },
	{ { "/s11", "{\"just\": \"a body\"}", CLOSE, 0 },                                    FETCH_BROKEN, 0, "", false },
	{ { "/s12", "HTTP/1.1 100 Go\r\n\r\n", CLOSE, 0 },                                   FETCH_BROKEN, 0, "", false },
	/* chunks */
	{ { "/k1", CHUNKED "\r\nab\r\n0\r\n\r\n", KEEP, 0 },                                 FETCH_BROKEN, 200, "", false },
	{ { "/k2", CHUNKED "x\r\nab\r\n0\r\n\r\n", KEEP, 0 },                                FETCH_BROKEN, 200, "", false },
	{ { "/k3", CHUNKED "-2\r\nab\r\n0\r\n\r\n", KEEP, 0 },                               FETCH_BROKEN, 200, "", false },
	{ { "/k4", CHUNKED "0x2\r\nab\r\n0\r\n\r\n", KEEP, 0 },                              FETCH_BROKEN, 200, "", false },
	{ { "/k5", CHUNKED "2\nab\r\n0\r\n\r\n", KEEP, 0 },                                  FETCH_BROKEN, 200, "", false },
	{ { "/k6", CHUNKED "2;a\nab\r\n0\r\n\r\n", KEEP, 0 },                                FETCH_BROKEN, 200, "", false },
	{ { "/k7", CHUNKED "2\r\nab\n0\r\n\r\n", KEEP, 0 },                                  FETCH_BROKEN, 200, "ab", false },
	{ { "/k8", CHUNKED "2\r\nabc\r\n0\r\n\r\n", KEEP, 0 },                               FETCH_BROKEN, 200, "ab", false },
	{ { "/k9", CHUNKED "fffffffffffffffff\r\nab\r\n0\r\n\r\n", KEEP, 0 },                FETCH_BROKEN, 200, "", false },
	{ { "/k10", CHUNKED "2\r\nab\r\n", CLOSE, 0 },                                       FETCH_BROKEN, 200, "ab", false },
	{ { "/k11", CHUNKED "2\r\nab\r\n0\r\n", CLOSE, 0 },                                  FETCH_BROKEN, 200, "ab", false },
	{ { "/k12", CHUNKED "5\r\nab", CLOSE, 0 },                                           FETCH_BROKEN, 200, "ab", false },
	{ { "/k13", CHUNKED "0\r\n X: folded\r\n\r\n", KEEP, 0 },                            FETCH_BROKEN, 200, "", false },
	{ { "/k14", CHUNKED "0\r\nno colon\r\n\r\n", KEEP, 0 },                              FETCH_BROKEN, 200, "", false },
	{ { "/k15", CHUNKED "0\r\nX: a\n\r\n", KEEP, 0 },                                    FETCH_BROKEN, 200, "", false },
	{ { "/k16", NULS(CHUNKED "0\r\nX: \0\r\n\r\n") },                                     FETCH_BROKEN, 200, "", false },
	{ { "/k17", CHUNKED "0\r\n\n", KEEP, 0 },                                            FETCH_BROKEN, 200, "", false },
	{ { "/k18", CHUNKED "2\r\rab\r\n0\r\n\r\n", KEEP, 0 },                               FETCH_BROKEN, 200, "", false },
	/* clang-format on */
};

#define ROWS (sizeof rows / sizeof rows[0])

static struct loopback_server server;
static struct fetch_pool *pool;
#ifdef WITH_TLS
static struct tls_relay relay;
#define SCHEME "https"
#define PORT   relay.port
#define CLOSES relay.closes
#else
#define SCHEME "http"
#define PORT   server.port
#define CLOSES server.closes
#endif
static struct loopback_play plays[ROWS + 3];

/* Where a server of the test's own is called. */
static int in_front(int port)
{
#ifdef WITH_TLS
	static struct tls_relay others[16];
	static size_t count;

	tls_relay_start(&others[count], port);
	return others[count++].port;
#else
	return port;
#endif
}

struct seen {
	char body[256];
	size_t len;
};

static int on_body(void *ctx, const char *bytes, size_t len)
{
	struct seen *seen = ctx;

	for (size_t i = 0; i < len && seen->len + 1 < sizeof seen->body; i++)
		seen->body[seen->len++] = bytes[i];
	seen->body[seen->len] = '\0';
	return 0;
}

static struct fetch_result ask(int port, const char *path, struct slice body, struct seen *seen)
{
	char url[128];
	struct fetch_result result;
	const struct fetch_call call = { .method = "POST",
		.url = url,
		.body = &body,
		.body_count = 1,
		.allow_http = true,
		.connect_timeout_ms = 60000,
		.first_byte_timeout_ms = 60000,
		.idle_timeout_ms = 60000,
		.total_timeout_ms = 120000,
		.client_fd = -1,
		.on_body = on_body,
		.ctx = seen };

	*seen = (struct seen){ .len = 0 };
	snprintf(url, sizeof url, SCHEME "://127.0.0.1:%d%s", port, path);
	fetch_http(pool, &call, &result);
	return result;
}

static struct fetch_result ask_server(const char *path, struct seen *seen)
{
	return ask(PORT, path, (struct slice)SLICE("{}"), seen);
}

static void pause_ms(void)
{
	clock_sleep_ms(1);
}

/* No thread of the server has to do with a play any more. */
static void wait_until_played(void)
{
	while (atomic_load(&server.played) < atomic_load(&server.requests))
		pause_ms();
}

static void check_row(const struct row *row)
{
	struct seen seen, after;
	struct fetch_result result = ask_server(row->play.path, &seen);
	int accepts = atomic_load(&server.accepts);

	wait_until_played(); /* what comes behind the answer is there */
	if (result.end != row->end || result.status != row->status ||
	    strcmp(seen.body, row->body) != 0 || !result.sent)
		fail_msg("%s: end %d, status %d, '%s': %s", row->play.path, (int)result.end,
		    result.status, seen.body, result.detail);
	if (result.end != FETCH_DONE && !*result.detail)
		fail_msg("%s says nothing", row->play.path);
	result = ask_server("/ok", &after);
	if (result.end != FETCH_DONE || strcmp(after.body, "{}") != 0)
		fail_msg("behind %s: end %d, '%s': %s", row->play.path, (int)result.end, after.body,
		    result.detail);
	if ((atomic_load(&server.accepts) == accepts) != row->is_kept)
		fail_msg(
		    "%s: its connection is %skept", row->play.path, row->is_kept ? "not " : "");
}

static void test_each_answer_ends_its_call(void **state)
{
	for (int in_bytes = 0; in_bytes < 2; in_bytes++) {
		atomic_store(&server.in_bytes, in_bytes);
		for (size_t i = 0; i < ROWS; i++)
			/* a byte that comes later may meet the next request */
			if (!in_bytes || strncmp(rows[i].play.path, "/b", 2) != 0)
				check_row(&rows[i]);
	}
	atomic_store(&server.in_bytes, false);
}

static void test_lines_and_heads_have_a_limit(void **state)
{
	static const struct {
		const char *path, *begin, *end;
		size_t len;
		int status;
	} longs[] = {
		{ "/long", OK "X: ", "\r\nContent-Length: 2\r\n\r\nab", 70000, 0 },
		{ "/long", CHUNKED "2;", "\r\nab\r\n0\r\n\r\n", 5000, 200 },
		{ "/long", CHUNKED "0\r\nX: ", "\r\n\r\n", 20000, 200 },
		{ "/long", "HTTP/1.1 200 ", "\r\nContent-Length: 2\r\n\r\nab", 70000, 0 },
	};

	for (size_t i = 0; i < sizeof longs / sizeof longs[0]; i++) {
		size_t room = longs[i].len + 256, begin = strlen(longs[i].begin);
		char *answer = calloc(1, room);
		struct fetch_result result;
		struct seen seen;

		snprintf(answer, room, "%s", longs[i].begin);
		memset(answer + begin, 'x', longs[i].len);
		snprintf(
		    answer + begin + longs[i].len, room - begin - longs[i].len, "%s", longs[i].end);
		wait_until_played();
		plays[ROWS] = (struct loopback_play){ longs[i].path, answer, KEEP, 0 };
		result = ask_server("/long", &seen);
		if (result.end != FETCH_BROKEN || result.status != longs[i].status)
			fail_msg("%zu: end %d, status %d", i, (int)result.end, result.status);
		assert_int_equal(ask_server("/ok", &seen).end, FETCH_DONE);
		wait_until_played();
		free(answer);
	}
	plays[ROWS] = (struct loopback_play){ "/none", "", CLOSE, 0 };
}

/* ---- kept connections ---- */

static void test_one_that_the_provider_has_closed_is_not_used_again(void **state)
{
	for (int i = 0; i < 5; i++) {
		int closes = atomic_load(&CLOSES);
		struct seen seen;

		assert_int_equal(ask_server("/bye", &seen).end, FETCH_DONE);
		while (atomic_load(&CLOSES) == closes)
			pause_ms();
		assert_int_equal(ask_server("/ok", &seen).end, FETCH_DONE);
		assert_string_equal(seen.body, "{}");
	}
}

/* libcurl looks after the connections that it has made when it makes another one, once a second. */
static int call_another(void *ctx, const char *bytes, size_t len)
{
	struct fetch_pool *const *fresh = ctx;
	static struct loopback_server other;
	struct seen seen;

	if (!*fresh)
		return 0;
	clock_sleep_ms(1200); /* the rest of the answer is there */
	loopback_server_start(&other);
	assert_int_equal(
	    ask(in_front(other.port), "/ok", (struct slice)SLICE("{}"), &seen).end, FETCH_DONE);
	loopback_server_stop(&other);
	*(struct fetch_pool **)ctx = NULL;
	return 0;
}

static void test_making_a_connection_leaves_the_others_alone(void **state)
{
	enum { BODY = 100000 };
	char *answer = calloc(1, BODY + 256), url[64];
	struct fetch_pool *once = pool;
	struct fetch_result result;
	const struct fetch_call call = { .method = "POST",
		.url = url,
		.allow_http = true,
		.connect_timeout_ms = 60000,
		.first_byte_timeout_ms = 60000,
		.idle_timeout_ms = 60000,
		.total_timeout_ms = 120000,
		.client_fd = -1,
		.on_body = call_another,
		.ctx = &once };

	snprintf(answer, BODY, OK "Content-Length: %d\r\n\r\n", BODY);
	memset(answer + strlen(answer), 'x', BODY);
	wait_until_played();
	plays[ROWS] = (struct loopback_play){ "/rest", answer, KEEP, 0 };
	snprintf(url, sizeof url, SCHEME "://127.0.0.1:%d/rest", PORT);
	fetch_http(pool, &call, &result);
	if (result.end != FETCH_DONE)
		fail_msg("end %d: %s", (int)result.end, result.detail);
	wait_until_played();
	plays[ROWS] = (struct loopback_play){ "/none", "", CLOSE, 0 };
	free(answer);
}

/* ---- answers before the request is whole ---- */

struct early {
	int listener, port;
	const char *answer, *rest; /* the rest comes when no more of the request does */
	size_t reads; /* bytes of the body before the answer, and after it all when it is kept */
	bool goes_on;
	pthread_t thread;
	size_t had;
};

static void *answer_early(void *ctx)
{
	struct early *early = ctx;
	int fd = accept(early->listener, NULL, NULL);
	char *block = malloc(65536);
	ssize_t got = 1;
	struct timeval quiet = { early->rest ? 0 : 30, 300000 };

	while (early->had < early->reads && got > 0) {
		got = recv(fd, block, 65536, 0);
		early->had += got > 0 ? (size_t)got : 0;
	}
	if (send(fd, early->answer, strlen(early->answer), MSG_NOSIGNAL) < 0)
		abort();
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof quiet);
	while (early->goes_on && got > 0) {
		got = recv(fd, block, 65536, 0);
		early->had += got > 0 ? (size_t)got : 0;
	}
	if (early->rest && send(fd, early->rest, strlen(early->rest), MSG_NOSIGNAL) < 0)
		abort();
	if (!early->goes_on) { /* as nginx does: the answer is not overtaken by a reset */
		shutdown(fd, SHUT_WR);
		while (recv(fd, block, 65536, 0) > 0)
			;
	}
	close(fd);
	free(block);
	return NULL;
}

static void early_begin(struct early *early)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof address;

	early->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(early->listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(early->listener, 4), 0);
	assert_int_equal(getsockname(early->listener, (struct sockaddr *)&address, &len), 0);
	early->port = ntohs(address.sin_port);
	assert_int_equal(pthread_create(&early->thread, NULL, answer_early, early), 0);
}

#define LARGE_BYTES ((size_t)64 << 20)

static void test_an_answer_may_come_before_the_request_is_whole(void **state)
{
	static const struct {
		const char *answer;
		bool goes_on;
		int status;
		const char *rest;
	} cases[] = {
		{ "HTTP/1.1 413 Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno", false,
		    413, NULL },
		{ "HTTP/1.1 429 Slow\r\nContent-Length: 2\r\n\r\nno", false, 429, NULL },
		{ "HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 503 Out\r\nContent-Length: 2\r\n\r\nno", false,
		    503, NULL },
		{ "HTTP/1.1 429 Slow\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
		    true, 429, NULL },
		{ "HTTP/1.1 429 Slow\r\nContent-Length: 2\r\n\r\nn", true, 429, "o" },
	};
	char *bytes = calloc(1, LARGE_BYTES);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct early early = { .answer = cases[i].answer,
			.rest = cases[i].rest,
			.reads = 1000,
			.goes_on = cases[i].goes_on };
		struct fetch_result result;
		struct seen seen;

		early_begin(&early);
		result =
		    ask(in_front(early.port), "/", (struct slice){ bytes, LARGE_BYTES }, &seen);
		pthread_join(early.thread, NULL);
		close(early.listener);
		if (result.end != FETCH_DONE || result.status != cases[i].status)
			fail_msg("%zu: end %d, status %d: %s", i, (int)result.end, result.status,
			    result.detail);
		assert_string_equal(seen.body, "no");
		assert_true(result.sent);
		if (early.goes_on) /* nothing of it went out for nothing, and it is not kept */
			assert_true(early.had < LARGE_BYTES);
	}
	free(bytes);
}

static void test_a_good_answer_that_comes_early_waits_for_the_request(void **state)
{
	struct early early = { .answer = OK "Connection: close\r\nContent-Length: 2\r\n\r\nab",
		.reads = 1000,
		.goes_on = true };
	char *bytes = calloc(1, LARGE_BYTES);
	struct fetch_result result;
	struct seen seen;

	early_begin(&early);
	result = ask(in_front(early.port), "/", (struct slice){ bytes, LARGE_BYTES }, &seen);
	pthread_join(early.thread, NULL);
	close(early.listener);
	assert_int_equal(result.end, FETCH_DONE);
	assert_string_equal(seen.body, "ab");
	assert_true(early.had <= LARGE_BYTES + 4096);
	free(bytes);
}

#ifdef WITH_TLS
static void test_sessions_of_tls_are_taken_up_again(void **state)
{
	int handshakes = atomic_load(&relay.handshakes), resumed = atomic_load(&relay.resumed);
	struct seen seen;

	for (int i = 0; i < 5; i++)
		assert_int_equal(ask_server("/u4", &seen).end, FETCH_DONE);
	assert_true(atomic_load(&relay.handshakes) - handshakes >= 4);
	assert_true(atomic_load(&relay.resumed) - resumed >= 4);
}
#endif

/* ---- */

static int set_up(void **state)
{
	for (size_t i = 0; i < ROWS; i++)
		plays[i] = rows[i].play;
	plays[ROWS] = (struct loopback_play){ "/none", "", CLOSE, 0 };
	plays[ROWS + 1] =
	    (struct loopback_play){ "/bye", OK "Content-Length: 2\r\n\r\nab", CLOSE, 0 };
	loopback_server_start(&server);
	server.plays = plays;
#ifdef WITH_TLS
	tls_relay_start(&relay, server.port);
#endif
	pool = fetch_pool_new();
	return 0;
}

static int tear_down(void **state)
{
	fetch_pool_free(pool);
#ifdef WITH_TLS
	tls_relay_stop(&relay);
#endif
	loopback_server_stop(&server);
	return 0;
}

static void run_group(void *ctx)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_answer_ends_its_call),
		cmocka_unit_test(test_lines_and_heads_have_a_limit),
		cmocka_unit_test(test_one_that_the_provider_has_closed_is_not_used_again),
		cmocka_unit_test(test_making_a_connection_leaves_the_others_alone),
		cmocka_unit_test(test_an_answer_may_come_before_the_request_is_whole),
		cmocka_unit_test(test_a_good_answer_that_comes_early_waits_for_the_request),
#ifdef WITH_TLS
		cmocka_unit_test(test_sessions_of_tls_are_taken_up_again),
#endif
	};
	int *failed = ctx;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	*failed = cmocka_run_group_tests(tests, set_up, tear_down);
}

/* test_talk_fiber.c has all of this in a fiber, test_talk_tls.c in one and under TLS. */
int main(void)
{
	return run_here(run_group);
}
