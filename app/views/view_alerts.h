#ifndef VIEWS_VIEW_ALERTS_H
#define VIEWS_VIEW_ALERTS_H

/*
 * Alerts, those that last first.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "store/store.h"

struct alerts_filter {
	bool with_ended, with_muted;
	int64_t before_id; /* of ended ones, only older; 0: all */
	int limit;         /* 1 to 500 */
};

/*
 * {"alerts": [ALERT, ...], "open": how many of them last, "older": id or null}
 * ALERT: id, rule, title ("Fallback rate"), subject, severity, critical (bool), words, began, ended
 *  (null: it lasts), began_ms, ended_ms, lasted_ms, open (bool), told (how many destinations heard
 *  of it), trouble (text, or null: destinations that could not be told), muted (bool), muted_until
 *  (null: until it ends).
 */
json_t *view_alerts(
    struct store *store, const struct alerts_filter *filter, int64_t now_ms, struct error *err);

#endif
