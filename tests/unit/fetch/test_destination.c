/* What a request to a URL begins with: as libcurl itself begins one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "fetch/fetch.h"
#include "loopback_server.h"

static struct loopback_server server;

/* Before and behind the port of the server. */
static const char *const urls[][2] = {
	/* clang-format off */
	{ "http://127.0.0.1:", "" },
	{ "http://127.0.0.1:", "/" },
	{ "http://127.0.0.1:", "/v1/chat/completions" },
	{ "http://127.0.0.1:", "?key=1" },
	{ "http://127.0.0.1:", "/v1?" },
	{ "http://127.0.0.1:", "/v1?a=b&c=%20d#part" },
	{ "http://127.0.0.1:", "/a/../b/./c" },
	{ "http://127.0.0.1:", "//two//slashes/" },
	{ "http://127.0.0.1:", "/a%2Fb%20c:generate" },
	{ "http://127.0.0.1:", "/m\xc3\xbcnchen?q=\xc3\xbc" },
	{ "http://127.0.0.1:0", "/port" },
	{ "http://LOCALHOST:", "/upper" },
	{ "HTTP://localhost:", "/scheme" },
	{ "127.0.0.1:", "/no-scheme" },
	{ "http://user:pass@127.0.0.1:", "/" },
	{ "http://user@127.0.0.1:", "/" },
	{ "http://:pass@127.0.0.1:", "/" },
	{ "http://@127.0.0.1:", "/" },
	{ "http://:@127.0.0.1:", "/" },
	{ "http://us%65r%40x:p%3Aw%20d@127.0.0.1:", "/" },
	{ "http://127.1:", "/brief" },
	{ "http://0x7f.1:", "/hex" },
	{ "http://localhost%2e:", "/dot" },
	{ "http:/127.0.0.1:", "/one-slash" },
	{ "http://127.0.0.1:", "/sp ace" },
	{ "http://127.0.0.1:", "/tab\tinside" },
	{ "http://127.0.0.1:", "/line\r\nX-Evil: 1" },
	{ "http://[::ffff:127.0.0.1]:", "/six" },
	{ "ftp://127.0.0.1:", "/x" },
	{ "http://user:p%0d%0aX-Evil: 1@127.0.0.1:", "/" },
	/* clang-format on */
};

static size_t read_over(char *bytes, size_t size, size_t count, void *ctx)
{
	return size * count;
}

/* Lines of a head that the place decides, in order. */
static void lines_of(const char *head, char *out, size_t size)
{
	static const char *const names[] = { "Host:", "Authorization:", "X-Evil:" };
	const char *end = strstr(head, "\r\n");
	size_t len = 0;

	len += (size_t)snprintf(out, size, "%.*s", end ? (int)(end - head) : 0, head);
	for (size_t i = 0; i < 3; i++) {
		char wanted[32];
		const char *at;

		snprintf(wanted, sizeof wanted, "\r\n%s", names[i]);
		at = strstr(head, wanted);
		if (at)
			len += (size_t)snprintf(
			    out + len, size - len, "%.*s", (int)(strstr(at + 2, "\r\n") - at), at);
	}
}

static void forget(void)
{
	server.head[0] = '\0';
}

static bool ask_libcurl(const char *url)
{
	CURL *easy = curl_easy_init();
	CURLcode code;

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{}");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, read_over);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 20000L);
	code = curl_easy_perform(easy);
	curl_easy_cleanup(easy);
	return code == CURLE_OK || code == CURLE_GOT_NOTHING;
}

static bool ask_ours(struct fetch_pool *pool, const char *url)
{
	struct fetch_result result;
	const struct fetch_call call = { .method = "POST",
		.url = url,
		.body = &(struct slice)SLICE("{}"),
		.body_count = 1,
		.allow_http = true,
		.connect_timeout_ms = 20000,
		.first_byte_timeout_ms = 20000,
		.idle_timeout_ms = 20000,
		.total_timeout_ms = 20000,
		.client_fd = -1 };

	fetch_http(pool, &call, &result);
	if (result.sent != (result.end == FETCH_NO_ANSWER))
		fail_msg("%s: end %d: %s", url, (int)result.end, result.detail);
	return result.sent;
}

static void test_requests_begin_as_those_of_libcurl(void **state)
{
	struct fetch_pool *pool = fetch_pool_new();

	loopback_server_start(&server);
	for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
		char url[256], theirs[1024], ours[1024];
		bool they, we;

		snprintf(url, sizeof url, "%s%d%s", urls[i][0], server.port, urls[i][1]);
		forget();
		they = ask_libcurl(url);
		(void)atomic_load(&server.requests); /* it has the head */
		lines_of(server.head, theirs, sizeof theirs);
		forget();
		we = ask_ours(pool, url);
		(void)atomic_load(&server.requests);
		lines_of(server.head, ours, sizeof ours);
		if (they != we || strcmp(theirs, ours) != 0)
			fail_msg(
			    "%s: libcurl %d, ours %d\n%s\n----\n%s", url, they, we, theirs, ours);
	}
	fetch_pool_free(pool);
	loopback_server_stop(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_begin_as_those_of_libcurl),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
