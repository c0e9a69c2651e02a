#ifndef BASE_JSON_WRITE_H
#define BASE_JSON_WRITE_H

/*
 * JSON into a growing text, without a tree.  Begin with an empty text; limits and failures are the
 * text's (base/text.h).
 *
 * json_write adds any stretch of a document as it reads, with ' for ":
 *
 *	json_write(t, "{type:'tool', name:%, strict:%b, schema:%r, tags:[", name, on, schema);
 *	json_write(t, "]}");
 *
 * % is the next value, whose type the compiler knows: a text or slice (NULL: ""), or a whole
 * number; %b is true or false, %r JSON that has been proven to be such, %: a name.  In names
 * nothing is escaped.  Commas write themselves, as the last byte tells when one is due ('{', '['
 * and ':' want none); those of the pattern are for its reader.
 */
#include "base/argument.h"
#include "base/slice.h"
#include "base/text.h"

#define json_write(text, ...) json_write_values(text, ARGUMENTS(__VA_ARGS__))
void json_write_values(struct text *text, const struct argument *pattern_and_values);

void json_put(struct text *text, struct slice string);
void json_put_raw(struct text *text, struct slice json); /* "%r" */

#endif
