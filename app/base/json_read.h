#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

/*
 * jansson with manners: small outside documents (provider replies' usage, error bodies) are
 * loaded with limits, and absent or mistyped members give a default instead of a crash.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/* Loads any JSON value; NULL and err when it is none.  The caller decrefs it. */
json_t *json_read(struct slice text, struct error *err);

/* Follows a dotted path of members ("error.code", "usage.prompt_tokens_details.cached_tokens");
 * NULL when a step is missing.  The result is borrowed. */
const json_t *json_read_at(const json_t *root, const char *path);

/* At a path: the text (borrowed) or NULL; the whole number or fallback; integers sent as reals
 * ("12.0") count, negatives and absurd ones are the caller's to judge. */
const char *json_read_text(const json_t *root, const char *path);
int64_t json_read_int(const json_t *root, const char *path, int64_t fallback);
bool json_read_true(const json_t *root, const char *path); /* false: also when it is not there */

static inline void json_read_cleanup(json_t **root)
{
	json_decref(*root);
}
#define AUTO_JSON __attribute__((cleanup(json_read_cleanup)))

#endif
