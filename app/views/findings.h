#ifndef VIEWS_FINDINGS_H
#define VIEWS_FINDINGS_H

/*
 * What is wrong with a settings file, sorted by place, each once: for `sideways check` and the page
 * on the configuration.
 */
#include <jansson.h>
#include <stdbool.h>

#include "settings/load.h"

/* Sorts by file, line, column, then severity. */
void findings_sort(struct problems *problems);

/* Of a sorted list: is the one at index the same as the one before it? */
bool findings_repeats(const struct problems *problems, size_t index);

/* [{severity, file, line, column, text}], of a sorted list. */
json_t *findings_json(const struct problems *problems);

#endif
