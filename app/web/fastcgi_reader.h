#ifndef WEB_FASTCGI_READER_H
#define WEB_FASTCGI_READER_H

/*
 * A FastCGI request put together from bytes as they come, without waiting for any of them.  Every
 * record is judged before its content is used: a length that cannot be, a record out of turn or a
 * request without measure breaks the connection and nothing else.  (libfcgi reads with blocking
 * calls and asserts on what it finds; of it only the layout of records is used, fastcgi.h.)
 *
 * A body that its announced length and the limit do not allow is counted and thrown away.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "web/request.h"

enum fastcgi_stage {
	FASTCGI_IDLE,    /* no byte of a request yet */
	FASTCGI_HEAD,    /* variables are on their way */
	FASTCGI_BODY,    /* all variables are there */
	FASTCGI_WHOLE,   /* the body's end was marked */
	FASTCGI_ABORTED, /* the web server takes the request back */
	FASTCGI_BROKEN,  /* what came is no FastCGI, or not for this program */
};

/* Bytes that grow, with a NUL behind them. */
struct fastcgi_bytes {
	char *ptr;
	size_t len, room;
};

struct fastcgi_reader {
	enum fastcgi_stage stage;
	unsigned char header[8]; /* of the record that is being read */
	size_t header_len;
	size_t content_left, padding_left;
	unsigned request_id;
	bool keeps; /* the web server wants the connection for another request */
	struct fastcgi_bytes variables, body;
	unsigned char begin[8]; /* FCGI_BEGIN_REQUEST's content, or what a question asks for */
	size_t begin_len;
	int64_t body_limit;           /* bytes of the body that are kept */
	int64_t body_seen;            /* bytes of the body that came */
	struct fastcgi_bytes replies; /* to the web server's own questions, to be sent */
};

void fastcgi_reader_init(struct fastcgi_reader *reader); /* all zero will do as well */
/* For the next request on the same connection.  Small rooms are kept. */
void fastcgi_reader_reset(struct fastcgi_reader *reader);
void fastcgi_reader_release(struct fastcgi_reader *reader);

/* Takes bytes that came; the stage tells what they amount to. */
void fastcgi_take(struct fastcgi_reader *reader, const char *bytes, size_t len);

/* The variables, in the arena, pointing into the reader, once the stage is FASTCGI_BODY or
 * FASTCGI_WHOLE.  -1: their lengths are not those of what came. */
int fastcgi_variables(struct fastcgi_reader *reader, struct web_request *request);

/* From now on no byte of the body is kept, and those that were are given back. */
void fastcgi_drop_body(struct fastcgi_reader *reader);

/* The variables have been read for the last time, and are given back. */
void fastcgi_drop_variables(struct fastcgi_reader *reader);

/* What the reader holds of memory. */
size_t fastcgi_held(const struct fastcgi_reader *reader);

#endif
