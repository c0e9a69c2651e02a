/*
 * libfcgi's request structure put to work on a given descriptor: ipcFd and keepConnection are
 * public fields, and FCGX_Accept_r reads from ipcFd when it is set.  See the header.
 */
#include "web/fastcgi.h"

#include <unistd.h>

#include "web/exchange.h"

#include "base/banned.h"

static long read_body(void *ctx, char *bytes, size_t len)
{
	FCGX_Request *fcgx = ctx;
	int want = len > INT32_MAX / 2 ? INT32_MAX / 2 : (int)len;

	return FCGX_GetStr(bytes, want, fcgx->in);
}

static int write_answer(void *ctx, const char *bytes, size_t len)
{
	FCGX_Request *fcgx = ctx;

	while (len > 0) {
		int part = len > INT32_MAX / 2 ? INT32_MAX / 2 : (int)len;

		if (FCGX_PutStr(bytes, part, fcgx->out) < part)
			return -1;
		bytes += part;
		len -= (size_t)part;
	}
	return 0;
}

static int flush_answer(void *ctx)
{
	FCGX_Request *fcgx = ctx;

	return FCGX_FFlush(fcgx->out);
}

/*
 * Before libfcgi closes a connection it waits until the web server has closed its side, so that
 * nothing still on its way resets it.  When the whole request has been read nothing is: then the
 * connection is closed at once, and the thread is free.
 */
static int end_request(FCGX_Request *fcgx, bool read_whole)
{
	bool kept = read_whole && fcgx->keepConnection;

	fcgx->keepConnection = read_whole;
	FCGX_Finish_r(fcgx); /* sets ipcFd to -1 when it has closed it */
	if (kept || fcgx->ipcFd < 0)
		return fcgx->ipcFd;
	close(fcgx->ipcFd);
	fcgx->ipcFd = -1;
	return -1;
}

int fastcgi_answer(const struct worker_options *options, FCGX_Request *fcgx, int fd,
    bool overloaded, struct arena *arena)
{
	struct web_request request = { .arena = arena, .client_fd = fd, .overloaded = overloaded };
	const struct body_source source = { read_body, fcgx, true };
	const struct reply_channel channel = { write_answer, flush_answer, fcgx };
	bool again;

	fcgx->ipcFd = fd;
	fcgx->keepConnection = 1;
	if (FCGX_Accept_r(fcgx) < 0)
		return -1; /* closed by the web server, or not FastCGI: libfcgi has closed it */
	web_request_take(&request, (const char *const *)fcgx->envp);
	again = web_exchange_run(options, &request, &source, &channel);
	return end_request(fcgx, again);
}
