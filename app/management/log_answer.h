#ifndef MANAGEMENT_LOG_ANSWER_H
#define MANAGEMENT_LOG_ANSWER_H

/*
 * The request log in the shape of LiteLLM's spend logs, for /logs and /spend/logs.
 */
#include <jansson.h>

#include "management/api_call.h"
#include "views/view_requests.h"

/* The filter that the query gives; key may be a key, its SHA-256, id or alias. */
int log_filter_read(struct api_call *call, const char *key_parameter, int default_limit,
    struct request_filter *out, struct error *err);

/* The rows, newest first, as an array.  When there may be older ones the header x-sideways-older
 * has the id from which `before` goes on, and Link the whole URL. */
json_t *log_answer(struct api_call *call, const struct request_filter *filter, struct error *err);

/* One request by its id: an array of one row, or of none. */
json_t *log_answer_one(struct api_call *call, const char *id, struct error *err);

#endif
