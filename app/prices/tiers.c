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
	__int128 sum = (__int128)price->input_pico * 3 + price->output_pico;
	__int128 blended = (sum + 3) / 4;
	return blended > INT64_MAX ? INT64_MAX : (int64_t)blended;
}

/* Without a price the dearest tier: a candidate is never taken for cheaper than it may be. */
int tier_of(
    const struct settings *settings, const struct deployment *deployment, const struct price *price)
{
	for (size_t i = 0; deployment->tier && i < settings->tier_count; i++) {
		if (strcmp(settings->tiers[i].name, deployment->tier) == 0)
			return (int)i;
	}
	int64_t blended = tier_blended_pico(price);
	for (size_t i = 0; i < settings->tier_count; i++) {
		if (blended <= settings->tiers[i].up_to_pico)
			return blended == INT64_MAX ? (int)settings->tier_count - 1 : (int)i;
	}
	return settings->tier_count ? (int)settings->tier_count - 1 : 0;
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
