#ifndef SETTINGS_ALLOWED_TOOLS_H
#define SETTINGS_ALLOWED_TOOLS_H

/*
 * Tools that run at a provider, by the names that the settings have for them (`server_tools` of a
 * deployment); each use has a price under the same name.  What a provider calls them, and what
 * bounds them there: models/server_tools.h.
 */
#include <stdbool.h>
#include <stdint.h>

enum server_tool_id {
	SERVER_WEB_SEARCH,
	SERVER_WEB_FETCH,
	SERVER_FILE_SEARCH,
	SERVER_CODE_INTERPRETER,
	SERVER_IMAGE_GENERATION,
	SERVER_GOOGLE_SEARCH,
	SERVER_URL_CONTEXT,
	SERVER_CODE_EXECUTION,
	SERVER_LIVE_SEARCH,
	SERVER_X_SEARCH,
	SERVER_TOOL_COUNT
};

extern const char *const server_tool_names[SERVER_TOOL_COUNT];

/* How often a request may use one. */
struct allowed_tool {
	int64_t uses;  /* 0: it is not allowed */
	bool expected; /* `expected_uses`: held, though the provider may go on past it */
};

#endif
