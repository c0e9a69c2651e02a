#ifndef RELAY_HOUSEKEEPING_H
#define RELAY_HOUSEKEEPING_H

/*
 * What nobody asks for and somebody must do: ending the holds of dead workers, deleting old log
 * rows, alerts.  Every worker, and every CGI run, calls this often; the one that finds it due
 * (every 30 s) and wins the claim in the store does it.  No daemon is needed.  Errors are logged
 * here.
 */
#include <stdint.h>

#include "fetch/fetch.h"
#include "relay/catalog.h"
#include "settings/settings.h"
#include "store/store.h"

void housekeeping_run(
    struct store *store, const struct catalog *catalog, struct fetch_pool *pool, int64_t now_ms);

/* The same every 5 s for traces (telemetry/trace_export.h), where there is somebody to be told. */
void housekeeping_traces(
    struct store *store, const struct settings *settings, struct fetch_pool *pool, int64_t now_ms);

#endif
