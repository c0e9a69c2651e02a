#ifndef BASE_JSON_BUILD_H
#define BASE_JSON_BUILD_H

/*
 * Members of a jansson object, as --json, the API and the pages show them.  Money stands twice:
 * "spent_nano", a whole number, and "spent_usd", the same as decimal text; no binary fraction comes
 * near it.  Times are ISO 8601 in UTC, null where there is none.
 */
#include <jansson.h>
#include <stdint.h>

/* These take no NULL object; text may be NULL, or no UTF-8, and gives null. */
void json_set_text(json_t *object, const char *name, const char *text);
void json_set_int(json_t *object, const char *name, int64_t value);
void json_set_bool(json_t *object, const char *name, int value);
void json_set_money(json_t *object, const char *name, int64_t nano);
void json_set_time(json_t *object, const char *name, int64_t wall_ms); /* 0 and INT64_MAX: null */
void json_set_null(json_t *object, const char *name);
void json_set(json_t *object, const char *name, json_t *value); /* takes value */
void json_append(json_t *array, json_t *value);                 /* takes value */

#endif
