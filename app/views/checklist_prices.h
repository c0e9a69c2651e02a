#ifndef VIEWS_CHECKLIST_PRICES_H
#define VIEWS_CHECKLIST_PRICES_H

/*
 * The checklist's rules about prices: those that the file gives and the price table contradicts,
 * those that change soon, and wildcards that let dear models in.
 */
#include "relay/catalog.h"

void checklist_prices(const struct catalog *catalog, const struct group *group, int64_t now_ms,
    struct problems *problems);

#endif
