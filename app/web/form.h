#ifndef WEB_FORM_H
#define WEB_FORM_H

/*
 * Fields from outside: a query, the body of a form (application/x-www-form-urlencoded), cookies.
 * Everything lives in the request's arena; at most FORM_FIELDS_MAX fields are taken.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

#define FORM_FIELDS_MAX 200

struct form_field {
	const char *name, *value;
};

struct form {
	struct form_field *fields;
	size_t count;
};

/* "a=1&b=x+y%21".  ERROR_BAD_REQUEST for bad percent signs, NUL, text that is not UTF-8 and too
 * many fields. */
int form_parse(struct slice encoded, struct arena *arena, struct form *out, struct error *err);

/* The first field of this name; NULL when there is none.  form_text gives NULL for "" too, without
 * the spaces around the value. */
const char *form_get(const struct form *form, const char *name);
const char *form_text(const struct form *form, const char *name, struct arena *arena);
bool form_is_set(const struct form *form, const char *name); /* a ticked box: there and not "" */

/* A field whose name is not among the names (one space between them) is ERROR_BAD_REQUEST: nobody
 * sets by hand what a page does not offer. */
int form_only(const struct form *form, const char *names, struct error *err);

/* The value of a cookie in a Cookie header (which may be NULL); NULL when there is none, or two. */
const char *form_cookie(const char *header, const char *name, struct arena *arena);

/* A value as part of a URL's path or query: all but unreserved characters as %XX. */
const char *form_encode(const char *value, struct arena *arena);
/* A whole path as part of a URL: the same, and '/' stays. */
const char *form_encode_path(const char *path, struct arena *arena);

#endif
