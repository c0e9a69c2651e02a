/*
 * What may be cached.  See the header.
 */
#include "cache/cache_wish.h"

#include <strings.h>

#include "base/json_scan.h"
#include "base/number.h"

#include "base/banned.h"

#define NAME_SPACE_MAX 128
#define SECONDS_MAX    31536000 /* a year */

/* The kinds of call that `supported_call_types` names, by the client's format. */
static unsigned call_type(enum wire_format_id format)
{
	switch (format) {
	case WIRE_EMBEDDINGS:
	case WIRE_GEMINI_EMBED:
	case WIRE_GEMINI_EMBED_BATCH:
		return CACHE_EMBEDDING;
	case WIRE_MEDIA: /* of forms not even the body is at hand */
		return 0;
	case WIRE_COMPLETIONS:
		return CACHE_TEXT_COMPLETION;
	default:
		return CACHE_COMPLETION;
	}
}

static bool is_zero(struct slice number)
{
	int64_t value;

	return json_scan_type(number) == JSON_NUMBER && json_as_int(number, &value) && value == 0;
}

/* Asked again it would say the same, as nearly as models do. */
static bool is_repeatable(const struct chat_request *request)
{
	struct slice sampling;

	if (call_type(request->format) == CACHE_EMBEDDING)
		return true;
	if (request->format != WIRE_GEMINI)
		return is_zero(chat_request_member(request, "temperature"));
	sampling = chat_request_member(request, "generationConfig");
	if (!sampling.ptr)
		sampling = chat_request_member(request, "generation_config");
	return is_zero(json_member(sampling, "temperature"));
}

/* ---- what the client says ---- */

struct said {
	bool no_cache, no_store, use_cache;
	int64_t ttl_s, max_age_s; /* -1: not said */
	struct slice name_space;
};

static int read_flag(struct slice value, const char *name, bool *out, struct error *err)
{
	if (json_scan_type(value) == JSON_NIL || json_as_bool(value, out))
		return 0;
	return error_set(err, ERROR_BAD_REQUEST, "cache.%s: expected true or false", name);
}

static int read_seconds(struct slice value, const char *name, int64_t *out, struct error *err)
{
	if (json_scan_type(value) == JSON_NIL)
		return 0;
	if (json_as_int(value, out) && *out >= 0 && *out <= SECONDS_MAX)
		return 0;
	return error_set(err, ERROR_BAD_REQUEST,
	    "cache.%s: expected a whole number of seconds from 0 to %d", name, SECONDS_MAX);
}

static int read_name_space(struct slice value, struct slice *out, struct error *err)
{
	if (json_scan_type(value) != JSON_TEXT || value.len > NAME_SPACE_MAX)
		return error_set(err, ERROR_BAD_REQUEST,
		    "cache.namespace: expected a text of at most %d bytes", NAME_SPACE_MAX);
	*out = value;
	return 0;
}

static int read_control(const struct json_cursor *member, struct said *said, struct error *err)
{
	const struct {
		const char *name;
		bool *flag;
		int64_t *seconds;
	} controls[] = {
		{ "no-cache", &said->no_cache, NULL },
		{ "no-store", &said->no_store, NULL },
		{ "use-cache", &said->use_cache, NULL },
		{ "ttl", NULL, &said->ttl_s },
		{ "s-maxage", NULL, &said->max_age_s },
		{ "s-max-age", NULL, &said->max_age_s },
	};

	for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++) {
		if (!json_key_is(member, controls[i].name))
			continue;
		return controls[i].flag
			   ? read_flag(member->value, controls[i].name, controls[i].flag, err)
			   : read_seconds(
				 member->value, controls[i].name, controls[i].seconds, err);
	}
	return json_key_is(member, "namespace")
		   ? read_name_space(member->value, &said->name_space, err)
		   : 0; /* what is not known is no reason to refuse a call */
}

static int read_said(const struct chat_request *request, struct said *said, struct error *err)
{
	struct slice cache = chat_request_member(request, "cache");

	if (!cache.ptr || json_scan_type(cache) == JSON_NIL)
		return 0;
	if (json_scan_type(cache) != JSON_MAP)
		return error_set(err, ERROR_BAD_REQUEST,
		    "cache: expected an object such as {\"no-cache\": true}");
	for (struct json_cursor member = json_cursor(cache); json_next(&member);)
		if (read_control(&member, said, err) != 0)
			return -1;
	return 0;
}

static bool header_has(const char *header, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = header; at && *at; at++)
		if (strncasecmp(at, word, len) == 0)
			return true;
	return false;
}

/* Is the cache given to a request like this one, before it says yes or no? */
static bool is_given(const struct cache_settings *settings, const struct chat_request *request)
{
	return !settings->on_demand && (!settings->only_repeatable || is_repeatable(request));
}

int cache_wish_read(const struct cache_settings *settings, const struct chat_request *request,
    const char *cache_control, struct arena *arena, struct cache_wish *out, struct error *err)
{
	struct said said = { .ttl_s = -1, .max_age_s = -1 };

	*out = (struct cache_wish){ .max_age_ms = -1, .name_space = "" };
	if (!settings->enabled || !(settings->call_types & call_type(request->format)))
		return 0;
	if (read_said(request, &said, err) != 0)
		return -1;
	out->ttl_ms = said.ttl_s >= 0 ? said.ttl_s * 1000 : settings->ttl_ms;
	out->max_age_ms = said.max_age_s >= 0 ? said.max_age_s * 1000 : -1;
	if (said.name_space.ptr)
		out->name_space = arena_copy_slice(arena, said.name_space);
	if (!said.use_cache && !is_given(settings, request))
		return 0;
	out->look = !said.no_cache && !header_has(cache_control, "no-cache");
	out->keep = !said.no_store && !header_has(cache_control, "no-store") && out->ttl_ms > 0;
	return 0;
}
