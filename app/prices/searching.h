#ifndef PRICES_SEARCHING_H
#define PRICES_SEARCHING_H

/*
 * Models that search the web, or research in many steps, for every request, whether asked to or
 * not.  That is billed by the search, beside the tokens: without a price of each request such a
 * model has no bound.  Where a fee depends on how much is searched, config/prices.tsv has the
 * highest.
 *
 * Sources: Perplexity's and OpenAI's pages on pricing ("search context size"), OpenRouter's page
 * on web search (":online"), Groq's on compound systems.
 */
#include <stdbool.h>

bool searching_model(const char *provider, const char *model);

#endif
