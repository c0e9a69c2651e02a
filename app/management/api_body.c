/*
 * Reading bodies.  See the header.
 */
#include "management/api_body.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/json_write.h"
#include "base/number.h"
#include "base/text.h"

#include "base/banned.h"

#define WHOLE_MAX INT64_C(1000000000000)
#define EXTRA_MAX 65536
#define MONEY_MAX INT64_C(1000000000000000000) /* a thousand million dollars */

static const char *const type_words[] = {
	[FIELD_TEXT] = "a text",
	[FIELD_MONEY] = "a number of dollars, 0 or more",
	[FIELD_WHOLE] = "a whole number, 0 or more",
	[FIELD_BOOL] = "true or false",
	[FIELD_NAMES] = "an array of texts",
	[FIELD_LIST] = "an array",
	[FIELD_MAP] = "an object",
	[FIELD_ANY] = "anything",
};

static bool api_body_money_of(struct slice value, int64_t *out)
{
	int64_t nano;

	if (json_scan_type(value) != JSON_NUMBER || number_scaled(value, 9, &nano, NULL) != 0 ||
	    nano < 0 || nano > MONEY_MAX)
		return false;
	*out = nano;
	return true;
}

static bool all_texts(struct slice list)
{
	for (struct json_cursor item = json_cursor(list); json_next(&item);)
		if (json_scan_type(item.value) != JSON_TEXT)
			return false;
	return true;
}

static bool type_fits(enum field_type type, struct slice value)
{
	enum json_type json = json_scan_type(value);
	int64_t number;

	switch (type) {
	case FIELD_TEXT:
		return json == JSON_TEXT;
	case FIELD_MONEY:
		return api_body_money_of(value, &number);
	case FIELD_WHOLE:
		return json_as_int(value, &number) && number >= 0 && number <= WHOLE_MAX;
	case FIELD_BOOL:
		return json == JSON_BOOL;
	case FIELD_NAMES:
		return json == JSON_LIST && all_texts(value);
	case FIELD_LIST:
		return json == JSON_LIST;
	case FIELD_MAP:
		return json == JSON_MAP;
	case FIELD_ANY:
		return true;
	}
	return false;
}

/* null, false, 0, "", [] and {}: what clients send for fields they do not use. */
static bool api_body_is_empty(struct slice value)
{
	struct json_cursor cursor;
	int64_t number;
	bool yes;

	switch (json_scan_type(value)) {
	case JSON_NIL:
		return true;
	case JSON_BOOL:
		return json_as_bool(value, &yes) && !yes;
	case JSON_NUMBER:
		return api_body_money_of(value, &number) && number == 0;
	case JSON_TEXT:
		return value.len <= 2;
	case JSON_LIST:
	case JSON_MAP:
		cursor = json_cursor(value);
		return !json_next(&cursor);
	default:
		return false;
	}
}

static const struct body_field *find_field(
    const struct body_field *fields, size_t count, const struct json_cursor *member)
{
	for (size_t i = 0; i < count; i++)
		if (json_key_is(member, fields[i].name))
			return &fields[i];
	return NULL;
}

/* How many letters of the shorter name stand at the same place from either end: enough to find
 * "max_bugdet" and "budget_durations". */
static size_t likeness(struct slice a, const char *b)
{
	size_t len = strlen(b), shorter = a.len < len ? a.len : len, same = 0, tail = 0;

	while (same < shorter && a.ptr[same] == b[same])
		same++;
	while (tail < shorter - same && a.ptr[a.len - 1 - tail] == b[len - 1 - tail])
		tail++;
	return (same + tail) * 3 >= len * 2 ? same + tail : 0;
}

static int refuse_unknown(struct api_call *call, const struct body_field *fields, size_t count,
    struct slice key, struct error *err)
{
	const char *near = NULL, *name = arena_copy_slice(call->arena, key);
	size_t best = 0;

	for (size_t i = 0; i < count; i++) {
		size_t like = likeness(key, fields[i].name);

		if (like > best) {
			best = like;
			near = fields[i].name;
		}
	}
	if (near)
		return api_refuse(call, name, err,
		    "'%.60s' is not a field of %s; did you mean '%s'?", name, call->request->path,
		    near);
	return api_refuse(
	    call, name, err, "'%.60s' is not a field of %s", name, call->request->path);
}

static int check_field(
    struct api_call *call, const struct body_field *field, struct slice value, struct error *err)
{
	if (field->use == FIELD_REFUSED) {
		if (api_body_is_empty(value))
			return 0;
		return api_wrong(call, field->name, err, "%s is not offered: %s", field->name,
		    field->why ? field->why : "it would have no effect here");
	}
	if (json_scan_type(value) == JSON_NIL)
		return 0;
	if (type_fits(field->type, value) &&
	    (field->type != FIELD_TEXT || json_as_text(value, call->arena))) /* no zero byte */
		return 0;
	return api_refuse(
	    call, field->name, err, "%s: expected %s", field->name, type_words[field->type]);
}

static void api_body_keep(
    struct api_call *call, const struct body_field *field, struct slice value, struct text *extra)
{
	if (!extra->len)
		json_write(extra, "{");
	json_write(extra, "%:%r", field->name, value);
	if (field->use == FIELD_KEPT && !api_body_is_empty(value))
		api_notice(call, "%s is kept and given back; it limits nothing here%s%s",
		    field->name, field->why ? ": " : "", field->why ? field->why : "");
}

static int end_extra(
    struct api_call *call, struct text *extra, struct api_body *out, struct error *err)
{
	if (!extra->len)
		return 0;
	json_write(extra, "}");
	if (text_failed(extra))
		return api_wrong(call, NULL, err,
		    "the fields that are only kept are longer than %d bytes together", EXTRA_MAX);
	out->extra = arena_copy_slice(call->arena, text_slice(extra));
	return 0;
}

int api_body_json(struct api_call *call, struct slice *out, struct error *err)
{
	*out = json_without_mark(call->request->body);
	if (!out->len)
		*out = slice_of("{}");
	return json_scan_check(*out, err) == 0 ? 0 : error_prefix(err, "the body is not JSON");
}

int api_body_read(struct api_call *call, const struct body_field *fields, size_t count,
    struct api_body *out, struct error *err)
{
	struct slice json;

	if (api_body_json(call, &json, err) != 0)
		return -1;
	return api_body_read_part(call, json, fields, count, out, err);
}

int api_body_read_part(struct api_call *call, struct slice json, const struct body_field *fields,
    size_t count, struct api_body *out, struct error *err)
{
	AUTO_TEXT struct text extra = text_empty(EXTRA_MAX);

	*out = (struct api_body){ .json = json };
	if (json_scan_type(json) != JSON_MAP)
		return api_refuse(call, NULL, err, "the body: expected an object");
	for (struct json_cursor member = json_cursor(json); json_next(&member);) {
		const struct body_field *field = find_field(fields, count, &member);

		if (!field)
			return refuse_unknown(call, fields, count, member.key, err);
		if (check_field(call, field, member.value, err) != 0)
			return -1;
		if (field->use == FIELD_KEPT || field->use == FIELD_NOTED)
			api_body_keep(call, field, member.value, &extra);
	}
	return end_extra(call, &extra, out, err);
}

enum field_state body_state(const struct api_body *body, const char *name)
{
	struct slice value = json_member(body->json, name);

	if (!value.ptr)
		return FIELD_ABSENT;
	return json_scan_type(value) == JSON_NIL ? FIELD_NULL : FIELD_GIVEN;
}

const char *body_text(const struct api_call *call, const struct api_body *body, const char *name)
{
	return json_as_text(json_member(body->json, name), call->arena);
}

const char *body_json(const struct api_call *call, const struct api_body *body, const char *name)
{
	if (body_state(body, name) != FIELD_GIVEN)
		return NULL;
	return arena_copy_slice(call->arena, json_member(body->json, name));
}

int64_t body_whole(const struct api_body *body, const char *name, int64_t fallback)
{
	int64_t value = fallback;

	if (body_state(body, name) == FIELD_GIVEN)
		(void)json_as_int(json_member(body->json, name), &value); /* checked already */
	return value;
}

int64_t body_money(const struct api_body *body, const char *name, int64_t fallback)
{
	int64_t value = fallback;

	if (body_state(body, name) == FIELD_GIVEN)
		(void)api_body_money_of(
		    json_member(body->json, name), &value); /* checked already */
	return value;
}

bool body_bool(const struct api_body *body, const char *name, bool fallback)
{
	bool value = fallback;

	if (body_state(body, name) == FIELD_GIVEN)
		(void)json_as_bool(json_member(body->json, name), &value); /* checked already */
	return value;
}

int api_span(
    struct api_call *call, const char *field, const char *text, int64_t *out_ms, struct error *err)
{
	static const struct {
		const char *unit;
		int64_t seconds;
	} units[] = { { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { "w", 604800 },
		{ "mo", 2592000 } };
	size_t digits = strspn(text, "0123456789");
	int64_t count;

	if (number_whole((struct slice){ text, digits }, 0, 1000000, &count, NULL) == 0)
		for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
			if (strcmp(text + digits, units[i].unit) == 0 &&
			    count <= 10 * 366 * INT64_C(86400) / units[i].seconds) {
				*out_ms = count * units[i].seconds * 1000;
				return 0;
			}
	return api_refuse(call, field, err,
	    "%s: expected a span as 30s, 15m, 24h, 30d, 2w or 1mo, at most ten years", field);
}
