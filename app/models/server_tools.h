#ifndef MODELS_SERVER_TOOLS_H
#define MODELS_SERVER_TOOLS_H

/*
 * Tools that run at the provider: a row for each that is known, with what a request calls it, what
 * limits its uses, and where an answer tells how many there were.  A use reads the input again, and
 * is billed beside the tokens at the price of PROVIDER and the tool's name (config/prices.tsv).
 *
 * What has no row has no bound here and is refused.
 */
#include "base/slice.h"
#include "settings/settings.h"

/* Whose words a request is in. */
enum tool_dialect { TOOLS_OF_CHAT, TOOLS_OF_MESSAGES, TOOLS_OF_RESPONSES, TOOLS_OF_GEMINI };

enum uses_limit {
	USES_PER_TOOL,    /* its own member max_uses */
	USES_OF_ALL,      /* max_tool_calls, of all tools of the request together */
	USES_ARE_RESULTS, /* max_search_results: what is counted and billed is a result */
	USES_UNLIMITED,   /* the provider takes none: what is held is the deployment's expected_uses
			   */
};

struct server_tool {
	enum server_tool_id id;
	enum tool_dialect dialect;
	const char *providers; /* words; NULL: any that speaks so */
	const char *type;      /* how the tool's type begins; chat, Gemini: a member's name */
	enum uses_limit limit;
	/* Where an answer tells the uses: a member of usage, at Gemini of a candidate; a list
	 * counts by its length.  NULL: nowhere but in calls. */
	const char *told_in, *told_as;
	const char *call; /* the item, block or part of a use; NULL: uses are only told */
};

/* Uses by tool. */
struct tool_uses {
	int64_t of[SERVER_TOOL_COUNT];
};

const struct server_tool *server_tool_at(size_t index); /* NULL after the last */

/* The row of a type, of any provider; NULL: there is none. */
const struct server_tool *server_tool_by_type(enum tool_dialect dialect, struct slice type);

/* The row that holds at a provider; NULL: it is not known to have the tool. */
const struct server_tool *server_tool_of(
    enum tool_dialect dialect, const char *provider, enum server_tool_id id);

/* How often a request may use one at this deployment; 0: never, also where it is allowed with the
 * wrong word (expected_uses is wanted where the provider takes no limit). */
int64_t server_tool_uses(
    const struct deployment *deployment, enum tool_dialect dialect, enum server_tool_id id);

/* How many more windows of input so many uses read: results of one search are read at once. */
int64_t server_tool_windows(const struct server_tool *row, int64_t uses);

/* The word by which it is allowed: max_uses or expected_uses. */
const char *server_tool_word(const struct server_tool *row);

#endif
