/*
 * Matching a path with the rows of a route table.  The table is short (tens of rows), so it is
 * walked; a row without "{}" that matches ends the walk wherever it stands, so what is asked for
 * most stands first.
 */
#include "web/router.h"

#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

/* Does path fit the pattern?  "{}" takes all that is left before the literal that ends the pattern,
 * slashes too (names of models hold them), and never nothing. */
static bool path_fits(const char *pattern, const char *path, struct slice *out_parameter)
{
	*out_parameter = (struct slice){ "", 0 };
	for (; *pattern && *pattern != '{' && *pattern == *path; pattern++)
		path++;
	if (*pattern != '{')
		return *pattern == *path;
	const char *after = pattern + 2;
	size_t len = strlen(path), after_len = strlen(after);

	if (len <= after_len)
		return false;
	len -= after_len;
	if (strcmp(path + len, after) != 0)
		return false;
	*out_parameter = (struct slice){ path, len };
	return true;
}

static bool method_fits(const char *row, const char *asked)
{
	return strcmp(row, asked) == 0 || (strcmp(asked, "HEAD") == 0 && strcmp(row, "GET") == 0);
}

static bool holds_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(list, word); at; at = strstr(at + 1, word))
		if ((at == list || at[-1] == ' ') && (at[len] == '\0' || at[len] == ','))
			return true;
	return false;
}

static void allow(char list[64], const char *method)
{
	size_t have = strlen(list), len = strlen(method);

	if (holds_word(list, method) || have + len + 3 > 64)
		return;
	if (have) {
		memcpy(list + have, ", ", 2);
		have += 2;
	}
	memcpy(list + have, method, len + 1);
}

enum route_found router_find(const struct route *routes, size_t count,
    const struct web_request *request, const struct route **out_route, struct slice *out_parameter,
    char out_allow[64])
{
	const struct route *found = NULL;
	char allowed[64] = "";

	for (size_t i = 0; i < count; i++) {
		struct slice parameter;
		if (!path_fits(routes[i].path, request->path, &parameter))
			continue;
		allow(allowed, routes[i].method);
		if (!method_fits(routes[i].method, request->method))
			continue;
		if (!found || parameter.len == 0) {
			found = &routes[i];
			*out_parameter = parameter;
		}
		if (parameter.len == 0)
			break;
	}
	if (found) {
		*out_route = found;
		return ROUTE_FOUND;
	}
	if (!allowed[0])
		return ROUTE_UNKNOWN;
	memcpy(out_allow, allowed, sizeof allowed);
	return ROUTE_OTHER_METHOD;
}
