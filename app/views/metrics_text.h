#ifndef VIEWS_METRICS_TEXT_H
#define VIEWS_METRICS_TEXT_H

/*
 * All metrics in Prometheus' text format (0.0.4), read from the store: the same answer from every
 * worker, and from a CGI run.
 */
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "relay/catalog.h"
#include "store/store.h"

#define METRICS_BYTES_MAX ((size_t)16 << 20) /* 500 keys times 300 models would be 100 MB: told */

/* Adds them to the text, which was initialised by the caller. */
int metrics_text(struct store *store, const struct catalog *catalog, int64_t now_ms,
    struct text *out, struct error *err);

#endif
