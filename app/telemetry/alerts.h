#ifndef TELEMETRY_ALERTS_H
#define TELEMETRY_ALERTS_H

/*
 * Alerts from end to end: look (alert_rules.h), keep episodes in the store, tell each destination
 * once of an episode's begin and once of its end (alert_sender.h).
 *
 * Called by whoever does the housekeeping, every 30 s, never while a client waits.  Everything
 * stands in the store, so any worker, process or CGI run carries on what another began.  A message
 * is claimed before it is sent: none is sent twice, unless a worker dies between the sending and
 * the note of it; none is lost unless its destination refuses it for hours (ALERT_TRIES_MAX).
 */
#include <stdint.h>

#include "base/error.h"
#include "fetch/fetch.h"
#include "settings/settings.h"
#include "store/store.h"

#define ALERT_CALM_MS                                                                              \
	90000              /* not seen for this long: it is over.  Three looks, against flapping   \
			    */
#define ALERT_TRIES_MAX 10 /* pauses grow with the square: 1, 4, 9, ... minutes; 6 h in all */

/* Looks and keeps episodes; sends nothing.  prices_date: price_table_date. */
int alerts_look(struct store *store, const struct settings *settings, const char *prices_date,
    int64_t now_ms, struct error *err);

/* Nobody is told of an alert that lasts until then: 0 is until it ends, ALERT_UNMUTED ends that.
 * Changes nothing of one that has ended. */
#define ALERT_UNMUTED (-1)
int alerts_mute(struct store *store, int64_t alert_id, int64_t until_ms, struct error *err);

/* Sends what is due, for at most about 20 s.  Failures are logged and tried again later.  deliver
 * is alert_send, or a test's. */
struct alert_message;
typedef int alert_deliver(struct fetch_pool *pool, const struct alert_destination *destination,
    const struct alert_message *message, struct error *err);
int alerts_send(struct store *store, const struct settings *settings, struct fetch_pool *pool,
    alert_deliver *deliver, int64_t now_ms, struct error *err);

#endif
