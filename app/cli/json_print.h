#ifndef CLI_JSON_PRINT_H
#define CLI_JSON_PRINT_H

/*
 * What --json and --csv print; base/json_build.h says how money and times stand in it.
 */
#include <jansson.h>

#include "base/json_build.h"

void json_print(json_t *root);            /* to stdout; frees it */
void json_print_line(const json_t *root); /* on one line */

/* An array's objects as CSV. */
void csv_print(const char *const *columns, size_t count, const json_t *rows);
/* One of them, with the head before it when wanted. */
void csv_print_row(const char *const *columns, size_t count, const json_t *row, int with_head);

#endif
