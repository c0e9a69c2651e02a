#ifndef PRICES_TIERS_H
#define PRICES_TIERS_H

/*
 * A deployment's price band.  Blended price = (3 x input + output) / 4 per token, where output is
 * what reasoning costs if that is dearer, and a price of each request is spread over a thousand
 * tokens; the bands come from sideways_settings.tiers; model_info.tier names one outright.
 */
#include "prices/price_table.h"
#include "settings/settings.h"

int64_t tier_blended_pico(const struct price *price); /* rounded up */

/* Index into settings->tiers (0 is the cheapest), by name if the deployment has one, else by price.
 */
int tier_of(const struct settings *settings, const struct deployment *deployment,
    const struct price *price);
int tier_by_price(const struct settings *settings, const struct price *price);

/* How a candidate stands to the tier that was asked for. */
enum direction { DIRECTION_OWN, DIRECTION_SIDEWAYS, DIRECTION_DOWNWARD, DIRECTION_UPWARD };
enum direction tier_direction(int asked_tier, int candidate_tier);
const char *direction_name(enum direction direction); /* "own", "sideways", "downward", "upward" */

#endif
