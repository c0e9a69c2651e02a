#ifndef PRICES_REGIONAL_H
#define PRICES_REGIONAL_H

/*
 * What the place costs: Bedrock's prices differ by region, Vertex adds a tenth outside of `global`
 * for newer models.  Where sources differ on a price, the dearer counts.
 */
#include <stdbool.h>

#include "prices/price_table.h"

/* The names under which Bedrock's price of a model may stand, the most exact first; "" after the
 * last.  `also` is one whose price counts where it is dearer, or "". */
#define REGIONAL_NAMES 3
struct regional_names {
	char names[REGIONAL_NAMES][192];
	char also[192];
};
void regional_names(
    const struct deployment *deployment, const char *model, struct regional_names *out);

/* Is the model called at a place that costs a tenth more than its maker does?  At Bedrock, whose
 * own rows have the regions in them, that is so of any of Anthropic's newer ones. */
bool regional_is_dearer(const struct deployment *deployment, const char *model);

/* Ten percent on every price per token, rounded up. */
void regional_raise(struct price *price);

#endif
