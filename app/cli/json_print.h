#ifndef CLI_JSON_PRINT_H
#define CLI_JSON_PRINT_H

/*
 * What --json prints.  Money stands twice: "spent_nano", a whole number, and "spent_usd", the same
 * as decimal text; no binary fraction comes near it.  Times are ISO 8601 in UTC, null where there
 * is none.
 */
#include <jansson.h>
#include <stdint.h>

void json_print(json_t *root); /* to stdout; frees it */

/* These take no NULL object; text may be NULL and gives null. */
void json_set_text(json_t *object, const char *name, const char *text);
void json_set_int(json_t *object, const char *name, int64_t value);
void json_set_bool(json_t *object, const char *name, int value);
void json_set_money(json_t *object, const char *name, int64_t nano);
void json_set_time(json_t *object, const char *name, int64_t wall_ms); /* 0 and INT64_MAX: null */

#endif
