/*
 * Tiers: the blended price of a deployment, and where it stands among the bands.
 */
#include "prices/tiers.h"

#include <string.h>

#include "base/banned.h"

int64_t tier_blended_pico(const struct price *price)
{
	if (price->input_pico == PRICE_UNKNOWN || price->output_pico == PRICE_UNKNOWN)
		return INT64_MAX;
	int64_t output =
	    price->output_pico > price->reasoning_pico ? price->output_pico : price->reasoning_pico;
	__int128 blended = ((__int128)price->input_pico * 3 + output + 3) / 4;
	if (price->per_request_nano > 0) /* nano-dollars a thousand tokens: pico-dollars a token */
		blended += price->per_request_nano;
	return blended > INT64_MAX ? INT64_MAX : (int64_t)blended;
}

/* Without a price the dearest tier: a candidate is never taken for cheaper than it may be. */
int tier_by_price(const struct settings *settings, const struct price *price)
{
	int64_t blended = tier_blended_pico(price);

	for (size_t i = 0; i < settings->tier_count; i++) {
		if (blended <= settings->tiers[i].up_to_pico)
			return blended == INT64_MAX ? (int)settings->tier_count - 1 : (int)i;
	}
	return settings->tier_count ? (int)settings->tier_count - 1 : 0;
}

int tier_of(
    const struct settings *settings, const struct deployment *deployment, const struct price *price)
{
	for (size_t i = 0; deployment->tier && i < settings->tier_count; i++)
		if (strcmp(settings->tiers[i].name, deployment->tier) == 0)
			return (int)i;
	return tier_by_price(settings, price);
}

bool tier_ratio_exceeded(int64_t most_percent, int64_t first_pico, int64_t pico)
{
	return most_percent > 0 && first_pico > 0 &&
	       (__int128)pico * 100 > (__int128)first_pico * most_percent;
}

enum direction tier_direction(int asked_tier, int candidate_tier)
{
	if (candidate_tier > asked_tier)
		return DIRECTION_UPWARD;
	return candidate_tier < asked_tier ? DIRECTION_DOWNWARD : DIRECTION_SIDEWAYS;
}

const char *direction_name(enum direction direction)
{
	static const char *const names[] = { "own", "sideways", "downward", "upward" };
	return names[direction];
}
