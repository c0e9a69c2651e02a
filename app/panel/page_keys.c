/*
 * The list of keys, and one key.  Changes are in page_key_changes.c.
 */
#include <stdio.h>
#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "base/number.h"
#include "panel/account_values.h"
#include "panel/budget_bars.h"
#include "panel/event_words.h"
#include "panel/page_key.h"
#include "panel/pages.h"
#include "panel/request_words.h"
#include "panel/show.h"
#include "panel/usage.h"
#include "views/view_audit.h"
#include "views/view_keys.h"
#include "views/view_requests.h"
#include "views/view_spend.h"

#include "base/banned.h"

#define DAY_MS        INT64_C(86400000)
#define CHART_DAYS    30
#define ROWS          50
#define LAST_REQUESTS 10
#define LAST_CHANGES  8

/* ---- the list ---- */

struct listing {
	const char *search, *status, *team, *sort;
	bool down;
	const char *after; /* where the page before ended; NULL: the first page */
};

static void read_listing(struct page_call *call, struct listing *out)
{
	const char *order = page_query(call, "order");

	*out = (struct listing){ .search = page_query(call, "search"),
		.status = page_query(call, "status"),
		.team = page_query(call, "team"),
		.sort = page_query(call, "sort"),
		.after = page_query(call, "after") };
	if (!out->sort)
		out->sort = "created";
	out->down = order ? strcmp(order, "down") == 0 : strcmp(out->sort, "created") == 0;
}

static const char *link_to(struct page_call *call, const struct listing *listing, const char *sort,
    bool down, const char *after)
{
	return arena_printf(call->arena, "/keys?search=%s&status=%s&team=%s&sort=%s&order=%s%s%s",
	    form_encode(listing->search ? listing->search : "", call->arena),
	    form_encode(listing->status ? listing->status : "", call->arena),
	    form_encode(listing->team ? listing->team : "", call->arena),
	    form_encode(sort, call->arena), down ? "down" : "up", after ? "&after=" : "",
	    after ? form_encode(after, call->arena) : "");
}

/* A column that can be sorted by: where a click leads, and how it stands now. */
static void add_column(struct page_call *call, json_t *columns, const struct listing *listing,
    const char *title, const char *sort)
{
	bool here = sort && strcmp(listing->sort, sort) == 0;
	bool down = here ? !listing->down : sort && strcmp(sort, "alias") != 0;
	json_t *column = json_object();

	json_set_all(column, "title link sorted mark", title,
	    sort ? link_to(call, listing, sort, down, NULL) : NULL,
	    !here           ? NULL
	    : listing->down ? "descending"
			    : "ascending",
	    !here           ? NULL
	    : listing->down ? "\xE2\x86\x93"
			    : "\xE2\x86\x91");
	json_append(columns, column);
}

static json_t *columns_json(struct page_call *call, const struct listing *listing)
{
	json_t *columns = json_array();

	add_column(call, columns, listing, "Name", "alias");
	add_column(call, columns, listing, "Team", NULL);
	add_column(call, columns, listing, "State", NULL);
	add_column(call, columns, listing, "Budget", NULL);
	add_column(call, columns, listing, "Spent", "spend");
	add_column(call, columns, listing, "Last used", "used");
	add_column(call, columns, listing, "Expires", "expires");
	return columns;
}

static const struct page_choice statuses[] = { { "", "all" }, { "good", NULL }, { "blocked", NULL },
	{ "expired", NULL }, { "deleted", NULL } };

void page_key_row(struct page_call *call, json_t *key)
{
	json_t *budgets = json_object_get(key, "budgets");
	const char *status = json_read_text(key, "status");
	const char *used = json_read_text(key, "last_used_day");
	const char *expires = json_read_text(key, "expires");
	const char *team = json_read_text(key, "team_id");
	json_t *tightest;

	budget_bars(budgets, call->arena);
	tightest = budget_bars_tightest(budgets);
	if (tightest)
		json_object_set(key, "budget", tightest);
	json_set_all(key, "over_budget? is_bad? last_used expires_day team_link",
	    tightest && json_read_true(tightest, "full"), status && strcmp(status, "blocked") == 0,
	    used ? arena_printf(call->arena, "%.10s", used) : NULL,
	    expires ? account_expiry_text(call, show_iso_ms(expires)) : NULL,
	    team ? form_encode(team, call->arena) : NULL);
	json_set_bool(key, "is_admin_key",
	    json_is_string(json_object_get(key, "role")) &&
		strcmp(json_read_text(key, "role"), "client") != 0);
}

json_t *page_keys(struct page_call *call, struct error *err)
{
	struct listing listing;
	struct key_filter filter;
	json_t *data, *one;
	const char *next;
	size_t i;

	read_listing(call, &listing);
	filter = (struct key_filter){ .search = listing.search,
		.status = listing.status,
		.team_id = listing.team,
		.sort = listing.sort,
		.descending = listing.down,
		.after = listing.after,
		.size = ROWS };
	data = view_keys(call->store, &filter, call->timezone, call->now_ms, err);
	if (!data)
		return NULL;
	json_array_foreach(json_object_get(data, "keys"), i, one) page_key_row(call, one);
	next = json_read_text(data, "next");
	json_set_all(data, "search team_filter statuses columns first further", listing.search,
	    listing.team,
	    page_choices(statuses, sizeof statuses / sizeof statuses[0], listing.status),
	    columns_json(call, &listing),
	    listing.after ? link_to(call, &listing, listing.sort, listing.down, NULL) : NULL,
	    next ? link_to(call, &listing, listing.sort, listing.down, next) : NULL);
	return data;
}

/* ---- one key ---- */

json_t *page_key_find(struct page_call *call, struct error *err)
{
	return view_key(call->store, arena_copy_slice(call->arena, call->parameter), call->timezone,
	    call->now_ms, err);
}

int page_account_history(
    struct page_call *call, json_t *data, enum usage_by by, const char *id, struct error *err)
{
	const char *key = by == USAGE_BY_KEY ? id : NULL, *team = key ? NULL : id;
	struct spend_filter spend = { .key_id = key,
		.team_id = team,
		.from_ms = call->now_ms - (CHART_DAYS - 1) * DAY_MS,
		.to_ms = call->now_ms,
		.limit = 20 };
	struct request_filter last = { .key_id = key, .team_id = team, .limit = LAST_REQUESTS };
	struct audit_filter changes = {
		.kind = key ? "key" : "team", .thing_id = id, .limit = LAST_CHANGES
	};
	json_t *chart = usage_history(call, by, id, data, err);
	json_t *models = chart ? view_spend(call->store, SPEND_BY_MODEL, &spend, err) : NULL;

	json_set_all(data, "chart models_spent has_models_spent?", chart ? chart : json_null(),
	    models ? models : json_null(), json_array_size(models) > 0);
	return !models || request_words_add(call, &last, data, err) != 0
		   ? -1
		   : event_words_add(call, &changes, data, err);
}

json_t *page_key(struct page_call *call, struct error *err)
{
	json_t *key = page_key_find(call, err), *data;
	const char *id;

	if (!key)
		return NULL;
	id = json_read_text(key, "id");
	page_key_row(call, key);
	call->title = arena_copy(call->arena, json_read_text(key, "name"));
	data = json_object();
	json_set_all(data, "key may_change? id_link", key,
	    call->session->role == ADMIN_FULL && !json_read_true(key, "deleted"),
	    form_encode(id, call->arena));
	return json_if(page_account_history(call, data, USAGE_BY_KEY, id, err) == 0, data);
}
