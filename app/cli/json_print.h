#ifndef CLI_JSON_PRINT_H
#define CLI_JSON_PRINT_H

/*
 * What --json prints; base/json_build.h says how money and times stand in it.
 */
#include <jansson.h>

#include "base/json_build.h"

void json_print(json_t *root); /* to stdout; frees it */

#endif
