#ifndef PRICES_TIERS_H
#define PRICES_TIERS_H

/*
 * A deployment's price band.  Blended price = (3 x input + output) / 4 per token, where output is
 * what reasoning costs if that is dearer, and a price of each request is spread over a thousand
 * tokens; the bands come from sideways_settings.tiers; model_info.tier names one outright.
 */
#include <stdbool.h>

#include "prices/price_table.h"
#include "settings/settings.h"

int64_t tier_blended_pico(const struct price *price); /* rounded up */

/* Index into settings->tiers (0 is the cheapest), by name if the deployment has one, else by price.
 */
int tier_of(const struct settings *settings, const struct deployment *deployment,
    const struct price *price);
int tier_by_price(const struct settings *settings, const struct price *price);

/* Does a price exceed so many hundredths of the first choice's?  0 is no limit; and what follows a
 * first choice that costs nothing is said by its tier. */
bool tier_ratio_exceeded(int64_t most_percent, int64_t first_pico, int64_t pico);

/* How a candidate stands to the tier that was asked for. */
enum direction { DIRECTION_OWN, DIRECTION_SIDEWAYS, DIRECTION_DOWNWARD, DIRECTION_UPWARD };
enum direction tier_direction(int asked_tier, int candidate_tier);
const char *direction_name(enum direction direction); /* "own", "sideways", "downward", "upward" */

#endif
