#ifndef ACCOUNTS_RECALL_H
#define ACCOUNTS_RECALL_H

/*
 * Calling leases back: a page that all processes of a host share, with a bell and the time at which
 * leases of a window were last called back.  Windows share places, so at times a lease is given
 * back that nobody asked for: that costs a little time and no money.
 *
 * A call stands for RECALL_STANDS_MS: until then nobody takes a lease of that window, and what
 * ended calls leave of theirs goes back at once, so that those who wait get it.
 */
#include <stdbool.h>
#include <stdint.h>

#include "store/store.h"

#define RECALL_STANDS_MS 5000

struct recall;

/* make: for who has leases; else NULL where nobody has some.  NULL, too, where nothing can be
 * shared. */
struct recall *recall_map(const struct store *store, bool make);
void recall_unmap(struct recall *recall); /* NULL is fine */

/* Calls leases of the window back, unless somebody has done so just now. */
void recall_ring(struct recall *recall, int64_t window_id);

/* Is one standing?  *out_when is of the last one: another figure means another call. */
bool recall_stands(const struct recall *recall, int64_t window_id, int64_t *out_when);

/* Sleeps until the bell has another number than `heard`, which it gives back.  recall_wake makes
 * all that sleep on it look around. */
uint32_t recall_wait(struct recall *recall, uint32_t heard);
uint32_t recall_bell(const struct recall *recall);
void recall_wake(struct recall *recall);

#endif
