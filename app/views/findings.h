#ifndef VIEWS_FINDINGS_H
#define VIEWS_FINDINGS_H

/*
 * What is wrong with a settings file, sorted by place, each once: for `sideways check` and the page
 * on the configuration.
 */
#include <jansson.h>

#include "settings/load.h"

/* [{severity, file, line, column, text}], of a sorted list. */
json_t *findings_json(const struct problems *problems);

#endif
