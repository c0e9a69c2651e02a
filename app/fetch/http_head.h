#ifndef FETCH_HTTP_HEAD_H
#define FETCH_HTTP_HEAD_H

/*
 * What the head of an answer says of the message: its status and where its body ends (RFC 9112,
 * sections 4 to 6).  Line by line, and strict: what two readers might take for two things is
 * refused.  For fetch/ only.
 *
 * Refused are: a line that does not end with CRLF, or has a CR or NUL in it; a continued line
 * (obs-fold); a field without a name, with a blank before its colon, or without a colon; a length
 * that is no number, or said twice, even when both are alike; a length beside Transfer-Encoding;
 * a transfer coding that is not "chunked" alone, or of HTTP/1.0; another version than HTTP/1;
 * 101, because nobody asked for another protocol.
 *
 * Each function returns NULL, or what is wrong, for the log.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

struct http_head { /* begins as zeroes */
	int status;
	bool is_old;     /* HTTP/1.0 */
	bool closes;     /* Connection: close */
	bool has_length; /* Content-Length: */
	bool is_coded;   /* Transfer-Encoding was there */
	bool is_chunked;
	uint64_t length;
};

enum http_body { HTTP_BODY_NONE, HTTP_BODY_LENGTH, HTTP_BODY_CHUNKED, HTTP_BODY_UNTIL_CLOSE };

/* Cuts the first line off, without its end; {NULL, 0} when it is not whole. */
const char *http_head_line(struct slice *bytes, struct slice *out_line);
const char *http_head_status(struct http_head *head, struct slice line);
const char *http_head_field(
    struct http_head *head, struct slice line, struct slice *out_name, struct slice *out_value);
/* After the empty line. */
const char *http_head_end(const struct http_head *head);
enum http_body http_head_body(const struct http_head *head);

#endif
