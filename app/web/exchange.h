#ifndef WEB_EXCHANGE_H
#define WEB_EXCHANGE_H

/*
 * One request taken in, handled and answered, whatever it came by.  For web/ only.
 */
#include "web/reply_channel.h"
#include "web/request_intake.h"
#include "web/worker.h"

/* request has arena, client_fd and variables.  The caller flushes the channel in the end,
 * together with what ends an answer there.  Returns whether the connection can be used again. */
bool web_exchange_run(const struct worker_options *options, struct web_request *request,
    const struct body_source *source, const struct reply_channel *channel);

#endif
