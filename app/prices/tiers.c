/*
 * Tiers: the blended price of a deployment, and where it stands among the bands.
 */
#include "prices/tiers.h"

#include <string.h>

#include "base/banned.h"

/* Other units as the tokens that models of the other kind of price count for them, so that both
 * stand in one band: a picture of 1024 x 1024 is 1,056 tokens at medium and 4,160 or 7,024 at high
 * quality (OpenAI), a second of audio 32 (Gemini), a search up to 100 documents of 500 (Cohere).  A
 * character is spoken as about a token of audio.  Only the unit of its mode is billed: one that has
 * no effect makes no model dearer, or it could fall back to what is dearer than it. */
static __int128 unit_pico(const struct price *price)
{
	const struct {
		int64_t nano, tokens;
	} units[MODE_COUNT] = { [MODE_IMAGE] = { price->per_image_nano, 4000 },
		[MODE_TRANSCRIPTION] = { price->per_second_nano, 32 },
		[MODE_RERANK] = { price->per_query_nano, 50000 } };
	int64_t nano = units[price->mode].nano, tokens = units[price->mode].tokens;

	if (price->mode == MODE_SPEECH && price->per_character_pico > 0)
		return price->per_character_pico;
	return tokens && nano > 0 ? ((__int128)nano * 1000 + tokens - 1) / tokens : 0;
}

int64_t tier_blended_pico(const struct price *price)
{
	if (price->input_pico == PRICE_UNKNOWN || price->output_pico == PRICE_UNKNOWN)
		return INT64_MAX;
	int64_t output =
	    price->output_pico > price->reasoning_pico ? price->output_pico : price->reasoning_pico;
	if (price->image_output_pico > output)
		output = price->image_output_pico;
	__int128 blended = ((__int128)price->input_pico * 3 + output + 3) / 4 + unit_pico(price);
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
