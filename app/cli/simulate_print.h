#ifndef CLI_SIMULATE_PRINT_H
#define CLI_SIMULATE_PRINT_H

/*
 * Simulations on the terminal and as JSON.
 */
#include <jansson.h>

#include "simulate/simulation.h"

/* A table by the hour (or by several, so that it fits a screen) with bars, then totals, refusals
 * and alerts.  against: NULL for none. */
void simulate_print(const struct simulation *simulation, const struct simulation *against);

json_t *simulate_json(const struct simulation *simulation);

#endif
