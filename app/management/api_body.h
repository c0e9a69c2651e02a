#ifndef MANAGEMENT_API_BODY_H
#define MANAGEMENT_API_BODY_H

/*
 * The JSON body of a call, against the table of fields that the call knows.  Each of LiteLLM's
 * fields is used, kept, or refused:
 *
 *	FIELD_USED     has an effect
 *	FIELD_KEPT     only describes: it is kept and given back; a notice says so
 *	FIELD_NOTED    the same without a notice: that it describes is its use
 *	FIELD_REFUSED  would limit or change something that is not done here: refused unless
 *	               it is empty (null, false, 0, "", [], {}), since a limit that does not hold
 *	               is worse than none
 *
 * Any other field is 422, with the nearest known name; so is a value of a wrong type.  Values are
 * read from the client's bytes: an amount never becomes a binary fraction.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "management/api_call.h"

enum field_type {
	FIELD_TEXT,
	FIELD_MONEY, /* a number of dollars, not negative */
	FIELD_WHOLE, /* from 0 to 10^12 */
	FIELD_BOOL,
	FIELD_NAMES, /* an array of texts */
	FIELD_LIST,
	FIELD_MAP,
	FIELD_ANY,
};

enum field_use { FIELD_USED, FIELD_KEPT, FIELD_NOTED, FIELD_REFUSED };

struct body_field {
	const char *name;
	enum field_type type;
	enum field_use use;
	const char *why; /* of a refusal: what there is instead; may be NULL */
};

struct api_body {
	struct slice json;
	const char *extra; /* JSON object of the kept fields that came; NULL: none did */
};

/* The body, which is JSON; an empty one is an empty object. */
int api_body_json(struct api_call *call, struct slice *out, struct error *err);

/* An empty body is an empty object. null is allowed for every field; of two rows for a field the
 * first holds. */
int api_body_read(struct api_call *call, const struct body_field *fields, size_t count,
    struct api_body *out, struct error *err);
/* The same for an object within the body. */
int api_body_read_part(struct api_call *call, struct slice json, const struct body_field *fields,
    size_t count, struct api_body *out, struct error *err);

enum field_state { FIELD_ABSENT, FIELD_NULL, FIELD_GIVEN };
enum field_state body_state(const struct api_body *body, const char *name);

/* Of a field that was checked: NULL or fallback when it is absent or null. */
const char *body_text(const struct api_call *call, const struct api_body *body, const char *name);
const char *body_json(const struct api_call *call, const struct api_body *body, const char *name);
int64_t body_whole(const struct api_body *body, const char *name, int64_t fallback);
int64_t body_money(const struct api_body *body, const char *name, int64_t fallback);
bool body_bool(const struct api_body *body, const char *name, bool fallback);

/* A time span as LiteLLM writes it: 30s, 15m, 24h, 30d, 2w, 1mo (30 days). */
int api_span(
    struct api_call *call, const char *field, const char *text, int64_t *out_ms, struct error *err);

#endif
