#ifndef BASE_JSON_BUILD_H
#define BASE_JSON_BUILD_H

/*
 * Members of a jansson object, as --json, the API and the pages show them.  Money stands twice:
 * "spent_nano", a whole number, and "spent_usd", the same as decimal text; no binary fraction comes
 * near it.  Times are ISO 8601 in UTC, null where there is none.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/argument.h"

/* Members of several values at once; each has a word in the names.  A mark behind the word says
 * what the value's type does not: "spent$" is money, "ends@" a time, "good?" true or false.  A tree
 * is taken, as by json_set.
 *
 *	json_set_all(key, "id alias good? spent$ created@", id, alias, good, spent_nano, made_ms);
 */
#define json_set_all(object, ...) json_set_values(object, ARGUMENTS(__VA_ARGS__))
void json_set_values(json_t *object, const struct argument *names_and_values);

/* One value; these take no NULL object; text may be NULL, or no UTF-8, and gives null. */
void json_set_text(json_t *object, const char *name, const char *text);
void json_set_int(json_t *object, const char *name, int64_t value);
void json_set_bool(json_t *object, const char *name, int value);
void json_set_money(json_t *object, const char *name, int64_t nano);
void json_set_time(json_t *object, const char *name, int64_t wall_ms); /* 0 and INT64_MAX: null */
void json_set_null(json_t *object, const char *name);
void json_set(json_t *object, const char *name, json_t *value); /* takes value */
void json_append(json_t *array, json_t *value);                 /* takes value */

/* As json_dumps writes it, in the arena; NULL where that gives NULL. */
char *json_text(const json_t *value, size_t flags, struct arena *arena);

/* What was built, where all went well; else it is let go, and the result is NULL. */
json_t *json_if(bool good, json_t *tree);

/* NULL, where what fails gives -1: return json_none(error_set(err, ...)); */
static inline json_t *json_none(int failed)
{
	(void)failed;
	return NULL;
}

#endif
