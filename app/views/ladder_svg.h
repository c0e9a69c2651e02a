#ifndef VIEWS_LADDER_SVG_H
#define VIEWS_LADDER_SVG_H

/*
 * The ladder as a picture: tiers are steps of a stair, groups stand on them as boxes with their
 * deployments, prices and health, and fallback chains are arrows: sideways within a step, downward,
 * and blocked upward ones, which end at a cross before they arrive.
 *
 * A pure function of view_models' JSON.  The picture has classes and no colours or styles, so a
 * page with a strict Content-Security-Policy may hold it inline, in light and dark.  All text is
 * escaped.  Boxes are links to "?model=NAME#dry-run".
 *
 * Classes: ladder (svg); step, step-name; box, box-name, line, price; dot and one of ready,
 * failing, probing, cooling, off; arrow and one of sideways, downward, blocked, unknown; tip (an
 * arrow's head), cross, times.
 */
#include <jansson.h>

#include "base/text.h"

/* Adds the <svg> element.  The text's maximum bounds it: LADDER_SVG_MAX is enough for some thousand
 * deployments; text_failed tells when it was not. */
void ladder_svg(struct text *out, const json_t *models);

#define LADDER_SVG_MAX ((size_t)4 << 20)

#endif
