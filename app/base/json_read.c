/*
 * jansson with limits and paths.  See the header.
 */
#include "base/json_read.h"

#include <math.h>
#include <string.h>

#include "base/json_scan.h"

#include "base/banned.h"

json_t *json_read(struct slice text, struct error *err)
{
	json_error_t why;
	json_t *root;

	if (json_scan_check(text, err) !=
	    0) /* also limits the depth, which jansson recurses into */
		return NULL;
	root = json_loadb(text.ptr, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	if (!root)
		(void)error_set(err, ERROR_BAD_REQUEST, "not usable JSON at byte %d", why.position);
	return root;
}

const json_t *json_read_at(const json_t *root, const char *path)
{
	while (root && *path) {
		size_t len = strcspn(path, ".");

		root = json_is_object(root) ? json_object_getn(root, path, len) : NULL;
		path += len + (path[len] == '.');
	}
	return root;
}

const char *json_read_text(const json_t *root, const char *path)
{
	return json_string_value(json_read_at(root, path));
}

int64_t json_read_int(const json_t *root, const char *path, int64_t fallback)
{
	const json_t *value = json_read_at(root, path);

	if (json_is_integer(value))
		return json_integer_value(value);
	if (json_is_real(value) && fabs(json_real_value(value)) < 9e18 &&
	    rint(json_real_value(value)) == json_real_value(value))
		return (int64_t)json_real_value(value);
	return fallback;
}

bool json_read_true(const json_t *root, const char *path)
{
	return json_is_true(json_read_at(root, path));
}
