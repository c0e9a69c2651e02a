#ifndef VIEWS_VIEW_NAMES_H
#define VIEWS_VIEW_NAMES_H

/*
 * Names to choose from.
 */
#include <jansson.h>

#include "store/store.h"

/* Texts of a statement whose rows are names, at most 500; empty when they cannot be read, as a form
 * works without them. */
json_t *view_names(struct store *store, enum sql_name name);

#endif
