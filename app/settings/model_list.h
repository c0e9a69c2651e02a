#ifndef SETTINGS_MODEL_LIST_H
#define SETTINGS_MODEL_LIST_H

/*
 * model_list to deployments, and their ids.
 */
#include "settings/reading.h"

/* A deployment of which nothing is said yet. */
void model_list_blank(struct deployment *out);

void model_list_read(struct reading *reading, const struct yaml_node *list);

#endif
