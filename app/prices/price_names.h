#ifndef PRICES_PRICE_NAMES_H
#define PRICES_PRICE_NAMES_H

/*
 * Under which names a model may stand in a price table: dates at the end, "-latest", and the
 * maker's own row for hosts that resell at the maker's price.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PRICE_NAME_MAX 256

/* Length of the name without its date: "gpt-4o" of "gpt-4o-2024-08-06"; the whole length when it
 * has none.  *out_date is the date as a number that orders dates, 0 without one. */
size_t price_names_undated(const char *model, int64_t *out_date);

/* The maker's provider and name for a reseller's model.  False: there is none. */
bool price_names_maker(const char *provider, const char *model, const char **out_provider,
    char *out_model, size_t size);

#endif
