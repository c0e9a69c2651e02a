#ifndef VIEWS_CHECK_REPORT_H
#define VIEWS_CHECK_REPORT_H

/*
 * What `sideways check` finds out about settings that can be used: the ladder of deployments,
 * where each fallback leads, what no bound can be given for, and the most that a day can cost.
 * Made from a catalog, in an arena; texts are borrowed from both.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "relay/catalog.h"

struct ladder_row { /* by tier, then price; what has no price comes last */
	const struct group *group;
	const struct member *member;
	bool by_model;        /* a wildcard: price and tier follow the model that is asked for */
	int64_t blended_pico; /* -1: no price */
};

struct fallback_row {
	const char *list; /* "fallbacks", ... */
	const char *group, *target;
	bool is_default; /* from the chain of "*" */
	bool known;      /* both tiers are known; else the next two mean nothing */
	enum direction direction;
	int64_t
	    percent; /* target's blended price against the group's; -1: the group costs nothing */
};

struct gap_row { /* a deployment for which some requests have no bound, and so are refused */
	const struct member *member;
	bool no_window, no_output;
};

struct tool_row { /* that a deployment lets run at its provider */
	const struct member *member;
	const char *name;
	int64_t uses;
	bool limited;      /* the provider takes the number; else it is an expectation */
	const char *fault; /* why requests that name it are refused all the same; NULL: they go */
	int64_t most_nano; /* that it adds to a call at most */
};

struct day_cost {
	bool bounded;
	int64_t most_nano;
	bool by_proxy;         /* the proxy's budget is what caps it */
	const char **uncapped; /* "group: provider/model" of deployments that nothing caps */
	size_t uncapped_count;
};

struct check_report {
	struct ladder_row *ladder;
	size_t ladder_count;
	struct fallback_row *fallbacks;
	size_t fallback_count;
	struct gap_row *gaps;
	size_t gap_count;
	struct tool_row *tools;
	size_t tool_count;
	struct day_cost day, weekend, month; /* weekend: any three days in a row */
};

void check_report_make(
    const struct catalog *catalog, struct arena *arena, struct check_report *out);

/* Days from midnight to midnight, months from the first to the first, in the settings' zone. */
enum check_span { CHECK_DAY, CHECK_THREE_DAYS, CHECK_MONTH };

/* check_day.c.  The most that budgets allow in any such span: a period counts as often as its
 * windows can touch one, each in full, since all of it may be spent there.  So three days cost two
 * months' budgets where a month may end in them. */
void check_days_make(
    const struct catalog *catalog, enum check_span span, struct arena *arena, struct day_cost *out);

/* check_tools.c.  One tool of a deployment, a server_tool_id; false: it is not allowed there. */
bool check_tool(const struct member *member, int id, struct tool_row *out);

/* After the ladder was made. */
void check_tools_make(struct arena *arena, struct check_report *out);

/* check_json.c: for programs. */
json_t *check_report_json(const struct catalog *catalog, const struct check_report *report);
/* null where they are not known. */
void check_set_tokens(json_t *object, const char *name, int64_t tokens);

#endif
