/*
 * From the variables of four kinds of servers to one path.
 *
 * The path of REQUEST_URI is decoded once and checked; then the mount point is taken off its
 * front.  The mount point is found as: what the configuration says; what stands before PATH_INFO;
 * what stands before the path of Apache's proxy:fcgi://host/path; SCRIPT_NAME when it names a .cgi
 * or .fcgi file. A server that rewrites (/v1/x to /app.cgi/v1/x) keeps the original in REQUEST_URI,
 * and so the client's path wins.
 */
#include "web/request_path.h"

#include <stdbool.h>
#include <string.h>

#include "base/slice.h"

#include "base/banned.h"

/* Servers limit the request line to 8 KiB; more than that has not come through one. */
#define PATH_BYTES_MAX 16384

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* "http://host/path" (the absolute form, which proxies send) loses its front. */
static struct slice path_of_target(const char *target)
{
	const char *start = target;
	const char *scheme = strstr(target, "://");

	if (scheme && target[0] != '/') {
		start = scheme + 3;
		start += strcspn(start, "/?#");
	}
	return (struct slice){ start, strcspn(start, "?#") };
}

static const char *query_of_target(const struct path_variables *variables)
{
	const char *mark = variables->request_uri ? strchr(variables->request_uri, '?') : NULL;

	if (mark)
		return mark + 1;
	if (!variables->request_uri && variables->query_string)
		return variables->query_string;
	return "";
}

/* Names of models hold slashes, and the SDKs of OpenAI and Azure encode them. */
static bool names_a_model(struct slice before)
{
	static const char *const fronts[] = { "/models/", "/deployments/" };

	for (size_t i = 0; i < sizeof fronts / sizeof fronts[0]; i++)
		if (memmem(before.ptr, before.len, fronts[i], strlen(fronts[i])))
			return true;
	return false;
}

/* One byte, '/' only behind what names a model: there it means what a plain one means. */
static int decode_byte(const char *at, size_t left, struct slice before, struct error *err)
{
	int high = left > 2 ? hex_digit(at[1]) : -1;
	int low = left > 2 ? hex_digit(at[2]) : -1;

	if (high < 0 || low < 0)
		return error_set(
		    err, ERROR_BAD_REQUEST, "path: '%%' is not followed by two hex digits");
	int byte = high * 16 + low;
	if (byte == '\\' || (byte == '/' && !names_a_model(before)))
		return error_set(err, ERROR_BAD_REQUEST,
		    "path: an encoded %s is not accepted; send it unencoded or leave it out",
		    byte == '/' ? "'/' (%2f)" : "'\\' (%5c)");
	return byte;
}

/* Decodes into out, which has room for raw.len + 1 bytes. */
static int request_path_decode(struct slice raw, char *out, struct error *err)
{
	size_t len = 0;

	for (size_t i = 0; i < raw.len; i++) {
		int byte = (unsigned char)raw.ptr[i];
		if (byte == '\\')
			return error_set(err, ERROR_BAD_REQUEST, "path: holds a backslash");
		if (byte == '%') {
			byte =
			    decode_byte(raw.ptr + i, raw.len - i, (struct slice){ out, len }, err);
			if (byte < 0)
				return -1;
			i += 2;
		}
		if (byte < 0x20 || byte == 0x7f)
			return error_set(err, ERROR_BAD_REQUEST,
			    "path: holds a control byte (0x%02x)", (unsigned)byte);
		out[len++] = (char)byte;
	}
	out[len] = '\0';
	return 0;
}

/* "." and ".." are refused and not resolved: what a client means by them is nobody's guess. */
static int check_segments(const char *path, struct error *err)
{
	for (const char *at = path; at; at = strchr(at + 1, '/')) {
		size_t len = strcspn(at + 1, "/");
		if (len == 0 && at[1] == '/')
			return error_set(err, ERROR_BAD_REQUEST,
			    "path: holds '//' (does the base URL end with a '/'?)");
		if ((len == 1 && at[1] == '.') || (len == 2 && at[1] == '.' && at[2] == '.'))
			return error_set(err, ERROR_BAD_REQUEST, "path: holds a '%.*s' segment",
			    (int)len, at + 1);
	}
	return 0;
}

/* How many bytes of path stand before its ending `tail`; -1 when it ends otherwise. */
static long before_tail(const char *path, const char *tail)
{
	size_t len = strlen(path), tail_len = tail ? strlen(tail) : 0;

	if (tail_len == 0 || tail[0] != '/' || tail_len > len ||
	    strcmp(path + len - tail_len, tail) != 0)
		return -1;
	return (long)(len - tail_len);
}

/* The length of `front` when path goes on after it with '/' or ends there; -1 otherwise. */
static long after_front(const char *path, const char *front)
{
	size_t len = front ? strlen(front) : 0;

	while (len && front[len - 1] == '/')
		len--;
	if (len == 0 || front[0] != '/' || strncmp(path, front, len) != 0 ||
	    (path[len] != '/' && path[len] != '\0'))
		return -1;
	return (long)len;
}

static bool names_a_script(const char *name)
{
	size_t len = name ? strlen(name) : 0;

	return len > 4 && (strcmp(name + len - 4, ".cgi") == 0 ||
			      (len > 5 && strcmp(name + len - 5, ".fcgi") == 0));
}

/* Apache's mod_proxy_fcgi under ProxyPass gives no PATH_INFO, and SCRIPT_NAME is the whole path;
 * but SCRIPT_FILENAME is "proxy:fcgi://localhost:9000/v1/models" with the part behind the mount
 * point. */
static const char *proxied_path(const char *script_filename)
{
	if (!script_filename || strncmp(script_filename, "proxy:", 6) != 0)
		return NULL;
	const char *authority = strstr(script_filename, "://");
	return authority ? strchr(authority + 3, '/') : NULL;
}

static size_t base_length(const char *path, const struct path_variables *variables)
{
	long base = after_front(path, variables->mounted_at);

	if (base < 0)
		base = before_tail(path, variables->path_info);
	if (base < 0 && (!variables->path_info || !variables->path_info[0]))
		base = before_tail(path, proxied_path(variables->script_filename));
	if (base < 0 && names_a_script(variables->script_name))
		base = after_front(path, variables->script_name);
	return base < 0 ? 0 : (size_t)base;
}

/* Where REQUEST_URI is missing the server has decoded the path already; it is checked all the same.
 */
static int decoded_path(
    const struct path_variables *variables, struct arena *arena, char **out, struct error *err)
{
	struct slice raw;

	if (variables->request_uri)
		raw = path_of_target(variables->request_uri);
	else
		raw = slice_of(arena_printf(arena, "%s%s",
		    variables->script_name ? variables->script_name : "",
		    variables->path_info ? variables->path_info : ""));
	if (raw.len > PATH_BYTES_MAX)
		return error_set(
		    err, ERROR_BAD_REQUEST, "path: %zu bytes, limit %d", raw.len, PATH_BYTES_MAX);
	if (raw.len == 0)
		raw = slice_of("/");
	if (raw.ptr[0] != '/')
		return error_set(err, ERROR_BAD_REQUEST, "path: does not begin with '/'");
	*out = arena_alloc(arena, raw.len + 1);
	if (variables->request_uri)
		return request_path_decode(raw, *out, err);
	memcpy(*out, raw.ptr, raw.len);
	return 0;
}

int request_path(const struct path_variables *variables, struct arena *arena,
    struct canonical_path *out, struct error *err)
{
	char *whole = arena_copy(arena, "/");

	if (decoded_path(variables, arena, &whole, err) < 0 || check_segments(whole, err) < 0)
		return -1;
	size_t base = base_length(whole, variables);
	out->base_path = arena_copy_slice(arena, (struct slice){ whole, base });
	out->path = whole[base] ? whole + base : "/";
	out->query = query_of_target(variables);
	return 0;
}
