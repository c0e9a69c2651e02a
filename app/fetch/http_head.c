/*
 * The head of an answer.  See the header.
 */
#include "fetch/http_head.h"

#include <strings.h>

#include "base/banned.h"

#define LENGTH_DIGITS_MAX 18 /* it fits into 63 bits */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A byte of a name (RFC 9110, 5.6.2). */
static bool is_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || is_digit(c) ||
	       (c && strchr("!#$%&'*+.^_`|~", c));
}

static bool reads(struct slice text, struct slice word)
{
	return text.len == word.len && strncasecmp(text.ptr, word.ptr, text.len) == 0;
}

static struct slice without_blanks(struct slice s)
{
	while (s.len > 0 && (*s.ptr == ' ' || *s.ptr == '\t')) {
		s.ptr++;
		s.len--;
	}
	while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

const char *http_head_line(struct slice *bytes, struct slice *out_line)
{
	const char *lf = memchr(bytes->ptr, '\n', bytes->len);
	size_t len = lf ? (size_t)(lf - bytes->ptr) : 0;

	*out_line = (struct slice){ NULL, 0 };
	if (!lf)
		return NULL;
	if (len == 0 || lf[-1] != '\r')
		return "a line of the answer's head ends without CR";
	len--;
	if (memchr(bytes->ptr, '\r', len) || memchr(bytes->ptr, '\0', len))
		return "a line of the answer's head has a CR or NUL in it";
	*out_line = (struct slice){ bytes->ptr, len };
	bytes->ptr += len + 2;
	bytes->len -= len + 2;
	return NULL;
}

const char *http_head_status(struct http_head *head, struct slice line)
{
	const char *at = line.ptr + 9;

	if (line.len < 12 || memcmp(line.ptr, "HTTP/1.", 7) != 0 || !is_digit(line.ptr[7]) ||
	    line.ptr[8] != ' ' || !is_digit(at[0]) || !is_digit(at[1]) || !is_digit(at[2]) ||
	    (line.len > 12 && at[3] != ' '))
		return "the answer is not HTTP/1";
	*head = (struct http_head){ .is_old = line.ptr[7] == '0' };
	head->status = (at[0] - '0') * 100 + (at[1] - '0') * 10 + at[2] - '0';
	if (head->status < 100 || head->status == 101)
		return "the answer has a status that means nothing here";
	return NULL;
}

static const char *take_length(struct http_head *head, struct slice value)
{
	if (head->has_length)
		return "the answer says its length twice";
	head->has_length = true;
	if (value.len == 0 || value.len > LENGTH_DIGITS_MAX)
		return "the answer's length is no number";
	for (size_t i = 0; i < value.len; i++) {
		if (!is_digit(value.ptr[i]))
			return "the answer's length is no number";
		head->length = head->length * 10 + (uint64_t)(value.ptr[i] - '0');
	}
	return NULL;
}

static const char *take_coding(struct http_head *head, struct slice value)
{
	head->is_chunked = !head->is_coded && reads(value, slice_of("chunked"));
	head->is_coded = true;
	return head->is_chunked ? NULL : "the answer has a transfer coding that was not asked for";
}

static const char *take_connection(struct http_head *head, struct slice value)
{
	while (value.len > 0) {
		const char *comma = memchr(value.ptr, ',', value.len);
		size_t len = comma ? (size_t)(comma - value.ptr) : value.len;

		if (reads(without_blanks((struct slice){ value.ptr, len }), slice_of("close")))
			head->closes = true;
		len += comma != NULL;
		value = (struct slice){ value.ptr + len, value.len - len };
	}
	return NULL;
}

static const struct framing_field {
	struct slice name;
	const char *(*take)(struct http_head *head, struct slice value);
} framing_fields[] = {
	{ SLICE("content-length"), take_length },
	{ SLICE("transfer-encoding"), take_coding },
	{ SLICE("connection"), take_connection },
};

const char *http_head_field(
    struct http_head *head, struct slice line, struct slice *out_name, struct slice *out_value)
{
	size_t len = 0;

	if (line.len > 0 && (line.ptr[0] == ' ' || line.ptr[0] == '\t'))
		return "a line of the answer's head goes on in the next";
	while (len < line.len && is_token(line.ptr[len]))
		len++;
	if (len == 0 || len == line.len || line.ptr[len] != ':')
		return "a line of the answer's head is no field";
	*out_name = (struct slice){ line.ptr, len };
	*out_value = without_blanks((struct slice){ line.ptr + len + 1, line.len - len - 1 });
	for (size_t i = 0; i < sizeof framing_fields / sizeof framing_fields[0]; i++)
		if (reads(*out_name, framing_fields[i].name))
			return framing_fields[i].take(head, *out_value);
	return NULL;
}

const char *http_head_end(const struct http_head *head)
{
	if (head->is_coded && head->has_length)
		return "the answer has a length and a transfer coding";
	if (head->is_coded && head->is_old)
		return "the answer is HTTP/1.0 and has a transfer coding";
	return NULL;
}

enum http_body http_head_body(const struct http_head *head)
{
	if (head->status < 200 || head->status == 204 || head->status == 304)
		return HTTP_BODY_NONE;
	if (head->is_chunked)
		return HTTP_BODY_CHUNKED;
	return head->has_length ? HTTP_BODY_LENGTH : HTTP_BODY_UNTIL_CLOSE;
}
