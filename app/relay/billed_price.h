#ifndef RELAY_BILLED_PRICE_H
#define RELAY_BILLED_PRICE_H

/*
 * The price of a deployment as whoever bills it asks it.  That is its provider, but for a model
 * that is written openai/MODEL with the api_base of another one that is known, as many settings
 * files have it (openrouter.ai, api.deepseek.com, Ollama and LM Studio on this machine): then the
 * prices are that one's.  Where that one costs nothing, a model that its maker sells by this name
 * is no gift: a proxy may stand there.
 */
#include "prices/price_table.h"
#include "providers/provider.h"

/* The provider whose address it is, when that is another than the provider named; else NULL. */
const char *billed_elsewhere(const struct deployment *deployment);

/* Who tells what a call used, and so how that is read: the provider whose address it is, also where
 * a base_model gives the price; else the one named, which may be NULL. */
const struct provider *billed_by(const struct deployment *deployment);

/* As price_find and price_find_after. */
bool billed_price(const struct price_table *table, const struct deployment *deployment,
    const char *model, struct price *out);
bool billed_price_after(const struct price_table *table, const struct deployment *deployment,
    const struct price *price, struct price *out);

#endif
