/*
 * Price bands.  See the header.
 */
#include "prices/tiers.h"

#include <string.h>

#include "base/banned.h"

int64_t tier_blended_pico(const struct price *price)
{
	__int128 sum = (__int128)price->input_pico * 3 + price->output_pico;

	return (int64_t)((sum + 3) / 4);
}

int tier_of(
    const struct settings *settings, const struct deployment *deployment, const struct price *price)
{
	int64_t blended = tier_blended_pico(price);

	for (size_t i = 0; deployment->tier && i < settings->tier_count; i++)
		if (strcmp(settings->tiers[i].name, deployment->tier) == 0)
			return (int)i;
	for (size_t i = 0; i + 1 < settings->tier_count; i++)
		if (blended <= settings->tiers[i].up_to_pico)
			return (int)i;
	return settings->tier_count ? (int)settings->tier_count - 1 : 0;
}

enum direction tier_direction(int asked_tier, int candidate_tier)
{
	return candidate_tier > asked_tier   ? DIRECTION_UPWARD
	       : candidate_tier < asked_tier ? DIRECTION_DOWNWARD
					     : DIRECTION_SIDEWAYS;
}

const char *direction_name(enum direction direction)
{
	static const char *const names[] = { "own", "sideways", "downward", "upward" };

	return names[direction];
}
