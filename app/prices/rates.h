#ifndef PRICES_RATES_H
#define PRICES_RATES_H

/*
 * The prices that hold for a request of a given size, with every unknown one filled in.
 */
#include "prices/price_table.h"

#define RATES_TOKENS_MAX (INT64_C(1) << 40) /* more is nonsense; keeps products within 128 bits */

struct rates { /* pico-dollars per token */
	int64_t input, cache_read, cache_write, cache_write_1h, cache_write_12h;
	int64_t audio_input, cache_read_audio, image_input;
	int64_t output, reasoning, audio_output, image_output;
};

/* Above long_from_tokens all tokens cost the long prices.  Those that the table does not name
 * there rise in the proportion in which input or output does. */
struct rates rates_for(const struct price *price, int64_t input_tokens);
/* The same, or those of `flex`, which a request may ask for, where the settings have them dearer.
 */
struct rates rates_asked(const struct price *price, int64_t input_tokens);

/* The most that one cost or bound can be: far above any budget, and a few of them can still be
 * added in SQL, whose integers have 64 bits. */
#define RATES_NANO_MAX (INT64_MAX / 4)

/* Pico-dollars to nano-dollars, rounded up, held at RATES_NANO_MAX. */
int64_t rates_nano(__int128 pico);

#endif
