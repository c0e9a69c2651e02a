#ifndef WEB_EXCHANGE_H
#define WEB_EXCHANGE_H

/*
 * One request handled and answered, whatever it came by.  For web/ only.
 */
#include "web/reply_channel.h"
#include "web/worker.h"

/* refused: what is wrong with the request, or NULL.  The caller flushes the channel in the end,
 * together with what ends an answer there. */
void web_exchange_run(const struct worker_options *options, const struct web_request *request,
    const struct error *refused, const struct reply_channel *channel);

#endif
