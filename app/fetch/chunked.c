/*
 * A body in chunks.  See the header.
 */
#include "fetch/chunked.h"

#include "base/banned.h"

#define SIZE_DIGITS_MAX 15
#define LINE_MAX_BYTES  ((size_t)4096)
#define TRAILERS_MAX    ((size_t)16384)

static const char wrong_size[] = "a chunk of the answer has no size",
		  wrong_line[] = "a chunk's line in the answer does not end as it has to",
		  too_long[] = "a chunk's line or the trailers of the answer are too long",
		  wrong_trailer[] = "a trailer of the answer is no field";

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_bad(char c)
{
	return c == '\n' || c == '\0';
}

static const char *take_digit(struct chunked *chunked, char c)
{
	int digit = digit_of(c);

	if (digit < 0 || chunked->line_bytes > SIZE_DIGITS_MAX)
		return wrong_size;
	chunked->left = chunked->left * 16 + (uint64_t)digit;
	chunked->state = CHUNKED_DIGITS;
	return NULL;
}

/* Behind the digits: the line's end, or an extension, which may have blanks before it. */
static const char *after_digits(struct chunked *chunked, char c)
{
	if (digit_of(c) >= 0)
		return take_digit(chunked, c);
	if (c == '\r')
		chunked->state = CHUNKED_SIZE_LF;
	else if (c == ';' || c == ' ' || c == '\t')
		chunked->state = CHUNKED_EXTENSION;
	else
		return wrong_size;
	return NULL;
}

static const char *expect(struct chunked *chunked, char c, char wish, enum chunked_state next)
{
	chunked->state = next;
	return c == wish ? NULL : wrong_line;
}

/* The first byte of a line of the trailers, and the others. */
static const char *begin_trailer(struct chunked *chunked, char c)
{
	chunked->state = c == '\r' ? CHUNKED_END_LF : CHUNKED_TRAILER_NAME;
	return c == ':' || c == ' ' || c == '\t' || is_bad(c) ? wrong_trailer : NULL;
}

static const char *take_trailer(struct chunked *chunked, char c)
{
	bool in_name = chunked->state == CHUNKED_TRAILER_NAME;

	if (is_bad(c) || (in_name && (c == ' ' || c == '\t' || c == '\r')))
		return wrong_trailer;
	if (in_name && c == ':')
		chunked->state = CHUNKED_TRAILER_VALUE;
	else if (c == '\r')
		chunked->state = CHUNKED_TRAILER_LF;
	return NULL;
}

/* A byte that is no data. */
static const char *take_byte(struct chunked *chunked, char c)
{
	switch (chunked->state) {
	case CHUNKED_SIZE:
		return take_digit(chunked, c);
	case CHUNKED_DIGITS:
		return after_digits(chunked, c);
	case CHUNKED_EXTENSION:
		if (c == '\r')
			chunked->state = CHUNKED_SIZE_LF;
		return is_bad(c) ? wrong_line : NULL;
	case CHUNKED_SIZE_LF:
		chunked->line_bytes = 0;
		return expect(chunked, c, '\n', chunked->left > 0 ? CHUNKED_DATA : CHUNKED_TRAILER);
	case CHUNKED_DATA_CR:
		return expect(chunked, c, '\r', CHUNKED_DATA_LF);
	case CHUNKED_DATA_LF:
		chunked->line_bytes = 0;
		return expect(chunked, c, '\n', CHUNKED_SIZE);
	case CHUNKED_TRAILER:
		return begin_trailer(chunked, c);
	case CHUNKED_TRAILER_LF:
		return expect(chunked, c, '\n', CHUNKED_TRAILER);
	case CHUNKED_END_LF:
		return expect(chunked, c, '\n', CHUNKED_END);
	default:
		return take_trailer(chunked, c);
	}
}

static struct slice take_data(struct chunked *chunked, struct slice *in)
{
	struct slice data = { in->ptr, chunked->left < in->len ? (size_t)chunked->left : in->len };

	chunked->left -= data.len;
	in->ptr += data.len;
	in->len -= data.len;
	if (chunked->left == 0)
		chunked->state = CHUNKED_DATA_CR;
	return data;
}

const char *chunked_take(struct chunked *chunked, struct slice *in, struct slice *out_data)
{
	*out_data = (struct slice){ in->ptr, 0 };
	while (in->len > 0 && chunked->state != CHUNKED_END) {
		const char *wrong;

		if (chunked->state == CHUNKED_DATA) {
			*out_data = take_data(chunked, in);
			return NULL;
		}
		if (++chunked->line_bytes >
		    (chunked->state < CHUNKED_TRAILER ? LINE_MAX_BYTES : TRAILERS_MAX))
			return too_long;
		wrong = take_byte(chunked, *in->ptr);
		if (wrong)
			return wrong;
		in->ptr++;
		in->len--;
	}
	return NULL;
}
