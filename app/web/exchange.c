/*
 * The handler, and an answer in any case.  See the header.
 */
#include "web/exchange.h"

#include <string.h>

#include "base/banned.h"

void web_exchange_run(const struct worker_options *options, const struct web_request *request,
    const struct error *refused, const struct reply_channel *channel)
{
	struct web_reply reply;

	web_reply_init(&reply, request->arena, channel, strcmp(request->method, "HEAD") == 0);
	options->handle(options->ctx, request, refused, &reply);
	if (!web_reply_begun(&reply)) {
		/* The client may have left before there was an answer; a web server wants a head
		 * all the same. */
		web_reply_status(&reply, 503);
		web_reply_send(&reply, "application/json", slice_of("{}"));
	}
}
