#ifndef CHAT_JSON_AGAIN_H
#define CHAT_JSON_AGAIN_H

/*
 * JSON as vendors write it again: arguments and results of tools are read and then written by
 * Python's json.dumps, with a space behind each comma and colon, none elsewhere, and characters in
 * place of their escapes.  Numbers stay as they are.
 */
#include <stdbool.h>

#include "base/arena.h"
#include "base/slice.h"
#include "base/text.h"

/* Can a vendor read it as an object, a list or a number?  Python also reads NaN and Infinity, and
 * what is nested deeper than is read here. */
bool json_again_can(struct slice text);

/* Adds what it becomes to out, at most twice its bytes. */
void json_again_write(struct slice text, struct arena *arena, struct text *out);

#endif
