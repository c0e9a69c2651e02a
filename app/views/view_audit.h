#ifndef VIEWS_VIEW_AUDIT_H
#define VIEWS_VIEW_AUDIT_H

/*
 * The trail of changes: who changed what, when, before and after.
 */
#include <jansson.h>

#include "base/error.h"
#include "store/store.h"

struct audit_filter {                /* NULL and 0: all */
	const char *kind, *thing_id; /* "key" and an id */
	const char *actor;
	const char *before; /* an id: only older ones */
	int limit;          /* 1 to 1000, else 50 */
};

/*
 * {"events": [EVENT, ...] newest first, "older": id or null}
 * EVENT: id, at, at_ms, actor, through, action, kind, thing_id, name, before, after (objects or
 *  null), changes: [{field, before, after}] (as texts; null: it was or is not there), the fields
 *  that differ.
 */
json_t *view_audit(struct store *store, const struct audit_filter *filter, struct error *err);

#endif
