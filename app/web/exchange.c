/*
 * The way of every request: intake, the handler, and an answer in any case.  See the header.
 */
#include "web/exchange.h"

#include <string.h>

#include "base/log.h"

#include "base/banned.h"

bool web_exchange_run(const struct worker_options *options, struct web_request *request,
    const struct body_source *source, const struct reply_channel *channel)
{
	int64_t limit =
	    options->max_body ? options->max_body(options->ctx) : options->max_body_bytes;
	struct error refused = { 0 };
	struct web_reply reply;
	bool unread;
	int result = request_intake(request, source, limit, &unread, &refused);

	if (result == 0 && request->overloaded)
		result = error_set(&refused, ERROR_OVERLOADED,
		    "this gateway is answering as many requests as it may at a time; try again in "
		    "a "
		    "moment");

	web_reply_init(&reply, request->arena, channel, strcmp(request->method, "HEAD") == 0);
	options->handle(options->ctx, request, result == 0 ? NULL : &refused, &reply);
	if (!web_reply_begun(&reply)) {
		/* The client may have left before there was an answer; a web server wants a head
		 * all the same. */
		web_reply_status(&reply, 503);
		web_reply_send(&reply, "application/json", slice_of("{}"));
	}
	return !unread;
}
