#ifndef BOUND_TEXT_MAKER_H
#define BOUND_TEXT_MAKER_H

/*
 * Makes texts by mutation, mostly of those that were best so far; every third batch is JSON, which
 * vendors write again before they count it: with a space after commas and colons, and numbers as
 * Python has them.
 */
#include <stdbool.h>
#include <stdint.h>

#define TEXT_MAKER_CHARS 480

struct made {
	int length, vendor_length;         /* characters */
	uint32_t client[TEXT_MAKER_CHARS]; /* as a client writes it */
	uint32_t vendor[TEXT_MAKER_CHARS]; /* as it is counted */
	double ratio;                      /* of real tokens to bound */
};

struct text_maker;
struct text_maker *text_maker_new(uint64_t seed);
void text_maker_make(struct text_maker *maker, bool json, struct made *out);
/* The client's writing as a JSON string, as short as may be: its length.  out has room for
 * TEXT_MAKER_QUOTED characters. */
#define TEXT_MAKER_QUOTED (6 * TEXT_MAKER_CHARS + 2)
int text_maker_quote(const struct made *made, uint32_t *out);
/* Remembers it among the best. */
void text_maker_keep(struct text_maker *maker, bool json, const struct made *made);

#endif
