#ifndef PRICES_MEDIA_PRICE_H
#define PRICES_MEDIA_PRICE_H

/*
 * What images, speech, transcriptions and rankings cost at most.  They are billed by tokens, as
 * conversations are, or by a unit of their own: an image, a character, a second, a search.
 */
#include <stdbool.h>
#include <stdint.h>

#include "prices/cost.h"
#include "prices/price_table.h"

/* What is known of such a request before it is sent; made by chat/media.h. */
struct media_facts {
	int64_t units;        /* the most that can be billed, in the unit of its kind */
	char size[24];        /* of an image, "1024x1536"; "": not said */
	char quality[16];     /* "": not said */
	int64_t partials;     /* pictures on the way to each image */
	int64_t spoken_bytes; /* of a text that is spoken */
	const char *unpriced; /* what it asks for that has no known price; NULL: nothing */
};

/* Puts into `input` what is billed by tokens: the output, or the window.  NULL, or why there is no
 * bound.  `model` is its name at the maker. */
const char *media_price_weigh(const struct price *price, const char *model,
    const struct media_facts *facts, struct bound_input *input);

/* Units of the price's own kind to nano-dollars; 0 where it has none. */
int64_t media_price_units(const struct price *price, int64_t units);

/* Of a model whose images have a price by size or quality (a row "high/1024-x-1536/MODEL", as
 * LiteLLM's map has them) that one, in per_image_nano. */
void media_price_of_size(const struct price_table *table, const struct deployment *deployment,
    const char *model, const struct media_facts *facts, struct price *price);

#endif
