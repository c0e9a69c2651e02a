/*
 * What handlers of the management API share.  See the header.
 */
#include "management/api_call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json_build.h"
#include "base/number.h"
#include "management/wire.h"

#include "base/banned.h"

#define DAY_MS INT64_C(86400000)

static int api_call_refuse(struct api_call *call, int status, const char *param, struct error *err,
    const char *fmt, va_list ap) __attribute__((format(printf, 5, 0)));
static int api_call_refuse(struct api_call *call, int status, const char *param, struct error *err,
    const char *fmt, va_list ap)
{
	char text[400];

	vsnprintf(text, sizeof text, fmt, ap);
	call->status = status;
	call->param = param ? arena_printf(call->arena, "%.100s", param) : NULL;
	return error_set(err, ERROR_BAD_REQUEST, "%s", text);
}

int api_refuse(struct api_call *call, const char *param, struct error *err, const char *fmt, ...)
{
	va_list ap;
	int result;

	va_start(ap, fmt);
	result = api_call_refuse(call, 422, param, err, fmt, ap);
	va_end(ap);
	return result;
}

int api_wrong(struct api_call *call, const char *param, struct error *err, const char *fmt, ...)
{
	va_list ap;
	int result;

	va_start(ap, fmt);
	result = api_call_refuse(call, 0, param, err, fmt, ap);
	va_end(ap);
	return result;
}

void api_notice(struct api_call *call, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (!call->notices)
		call->notices = json_array();
	json_append(call->notices, json_string(text));
}

/* ---- the query ---- */

int api_query_only(struct api_call *call, const char *names, struct error *err)
{
	for (size_t i = 0; i < call->query.count; i++)
		if (!text_is_one_of(call->query.fields[i].name, names))
			return api_refuse(call, call->query.fields[i].name, err,
			    "'%.60s' is not a parameter of %s (there are: %s)",
			    call->query.fields[i].name, call->request->path,
			    *names ? names : "none");
	return 0;
}

const char *api_query(struct api_call *call, const char *name)
{
	return form_text(&call->query, name, call->arena);
}

int api_query_int(struct api_call *call, const char *name, int64_t least, int64_t most,
    int64_t fallback, int64_t *out, struct error *err)
{
	const char *text = api_query(call, name);

	if (!text) {
		*out = fallback;
		return 0;
	}
	if (number_whole(slice_of(text), least, most, out, NULL) != 0)
		return api_refuse(call, name, err, "%s: expected a whole number from %lld to %lld",
		    name, (long long)least, (long long)most);
	return 0;
}

int api_query_bool(
    struct api_call *call, const char *name, bool fallback, bool *out, struct error *err)
{
	const char *text = form_get(&call->query, name); /* "" is neither */
	bool yes = text && (text_is_one_of(text, "true True 1"));

	if (text && !yes && strcmp(text, "false") != 0 && strcmp(text, "False") != 0 &&
	    strcmp(text, "0") != 0)
		return api_refuse(call, name, err, "%s: expected true or false", name);
	*out = text ? yes : fallback;
	return 0;
}

/* timegm takes 2026-02-30 as the second of March: a moment is one that comes back as it was. */
static bool comes_back(const struct tm *tm, time_t at)
{
	struct tm back;

	return gmtime_r(&at, &back) && tm->tm_mon == back.tm_mon && tm->tm_mday == back.tm_mday &&
	       tm->tm_hour == back.tm_hour && tm->tm_min == back.tm_min &&
	       tm->tm_sec == back.tm_sec;
}

int api_query_time(
    struct api_call *call, const char *name, bool is_end, int64_t *out_ms, struct error *err)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d" };
	const char *text = api_query(call, name);

	*out_ms = 0;
	if (!text)
		return 0;
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
		struct tm tm = { 0 }, copy;
		const char *end = strptime(text, forms[i], &tm);
		time_t at;

		if (!end || !(*end == '\0' || strcmp(end, "Z") == 0))
			continue;
		copy = tm;
		at = timegm(&copy);
		if (at <= 0 || !comes_back(&tm, at))
			break;
		*out_ms = (int64_t)at * 1000 + (i == 2 && is_end ? DAY_MS - 1 : 0);
		return 0;
	}
	return api_refuse(call, name, err,
	    "%s: '%.40s' is not a date; write it as 2026-12-31, or with a time as "
	    "2026-12-31T09:00:00",
	    name, text);
}

int api_query_word(
    struct api_call *call, const char *name, const char *words, const char **out, struct error *err)
{
	*out = api_query(call, name);
	if (!*out || text_is_one_of(*out, words))
		return 0;
	return api_refuse(call, name, err, "%s: expected one of: %s", name, words);
}

int api_page_read(struct api_call *call, const char *size_name, int64_t fallback, int64_t most,
    struct api_page *out, struct error *err)
{
	*out = (struct api_page){ .size_name = size_name };
	return api_query_int(call, "page", 1, 1000000, 1, &out->page, err) != 0
		   ? -1
		   : api_query_int(call, size_name, 1, most, fallback, &out->size, err);
}

void api_page_write(const struct api_page *page, int64_t total, json_t *answer)
{
	json_set_all(answer, "total page", total, page->page);
	json_set_int(answer, page->size_name, page->size);
	json_set_int(answer, "total_pages", (total + page->size - 1) / page->size);
}

json_t *api_page_of(const struct api_page *page, const char *name, const json_t *all)
{
	json_t *answer = json_object(), *part = json_array();
	size_t first = (size_t)((page->page - 1) * page->size);

	for (size_t i = first; i < first + (size_t)page->size && i < json_array_size(all); i++)
		json_append(part, json_incref(json_array_get(all, i)));
	json_set(answer, name, part);
	api_page_write(page, (int64_t)json_array_size(all), answer);
	return answer;
}

const char *api_json_text(struct api_call *call, json_t *value)
{
	AUTO_TEXT struct text text;

	text_init(&text, call->request->body.len + 65536);
	wire_write(&text, value);
	json_decref(value);
	return arena_copy_slice(call->arena, text_slice(&text));
}

/* ---- keys ---- */

int api_find_key(
    struct api_call *call, const char *which, struct virtual_key *out, struct error *err)
{
	int result = keys_find(call->store, which, call->arena, out, err);

	if (result != 0 && err->kind == ERROR_NOT_FOUND) {
		call->param = "key";
		return error_set(err, ERROR_NOT_FOUND, "Key not found in database");
	}
	return result;
}

bool api_may_look(const struct api_call *call)
{
	return call->key.is_master || strcmp(call->key.role, "client") != 0;
}

bool api_may_change(const struct api_call *call)
{
	return call->key.is_master || strcmp(call->key.role, "admin") == 0;
}
