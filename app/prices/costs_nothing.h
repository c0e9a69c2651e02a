#ifndef PRICES_COSTS_NOTHING_H
#define PRICES_COSTS_NOTHING_H

/*
 * Deployments that cost nothing without saying so: models on a machine of one's own (ollama,
 * hosted_vllm, lm_studio, llamafile at a loopback or private address), and OpenRouter's ":free"
 * models.  At a public address somebody may ask for money, so a price must be given.
 */
#include "prices/price_table.h"
#include "settings/settings.h"

/* Lays a price of 0 upon `price` where none is known, or takes one away that was only the table's
 * word for a local model. */
void costs_nothing_apply(
    const struct deployment *deployment, const char *model, struct price *price);

#endif
