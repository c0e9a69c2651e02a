#ifndef VIEWS_VIEW_MACHINES_H
#define VIEWS_VIEW_MACHINES_H

/*
 * The machines whose sums pages show (accounts/shared_sums.h), so that a page can say whose rows
 * stand on it.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "store/store.h"

/*
 * {"here": name, "count": how many, "stale": true: the bank has not been reached for minutes,
 *  "seen": when it was reached last, "record_shared": single requests are those of all,
 *  "others": [{"name", "address" (http..., or null), "silent":
 *  true: not heard of for minutes, "seen"}, ...]}
 * null where this machine shares nothing, or is the only one.  NULL: err.
 */
json_t *view_machines(struct store *store, int64_t now_ms, struct error *err);

/* For a filter of requests: the machine of this name or id, in the arena; "" for this one.  NULL:
 * there is none. */
const char *view_machine_find(struct store *store, const char *which, struct arena *arena);

/* Whose requests the record has: "of 3 machines, ...", in the arena; NULL where view_machines is
 * null. */
const char *view_machines_words(struct store *store, int64_t now_ms, struct arena *arena);

#endif
