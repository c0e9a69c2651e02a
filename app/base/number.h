#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

/*
 * Decimal text to whole numbers and back, exactly: no floating point on the way.
 * Accepts "12", "0.25", "1e-06", "2.5E-7", an optional leading '+' or '-'; nothing else, no spaces.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

#define NANO_PER_DOLLAR INT64_C(1000000000)
#define PICO_PER_NANO   INT64_C(1000)

/*
 * value * 10^scale as int64.  Digits below the last place are rounded up (away from zero), so a
 * price is never understated.  number_scaled("0.25", 9) is dollars to nano-dollars;
 * number_scaled("0.000002", 12) is dollars per token to pico-dollars per token;
 * number_scaled("2.5", 6) is dollars per million tokens to pico-dollars per token.
 * Not a number or out of range: ERROR_BAD_REQUEST, and *out is untouched.
 */
int number_scaled(struct slice decimal, int scale, int64_t *out, struct error *err);

static inline bool number_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A whole number in [least, most]. */
int number_whole(struct slice digits, int64_t least, int64_t most, int64_t *out, struct error *err);

/* "$0.001234567": nano-dollars as dollars, at least two places, no trailing zeros beyond. */
struct number_text {
	char text[40];
	size_t len;
};
struct number_text number_dollars(int64_t nano);      /* with the sign: "$12.50", "-$0.10" */
struct number_text number_dollars_bare(int64_t nano); /* "12.5", "0": for JSON and headers */
struct number_text number_text(int64_t value);        /* "-12" */
struct number_text number_thousandths(int64_t value); /* "1.012" */
int64_t number_permille(int64_t part, int64_t whole); /* to the nearest; 0 of nothing */
static inline struct slice number_slice(const struct number_text *number)
{
	return (struct slice){ number->text, number->len };
}

#endif
