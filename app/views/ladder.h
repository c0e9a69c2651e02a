#ifndef VIEWS_LADDER_H
#define VIEWS_LADDER_H

/*
 * The ladder as a drawing: tiers are steps of a stair, groups stand on them as boxes with their
 * deployments, prices and health, and fallback chains are arrows: sideways within a step, downward,
 * and blocked upward ones, which end at a cross before they arrive.
 *
 * A pure function from view_models' JSON to places and texts; templates/ladder.html makes the SVG.
 * Numbers are CSS pixels of the picture at its full width.
 *
 * {width, height, groups, tiers, arrow_count,
 *  "steps": [{x, y, width, height, name_x, name_y, name, up_to (text)}],
 *  "arrows": [{kind ("sideways", "downward", "blocked", "unknown"), title, path, tip (a path, or
 *   null), cross (a path, or null), times (text, or null), times_x, times_y}],
 *  "boxes": [{x, y, width, height, name_x, name_y, name (cut to fit), title (whole), query,
 *   "lines": [{dot_x, dot_y, dot ("ready", "failing", "probing", "cooling", "off"), text_x, text_y,
 *    text (cut), title, price_x, price}]}]}
 */
#include <jansson.h>

json_t *ladder_drawing(const json_t *models);

#endif
