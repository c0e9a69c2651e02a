/*
 * One answer under CGI: environment and standard input in, standard output out.  worker_answer_cgi
 * is declared in worker.h.
 */
#include <errno.h>
#include <unistd.h>

#include "base/text.h"
#include "web/client_signal.h"
#include "web/exchange.h"
#include "web/request_intake.h"

#include "base/banned.h"

#define KEEP_MOST ((size_t)256 << 20) /* of an answer before it is flushed: any whole reply */

static long read_body(void *ctx, char *bytes, size_t len)
{
	ssize_t got;

	do {
		got = read(STDIN_FILENO, bytes, len);
	} while (got < 0 && errno == EINTR && !client_signal_came());
	return (long)got;
}

static int write_all(const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t put = write(STDOUT_FILENO, bytes, len);

		if (put < 0 && errno == EINTR && !client_signal_came())
			continue;
		if (put <= 0)
			return -1;
		bytes += put;
		len -= (size_t)put;
	}
	return 0;
}

static int cgi_keep(void *ctx, const char *bytes, size_t len)
{
	struct text *kept = ctx;

	text_add(kept, bytes, len);
	return text_failed(kept) ? -1 : 0;
}

static int flush(void *ctx)
{
	struct text *kept = ctx;
	int result = write_all(kept->bytes, kept->len);

	text_clear(kept);
	return result;
}

int worker_answer_cgi(const struct worker_options *options, char **environment, struct error *err)
{
	AUTO_ARENA struct arena arena = { 0 };
	AUTO_TEXT struct text kept = text_empty(KEEP_MOST);
	struct web_request request = { .arena = &arena, .client_fd = -1 };
	const struct body_source source = { read_body, NULL, false };
	const struct reply_channel channel = { cgi_keep, flush, &kept };
	struct worker_limits limits;
	struct error refused = { 0 };
	bool unread; /* there is no connection to use again */
	int result;

	client_signal_watch();
	web_request_take(&request, (const char *const *)environment);
	options->limits(options->ctx, &limits);
	result = request_intake(&request, &source, limits.body_bytes, &unread, &refused);
	web_exchange_run(options, &request, result == 0 ? NULL : &refused, &channel);
	(void)flush(&kept); /* nobody is left to tell of a failure */
	return 0;
}
