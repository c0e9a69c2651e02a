/*
 * Decimal text to whole numbers.  See the header.
 */
#include "base/number.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

struct decimal {
	bool negative;
	unsigned __int128 digits; /* without the point */
	int exponent;             /* value = digits * 10^exponent */
};

#define DIGITS_MAX   36  /* fit in 128 bits */
#define EXPONENT_MAX 400 /* beyond this a number is absurd for money, and the loop stays short */

static bool read_exponent(const char **at, const char *end, int *exponent)
{
	bool negative = false;
	int value = 0;

	if (*at < end && (**at == '+' || **at == '-'))
		negative = *(*at)++ == '-';
	if (*at == end)
		return false;
	for (; *at < end && number_is_digit(**at); ++*at) {
		value = value * 10 + (**at - '0');
		if (value > EXPONENT_MAX)
			return false;
	}
	*exponent += negative ? -value : value;
	return *at == end;
}

/* Digits with at most one point; false when there are none, or too many. */
static bool read_digits(const char **at, const char *end, struct decimal *out)
{
	int count = 0, seen = 0;
	bool point = false;

	for (; *at < end && (number_is_digit(**at) || (**at == '.' && !point)); ++*at) {
		if (**at == '.') {
			point = true;
			continue;
		}
		seen++;
		if (count == DIGITS_MAX)
			return false;
		out->digits = out->digits * 10 + (unsigned)(**at - '0');
		count += out->digits != 0;
		out->exponent -= point;
	}
	return seen > 0;
}

static bool read_decimal(struct slice text, struct decimal *out)
{
	const char *at = text.ptr, *end = text.ptr + text.len;

	*out = (struct decimal){ false, 0, 0 };
	if (at < end && (*at == '+' || *at == '-'))
		out->negative = *at++ == '-';
	if (!read_digits(&at, end, out))
		return false;
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		return read_exponent(&at, end, &out->exponent);
	}
	return at == end;
}

/* digits * 10^power, or false beyond int64. */
static bool scale_up(unsigned __int128 *digits, int power)
{
	for (; power > 0 && *digits; power--) {
		*digits *= 10;
		if (*digits > (unsigned __int128)INT64_MAX)
			return false;
	}
	return *digits <= (unsigned __int128)INT64_MAX;
}

static void scale_down(unsigned __int128 *digits, int power)
{
	bool rest = false;

	for (; power > 0 && *digits; power--) {
		rest = rest || *digits % 10 != 0;
		*digits /= 10;
	}
	*digits += rest;
}

int number_scaled(struct slice decimal, int scale, int64_t *out, struct error *err)
{
	struct decimal value;
	int power;

	if (!decimal.ptr || !read_decimal(decimal, &value))
		return error_set(err, ERROR_BAD_REQUEST, "'%.*s' is not a decimal number",
		    (int)(decimal.len > 60 ? 60 : decimal.len), decimal.ptr ? decimal.ptr : "");
	power = value.exponent + scale;
	if (power < 0)
		scale_down(&value.digits, -power);
	if (!scale_up(&value.digits, power))
		return error_set(err, ERROR_BAD_REQUEST, "'%.*s' is too large",
		    (int)(decimal.len > 60 ? 60 : decimal.len), decimal.ptr);
	*out = value.negative ? -(int64_t)value.digits : (int64_t)value.digits;
	return 0;
}

/* Counted downwards, because INT64_MIN has no positive twin. */
static bool number_read_whole(struct slice digits, int64_t *out)
{
	bool negative = digits.len > 0 && digits.ptr[0] == '-';
	int64_t value = 0;

	if (digits.len == (size_t)negative)
		return false;
	for (size_t at = negative; at < digits.len; at++)
		if (!number_is_digit(digits.ptr[at]) || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, digits.ptr[at] - '0', &value))
			return false;
	if (!negative && value == INT64_MIN)
		return false;
	*out = negative ? value : -value;
	return true;
}

int number_whole(struct slice digits, int64_t least, int64_t most, int64_t *out, struct error *err)
{
	int64_t value;

	if (!digits.ptr || !number_read_whole(digits, &value) || value < least || value > most)
		return error_set(err, ERROR_BAD_REQUEST,
		    "'%.*s' is not a whole number from %lld to %lld",
		    (int)(digits.len > 60 ? 60 : digits.len), digits.ptr ? digits.ptr : "",
		    (long long)least, (long long)most);
	*out = value;
	return 0;
}

/* Writes value before end, with zeros up to the least number of digits; where it begins. */
static char *put_digits(char *end, uint64_t value, int least)
{
	for (; value > 0 || least > 0; value /= 10, least--)
		*--end = (char)('0' + value % 10);
	return end;
}

static uint64_t size_of(int64_t value)
{
	return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static struct number_text text_between(const char *from, const char *end)
{
	struct number_text out = { .len = (size_t)(end - from) };

	memcpy(out.text, from, out.len);
	return out;
}

static struct number_text dollars(int64_t nano, bool with_sign, int least_places)
{
	uint64_t whole = size_of(nano) / (uint64_t)NANO_PER_DOLLAR,
		 fraction = size_of(nano) % (uint64_t)NANO_PER_DOLLAR;
	char digits[sizeof(struct number_text)], *end = digits + sizeof digits, *at = end;
	int places = 9;

	for (; places > least_places && fraction % 10 == 0; places--)
		fraction /= 10;
	if (places) {
		at = put_digits(at, fraction, places);
		*--at = '.';
	}
	at = put_digits(at, whole, 1);
	if (with_sign)
		*--at = '$';
	if (nano < 0)
		*--at = '-';
	return text_between(at, end);
}

struct number_text number_dollars(int64_t nano)
{
	return dollars(nano, true, 2);
}

struct number_text number_dollars_bare(int64_t nano)
{
	return dollars(nano, false, 0);
}

struct number_text number_text(int64_t value)
{
	char digits[sizeof(struct number_text)], *end = digits + sizeof digits,
						 *at = put_digits(end, size_of(value), 1);

	if (value < 0)
		*--at = '-';
	return text_between(at, end);
}

struct number_text number_thousandths(int64_t value)
{
	char digits[sizeof(struct number_text)], *end = digits + sizeof digits,
						 *at = put_digits(end, size_of(value) % 1000, 3);

	*--at = '.';
	at = put_digits(at, size_of(value) / 1000, 1);
	if (value < 0)
		*--at = '-';
	return text_between(at, end);
}

int64_t number_permille(int64_t part, int64_t whole)
{
	return whole > 0 ? (int64_t)(((__int128)part * 1000 + whole / 2) / whole) : 0;
}
