#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

/*
 * JSON into a growing text, without a tree: each call writes its comma itself when one is due,
 * which the last byte tells ('{', '[' and ':' want none).
 *
 *	json_open(t, '{');
 *	json_key(t, "model");
 *	json_put(t, slice_of("x"));
 *	json_close(t, '}');
 *
 * Begin with an empty text.  Limits and failures are the text's (base/text.h).
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/text.h"

void json_open(struct text *text, char bracket); /* '{' or '[' */
void json_close(struct text *text, char bracket);
void json_key(struct text *text, const char *name); /* a plain name: nothing in it is escaped */
void json_put(struct text *text, struct slice string);
void json_put_raw(struct text *text, struct slice json); /* JSON that has been proven to be such */
void json_put_int(struct text *text, int64_t value);
void json_put_bool(struct text *text, bool value);
void json_put_null(struct text *text);

/* Key and value in one. */
void json_pair(struct text *text, const char *name, struct slice string);
void json_pair_text(struct text *text, const char *name, const char *string);
void json_pair_raw(struct text *text, const char *name, struct slice json);
void json_pair_int(struct text *text, const char *name, int64_t value);
void json_pair_bool(struct text *text, const char *name, bool value);
void json_pair_null(struct text *text, const char *name);

#endif
