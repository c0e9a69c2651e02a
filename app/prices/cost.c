/*
 * What a call did cost.  See the header.
 */
#include "prices/cost.h"

#include "base/number.h"

#include "base/banned.h"

#define TOKENS_ABSURD (INT64_C(1) << 40)

static void clamp(int64_t *value, int64_t most)
{
	if (*value < 0)
		*value = 0;
	if (*value > most)
		*value = most;
}

void usage_sanitise(struct usage *usage)
{
	int64_t left;

	clamp(&usage->input_tokens, TOKENS_ABSURD);
	clamp(&usage->output_tokens, TOKENS_ABSURD);
	left = usage->input_tokens;
	clamp(&usage->cached_tokens, left);
	left -= usage->cached_tokens;
	clamp(&usage->cache_write_tokens, left);
	left -= usage->cache_write_tokens;
	clamp(&usage->cache_write_1h_tokens, left);
	left -= usage->cache_write_1h_tokens;
	clamp(&usage->audio_input_tokens, left);
	clamp(&usage->audio_output_tokens, usage->output_tokens);
	clamp(&usage->reasoning_tokens, usage->output_tokens - usage->audio_output_tokens);
	if (usage->reported_cost_nano >
	    1000000 * NANO_PER_DOLLAR) /* a million dollars for one call */
		usage->reported_cost_nano = -1;
}

static int64_t known_or(int64_t price, int64_t other)
{
	return price == PRICE_UNKNOWN ? other : price;
}

/* The rates of this request: above the threshold all of its tokens cost the long ones. */
static struct price rates(const struct price *price, int64_t input_tokens)
{
	struct price rate = *price;
	bool is_long = price->long_from_tokens > 0 && input_tokens > price->long_from_tokens;

	if (is_long) {
		rate.input_pico = known_or(price->long_input_pico, price->input_pico);
		rate.output_pico = known_or(price->long_output_pico, price->output_pico);
		rate.cache_read_pico =
		    known_or(price->long_cache_read_pico, price->cache_read_pico);
	}
	rate.cache_read_pico = known_or(rate.cache_read_pico, rate.input_pico);
	rate.cache_write_pico = known_or(rate.cache_write_pico, rate.input_pico);
	if (is_long && rate.cache_write_pico < rate.input_pico)
		rate.cache_write_pico = rate.input_pico;
	rate.cache_write_1h_pico = known_or(rate.cache_write_1h_pico, rate.cache_write_pico);
	rate.reasoning_pico =
	    is_long ? rate.output_pico : known_or(rate.reasoning_pico, rate.output_pico);
	rate.audio_input_pico = known_or(rate.audio_input_pico, rate.input_pico);
	rate.audio_output_pico = known_or(rate.audio_output_pico, rate.output_pico);
	return rate;
}

int64_t cost_of(const struct price *price, const struct usage *usage)
{
	struct price rate = rates(price, usage->input_tokens);
	__int128 plain_in = (__int128)usage->input_tokens - usage->cached_tokens -
			    usage->cache_write_tokens - usage->cache_write_1h_tokens -
			    usage->audio_input_tokens;
	__int128 plain_out =
	    (__int128)usage->output_tokens - usage->reasoning_tokens - usage->audio_output_tokens;
	__int128 pico;

	if (usage->reported_cost_nano >= 0)
		return usage->reported_cost_nano;
	pico = plain_in * rate.input_pico + (__int128)usage->cached_tokens * rate.cache_read_pico +
	       (__int128)usage->cache_write_tokens * rate.cache_write_pico +
	       (__int128)usage->cache_write_1h_tokens * rate.cache_write_1h_pico +
	       (__int128)usage->audio_input_tokens * rate.audio_input_pico +
	       plain_out * rate.output_pico +
	       (__int128)usage->reasoning_tokens * rate.reasoning_pico +
	       (__int128)usage->audio_output_tokens * rate.audio_output_pico;
	pico = (pico + PICO_PER_NANO - 1) / PICO_PER_NANO + price->per_request_nano;
	return pico > INT64_MAX / 4 ? INT64_MAX / 4 : (int64_t)pico;
}
