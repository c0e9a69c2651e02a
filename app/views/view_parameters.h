#ifndef VIEWS_VIEW_PARAMETERS_H
#define VIEWS_VIEW_PARAMETERS_H

/*
 * Which parameters of OpenAI's chat a deployment has use for: what its format can say
 * (providers/features.h) and its model does not refuse (models/model_traits.h).
 */
#include <jansson.h>

#include "relay/catalog.h"

/* ["temperature", ...] */
json_t *view_parameters(const struct member *member);

#endif
