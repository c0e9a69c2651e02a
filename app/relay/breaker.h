#ifndef RELAY_BREAKER_H
#define RELAY_BREAKER_H

/*
 * The circuit breaker of each deployment, in the store, so that every process and every CGI run
 * sees the same.  Closed: calls go through, failures are counted by the minute; at
 * allowed_fails it opens for the cooldown, doubled each time it opens in a row (up to 10 times the
 * cooldown), +-20 % jitter, or for as long as a 429's Retry-After says. When the time is over one
 * request, the probe, goes first: its success closes, its failure opens again. The probe is a
 * claim, so a killed prober frees it.
 *
 * What began later than now is of a clock that was set back since, and is over: no cooldown and no
 * claim lasts longer than its own length.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "settings/settings.h"
#include "store/store.h"

struct breaker_state {
	char *deployment_id;
	bool open;             /* also when its time is over and the probe is out */
	int64_t open_until_ms; /* never further away than the cooldown is long */
	int64_t failures;
	char *reason;
	bool probe_taken; /* somebody else's probe is running */
};

struct breaker_states {
	struct breaker_state *items; /* only deployments that have a row; in the arena */
	size_t count;
};

int breaker_read(struct store *store, int64_t now_ms, struct arena *arena,
    struct breaker_states *out, struct error *err);
const struct breaker_state *breaker_find(
    const struct breaker_states *states, const char *deployment_id);

/* Takes the probe of a deployment whose cooldown is over: 1 it is ours, 0 somebody was faster, -1
 * err. */
int breaker_take_probe(struct store *store, const char *deployment_id, const char *request_id,
    int64_t now_ms, int64_t claim_ms, struct error *err);

/* The probe told nothing: the next request may be it.  Adds to a change. */
void breaker_give_back_into(
    struct change *change, const char *deployment_id, const char *request_id);

/* Adds to a change.  success does nothing for a deployment without a row (known from the states
 * read before). */
void breaker_success_into(struct change *change, const char *deployment_id);
void breaker_failure_into(struct change *change, const char *deployment_id, const char *reason,
    int64_t allowed_fails, int64_t cooldown_ms, int64_t now_ms);
/* Leaves it alone for a time, whatever the count: a 429's Retry-After, a refused key. */
void breaker_cooldown_into(struct change *change, const char *deployment_id, const char *reason,
    int64_t now_ms, int64_t cooldown_ms);

#endif
