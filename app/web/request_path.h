#ifndef WEB_REQUEST_PATH_H
#define WEB_REQUEST_PATH_H

/*
 * The canonical path of a request.  REQUEST_URI is what the client sent, and the only variable that
 * every server passes unchanged; PATH_INFO, SCRIPT_NAME and SCRIPT_FILENAME tell which part of it
 * is the place where the program is mounted. Servers differ in those three; where they say nothing
 * of use the program is at the root, or where SIDEWAYS_BASE_PATH, a variable that only the server's
 * configuration can set, says.
 */
#include "base/arena.h"
#include "base/error.h"

struct path_variables { /* as the server passes them; NULL when absent */
	const char *request_uri;
	const char *query_string;
	const char *script_name;
	const char *path_info;
	const char *script_filename;
	const char *mounted_at; /* SIDEWAYS_BASE_PATH */
};

struct canonical_path {
	const char *path;      /* decoded, begins with '/' */
	const char *base_path; /* decoded, "" or "/gw": what stood before path */
	const char *query;     /* raw, "" when there is none */
};

/* ERROR_BAD_REQUEST for a path that two readers could understand in two ways. */
int request_path(const struct path_variables *variables, struct arena *arena,
    struct canonical_path *out, struct error *err);

#endif
