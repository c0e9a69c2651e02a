#ifndef RELAY_FALLBACK_CHECK_H
#define RELAY_FALLBACK_CHECK_H

/*
 * Finds fallbacks that go upward before a request does: each target of each chain against the
 * tier of the group that it stands in for, and each deployment of a group against those that are
 * asked before it.  A running gateway never goes upward; here it is an error with the place in the
 * file, the two tiers and how many times dearer it is.  A model_info.tier below that of the price
 * is a warning, because it makes a dear model pass for a cheap one.
 */
#include "relay/catalog.h"

void fallback_check(const struct catalog *catalog, struct problems *problems);

/* budget_fallbacks of a key, a JSON object of names: ERROR_BAD_REQUEST when one of them is dearer
 * than what it would stand in for, since it would never be called.  Names that are not there pass.
 */
int fallback_check_budgets(
    const struct catalog *catalog, const char *json, struct arena *arena, struct error *err);

/* How many times dearer (or cheaper) the target is, in hundredths: 250 is 2.5 times; -1: a price is
 * missing or zero. */
/* Upward is a dearer tier, or a price above max_price_ratio. */
enum direction fallback_direction(
    const struct settings *settings, const struct group *asked, const struct group *target);
int64_t fallback_ratio_percent(const struct group *asked, const struct group *target);

/* Blended price of a group: that of its dearest member of the first `order`, pico-dollars per
 * token; -1: none has a price. */
int64_t group_blended_pico(const struct group *group);

#endif
