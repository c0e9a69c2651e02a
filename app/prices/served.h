#ifndef PRICES_SERVED_H
#define PRICES_SERVED_H

/*
 * What the tier and the place that served a call make of its price.
 *
 * Both may be chosen outside of the request (a project's default tier, a workspace's region), and a
 * tier that was asked for is not always the one that serves: what the answer tells counts
 * (https://github.com/BerriAI/litellm/issues/31837).  A dearer one than the listed price was not
 * held, so it is an overrun.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum served { SERVED_STANDARD, SERVED_FLEX, SERVED_PRIORITY };

/* OpenAI's service_tier or Google's trafficType, as JSON or a header has it. */
enum served served_as(struct slice told);

struct served_tiers;

/* Of a model; NULL: its provider has no tiers of another price, or tells none. */
const struct served_tiers *served_tiers_of(const char *provider, const char *model);

/* Pico-dollars of tokens at the listed price to those that are billed; `cached` is the part of
 * them for reads of the cache.  in_us: Anthropic says that it was served there and nowhere else. */
__int128 served_pico(const struct served_tiers *tiers, enum served served, bool in_us,
    __int128 pico, __int128 cached);

#endif
