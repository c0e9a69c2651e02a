#ifndef SIMULATE_SIMULATION_SVG_H
#define SIMULATE_SIMULATION_SVG_H

/*
 * A simulation as a picture: money spent by the hour, a colour for each model group, what was spent
 * in all as a line, outages shaded; `against` (may be NULL) as a dashed line.  One SVG document
 * that needs nothing else, light or dark as its reader's.  The caller frees it.
 */
#include "simulate/simulation.h"

char *simulation_svg(const struct simulation *simulation, const struct simulation *against);

#endif
