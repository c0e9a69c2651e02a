#ifndef PROVIDERS_FAILURE_DELAY_H
#define PROVIDERS_FAILURE_DELAY_H

/*
 * How long a provider asks to be left alone: retry-after-ms, Retry-After (seconds or a date),
 * Gemini's RetryInfo, the reset of an exhausted rate limit, or words in the message ("try again in
 * 1m30s").
 */
#include <jansson.h>
#include <stdint.h>

#include "fetch/fetch.h"

/* Milliseconds; -1: nothing was said.  head and error may be NULL; message is in lower case. */
int64_t failure_delay_ms(
    const struct fetch_head *head, const json_t *error, const char *message, int64_t now_ms);

/* The longest reset among limits whose remaining is 0; -1: none is exhausted.  With now_ms 0 dates
 * count as 0. */
int64_t failure_exhausted_reset(const struct fetch_head *head, int64_t now_ms);

#endif
