#ifndef PRICES_PRICE_LISTS_H
#define PRICES_PRICE_LISTS_H

/*
 * Price lists of others, as a table in the format of config/prices.tsv: LiteLLM's JSON map
 * (model_prices_and_context_window.json), genai-prices' data.json and models.dev's api.json.  Which
 * it is shows by its shape.  Providers get the names that they have here.
 */
#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

/* Does the text begin like JSON? */
bool price_lists_is_json(struct slice text);

/* What a list has that is not understood. */
struct price_lists_note {
	size_t models, unread; /* unread: without a price by tokens, images, characters, seconds or
				  searches */
	char names[512];       /* of some of them */
};

/* as_of: the day that its rows are of, "2026-11-29".  NULL and err: it is no such list.  The caller
 * frees the text. */
char *price_lists_table(
    struct slice json, const char *as_of, struct price_lists_note *out_note, struct error *err);

#endif
