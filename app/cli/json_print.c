/*
 * Thin words over jansson.  Its setters fail only for bytes that are no UTF-8, which then become
 * null.
 */
#include "cli/json_print.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/number.h"

#include "base/banned.h"

void json_print(json_t *root)
{
	/* A full disk or a closed pipe shows in ferror(stdout), which the command line looks at. */
	(void)json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

void json_set_text(json_t *object, const char *name, const char *text)
{
	json_t *value = text ? json_string(text) : NULL;

	(void)json_object_set_new(
	    object, name, value ? value : json_null()); /* cannot fail: see above */
}

void json_set_int(json_t *object, const char *name, int64_t value)
{
	(void)json_object_set_new(object, name, json_integer(value)); /* cannot fail */
}

void json_set_bool(json_t *object, const char *name, int value)
{
	(void)json_object_set_new(object, name, json_boolean(value)); /* cannot fail */
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
		json_set_text(object, name, NULL);
	else
		json_set_text(object, name, clock_iso(wall_ms).text);
}
