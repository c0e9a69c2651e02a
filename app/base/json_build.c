/*
 * Thin words over jansson.  Its setters fail only for bytes that are no UTF-8, which then become
 * null.
 */
#include "base/json_build.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/number.h"

#include "base/banned.h"

void json_set(json_t *object, const char *name, json_t *value)
{
	(void)json_object_set_new(object, name, value); /* cannot fail: names are plain */
}

void json_append(json_t *array, json_t *value)
{
	(void)json_array_append_new(array, value); /* cannot fail */
}

void json_set_null(json_t *object, const char *name)
{
	json_set(object, name, json_null());
}

void json_set_text(json_t *object, const char *name, const char *text)
{
	json_t *value = text ? json_string(text) : NULL;

	json_set(object, name, value ? value : json_null());
}

void json_set_int(json_t *object, const char *name, int64_t value)
{
	json_set(object, name, json_integer(value));
}

void json_set_bool(json_t *object, const char *name, int value)
{
	json_set(object, name, json_boolean(value));
}

void json_set_money(json_t *object, const char *name, int64_t nano)
{
	char key[64];

	snprintf(key, sizeof key, "%s_nano", name);
	json_set_int(object, key, nano);
	snprintf(key, sizeof key, "%s_usd", name);
	json_set_text(object, key, number_dollars_bare(nano).text);
}

void json_set_time(json_t *object, const char *name, int64_t wall_ms)
{
	if (wall_ms == 0 || wall_ms == INT64_MAX)
		json_set_null(object, name);
	else
		json_set_text(object, name, clock_iso(wall_ms).text);
}

char *json_text(const json_t *value, size_t flags, struct arena *arena)
{
	AUTO_FREE char *text = json_dumps(value, flags);

	return arena_copy(arena, text);
}

json_t *json_if(bool good, json_t *tree)
{
	if (good)
		return tree;
	json_decref(tree);
	return NULL;
}

static void set_value(json_t *object, const char *name, char mark, const struct argument *value)
{
	if (mark == '$')
		json_set_money(object, name, value->whole);
	else if (mark == '@')
		json_set_time(object, name, value->whole);
	else if (mark == '?')
		json_set_bool(object, name, value->whole != 0);
	else if (value->type == ARGUMENT_TEXT)
		json_set_text(object, name, value->text);
	else if (value->type == ARGUMENT_TREE)
		json_set(object, name, value->tree);
	else
		json_set_int(object, name, value->whole);
}

void json_set_values(json_t *object, const struct argument *names_and_values)
{
	const struct argument *value = names_and_values;
	char name[64];

	for (const char *at = value->text; *at; at += *at == ' ') {
		size_t len = strcspn(at, " $@?");

		snprintf(name, sizeof name, "%.*s", (int)len, at);
		at += len;
		set_value(object, name, *at, ++value);
		at += strcspn(at, " ");
	}
}
