#ifndef MANAGEMENT_WIRE_H
#define MANAGEMENT_WIRE_H

/*
 * JSON as LiteLLM's clients expect it: money is a number of dollars.  Inside, money is whole
 * nano-dollars; here it becomes the binary fraction nearest to it, which is written with as few
 * digits as name that fraction, so "0.1" leaves as it came in.  Up to nine million dollars no two
 * amounts share a number.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/text.h"

json_t *wire_dollars(int64_t nano);
json_t *wire_dollars_a_token(int64_t pico);

/* NAME_nano of a view's object (base/json_build.h) as dollars; null when it is not there. */
json_t *wire_money(const json_t *view, const char *name);

/* A member of a view's object, borrowed and shared; null when it is not there. */
json_t *wire_same(const json_t *view, const char *name);

/* Members of a view's object under the client's names: "spend=spent$ team_id" is spend, the money
 * of "spent", and team_id as it is.  What is not there is null. */
void wire_copy(json_t *out, const json_t *view, const char *members);

void wire_write(struct text *out, const json_t *value);

#endif
