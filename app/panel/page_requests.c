/*
 * The log of requests and that of fallbacks: pages of them by filters, the story of one request,
 * and both as CSV and JSON.
 */
#include <string.h>

#include "accounts/keys.h"
#include "base/json_build.h"
#include "base/json_read.h"
#include "panel/known.h"
#include "panel/machines.h"
#include "panel/page_export.h"
#include "panel/pages.h"
#include "panel/range.h"
#include "panel/request_words.h"
#include "panel/show.h"
#include "views/view_fallbacks.h"
#include "views/view_machines.h"
#include "views/view_requests.h"

#include "base/banned.h"

#define PAGE_ROWS   50
#define EXPORT_ROWS 1000 /* read at a time */
#define FOLLOW_S    5
#define ID_LENGTH   26

static const char *const kept[] = { "key", "team", "model", "deployment", "machine", "show",
	"label", "from", "to", "range" };
#define KEPT_COUNT (sizeof kept / sizeof kept[0])

/* ---- filters ---- */

/* From and to, else the range that a link of another page has kept; without one all. */
static int read_times(
    struct page_call *call, int64_t *out_from_ms, int64_t *out_to_ms, struct error *err)
{
	struct range range;

	*out_from_ms = *out_to_ms = 0;
	if (page_query(call, "from") || page_query(call, "to"))
		return range_moment(call, "from", false, out_from_ms, err) != 0
			   ? -1
			   : range_moment(call, "to", true, out_to_ms, err);
	if (!page_query(call, "range"))
		return 0;
	if (range_read(call, "7d", &range, err) != 0)
		return -1;
	*out_from_ms = range.now.from_ms;
	*out_to_ms = range.now.to_ms;
	return 0;
}

/* A page with its filters and the mistake in them, when it was one; else NULL. */
static json_t *ask_again(struct page_call *call, struct error *err)
{
	return page_asks_again(call, err->kind == ERROR_BAD_REQUEST, err, err) ? json_object()
									       : NULL;
}

/* The id of a key whose id, alias or last characters are asked for; what is none fits nothing. */
static const char *key_asked(struct page_call *call)
{
	const char *which = page_query(call, "key");
	struct virtual_key key;
	struct error err;

	return which && keys_find(call->store, which, call->arena, &key, &err) == 0 ? key.id
										    : which;
}

/* One that is not known fits nothing. */
static const char *machine_asked(struct page_call *call)
{
	const char *which = page_query(call, "machine"),
		   *id = which ? view_machine_find(call->store, which, call->arena) : NULL;

	return id ? id : which;
}

static bool shows(struct page_call *call, const char *what)
{
	const char *show = page_query(call, "show");

	return show && strcmp(show, what) == 0;
}

/* The filters again, as a query: for links to older rows and to exports. */
static const char *kept_query(struct page_call *call)
{
	const char *query = "";

	for (size_t i = 0; i < KEPT_COUNT; i++) {
		const char *value = page_query(call, kept[i]);

		if (value)
			query = arena_printf(call->arena, "%s%s=%s&", query, kept[i],
			    form_encode(value, call->arena));
	}
	return query;
}

/* A field for a moment shows a day, too. */
static void set_moment(struct page_call *call, json_t *filters, const char *name)
{
	struct error err;
	int64_t at_ms;

	if (range_moment(call, name, strcmp(name, "to") == 0, &at_ms, &err) == 0 && at_ms > 0)
		json_set_text(
		    filters, arena_printf(call->arena, "%s_value", name), range_value(call, at_ms));
}

static void set_filters(
    struct page_call *call, json_t *data, const struct page_choice *choices, size_t count)
{
	json_t *filters = json_object();

	for (size_t i = 0; i < KEPT_COUNT; i++)
		json_set_text(filters, kept[i], page_query(call, kept[i]));
	json_set(filters, "choices", page_choices(choices, count, page_query(call, "show")));
	set_moment(call, filters, "from");
	set_moment(call, filters, "to");
	json_set_all(data, "filters filtered? query", filters,
	    *kept_query(call) || page_query(call, "before"), kept_query(call));
}

static void set_older(struct page_call *call, json_t *data)
{
	const char *older = json_read_text(data, "older");

	json_set_text(data, "older_query",
	    older ? arena_printf(call->arena, "%sbefore=%s", kept_query(call),
			form_encode(older, call->arena))
		  : NULL);
}

/* The same rows of others are on their panels. */
static int set_machines(struct page_call *call, json_t *data, const char *page, struct error *err)
{
	return machines_into(
	    call, data, arena_printf(call->arena, "/%s?%s", page, kept_query(call)), err);
}

/* ---- requests ---- */

static const char *fault_of(struct page_call *call)
{
	static const char *const faults[] = { "provider", "limit", "client" };

	for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
		if (shows(call, faults[i]))
			return faults[i];
	return NULL;
}

static json_t *read_requests(
    struct page_call *call, int limit, const char *before, struct error *err)
{
	struct request_filter filter = {
		.key_id = key_asked(call),
		.team_id = page_query(call, "team"),
		.model = page_query(call, "model"),
		.deployment_id = page_query(call, "deployment"),
		.outcome = shows(call, "budget") ? "budget" : NULL,
		.fault = fault_of(call),
		.label = page_query(call, "label"),
		.machine = machine_asked(call),
		.failed = shows(call, "failed"),
		.moved = shows(call, "moved"),
		.blocked = shows(call, "blocked"),
		.before = before,
		.limit = limit,
	};

	if (read_times(call, &filter.from_ms, &filter.to_ms, err) < 0)
		return NULL;
	return view_requests(call->store, &filter, err);
}

/* A tail that goes on: the newest rows, drawn again every few seconds. */
static void set_follow(struct page_call *call, json_t *data)
{
	bool follow = page_query(call, "follow") && !page_query(call, "before");

	json_set_all(data, "renew_s follows?", follow ? FOLLOW_S : 0, follow);
	json_set_bool(json_object_get(data, "filters"), "has_label", true);
}

json_t *page_requests(struct page_call *call, struct error *err)
{
	static const struct page_choice choices[] = { { "", "all" }, { "failed", "failed" },
		{ "provider", "failed by providers" }, { "limit", "refused by a limit or budget" },
		{ "client", "clients' mistakes" }, { "moved", "left their group or blocked" },
		{ "blocked", "blocked upward" }, { "budget", "refused by a budget" } };
	const char *label = page_query(call, "label");
	json_t *data;

	if (label && strlen(label) == ID_LENGTH && strncmp(label, "01", 2) == 0)
		return page_redirect(call, "/requests/%s", form_encode(label, call->arena));
	data = read_requests(call, PAGE_ROWS, page_query(call, "before"), err);
	data = data ? data : ask_again(call, err);
	if (!data)
		return NULL;
	request_words_rows(call, json_object_get(data, "requests"));
	json_set_bool(data, "has_requests", json_array_size(json_object_get(data, "requests")) > 0);
	set_filters(call, data, choices, sizeof choices / sizeof choices[0]);
	known_lists(call, data);
	set_older(call, data);
	set_follow(call, data);
	return json_if(set_machines(call, data, "requests", err) == 0, data);
}

/* ---- exports ---- */

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static json_t *export_requests(struct page_call *call, const char *before, struct error *err)
{
	return read_requests(call, EXPORT_ROWS, before ? before : page_query(call, "before"), err);
}

json_t *page_requests_export(struct page_call *call, struct error *err)
{
	static const char *const columns[] = { "id", "started", "key_id", "key_alias", "team_id",
		"asked_model", "answered_group", "answered_model", "deployment_id", "tier",
		"outcome", "status", "fault", "streamed", "attempts", "fallbacks", "blocked_upward",
		"not_spent_usd", "not_spent_most_usd", "input_tokens", "output_tokens", "cost_usd",
		"latency_ms", "first_token_ms", "route", "user", "tags", "agent", "address",
		"error", "machine" };
	static const struct page_export export = { "requests", "requests", export_requests, columns,
		COUNT_OF(columns) };

	return page_export_begin(call, &export, err);
}

/* ---- fallbacks ---- */

static json_t *read_fallbacks(
    struct page_call *call, int limit, const char *before, struct error *err)
{
	struct fallback_filter filter = {
		.model = page_query(call, "model"),
		.key_id = key_asked(call),
		.direction = page_query(call, "show"),
		.before = before,
		.limit = limit,
	};

	if (read_times(call, &filter.from_ms, &filter.to_ms, err) < 0)
		return NULL;
	if (!call->catalog)
		return json_none(error_set(
		    err, ERROR_SETTINGS, "the settings cannot be used; see Configuration"));
	return view_fallbacks(call->store, call->catalog, &filter, err);
}

static void add_ratio(struct page_call *call, json_t *row)
{
	const json_t *percent = json_object_get(row, "price_percent");
	long long value = (long long)json_integer_value(percent);

	json_set_text(row, "ratio",
	    json_is_integer(percent)
		? arena_printf(call->arena, "\xC3\x97%lld.%02lld", value / 100, value % 100)
		: NULL);
	json_set_bool(row, "has_blocked", json_array_size(json_object_get(row, "blocked")) > 0);
}

static int add_fallback_sums(struct page_call *call, json_t *data, struct error *err)
{
	int64_t from_ms, to_ms;
	json_t *sums, *row;
	size_t i;

	if (call->problem)
		return 0;
	if (read_times(call, &from_ms, &to_ms, err) != 0)
		return -1;
	sums = view_fallback_sums(call->store, call->catalog, from_ms, to_ms, err);
	json_array_foreach(sums, i, row)
	{
		const json_t *more = json_object_get(row, "more_nano");

		if (json_is_integer(more))
			json_set_text(row, "more",
			    arena_printf(call->arena, "%s%s",
				json_integer_value(more) > 0 ? "+" : "",
				show_money(json_integer_value(more)).text));
	}
	json_set_all(data, "sums summed_most", sums ? sums : json_array(), FALLBACKS_SUMMED);
	return sums ? 0 : -1;
}

json_t *page_fallbacks(struct page_call *call, struct error *err)
{
	static const struct page_choice choices[] = { { "", "all" }, { "sideways", "sideways" },
		{ "downward", "downward" }, { "blocked", "blocked upward" },
		{ "nobody", "nobody answered" } };
	json_t *data = read_fallbacks(call, PAGE_ROWS, page_query(call, "before"), err), *row;
	size_t i;

	data = data ? data : ask_again(call, err);
	if (!data)
		return NULL;
	json_array_foreach(json_object_get(data, "fallbacks"), i, row) add_ratio(call, row);
	json_set_bool(data, "has_rows", json_array_size(json_object_get(data, "fallbacks")) > 0);
	set_filters(call, data, choices, COUNT_OF(choices));
	known_lists(call, data);
	set_older(call, data);
	return json_if(add_fallback_sums(call, data, err) == 0 &&
			   set_machines(call, data, "fallbacks", err) == 0,
	    data);
}

static json_t *export_fallbacks(struct page_call *call, const char *before, struct error *err)
{
	return read_fallbacks(call, EXPORT_ROWS, before ? before : page_query(call, "before"), err);
}

json_t *page_fallbacks_export(struct page_call *call, struct error *err)
{
	static const char *const columns[] = { "id", "started", "key_id", "asked_model",
		"answered_group", "answered_model", "deployment_id", "direction", "outcome",
		"blocked_upward", "not_spent_usd", "not_spent_most_usd", "cost_usd",
		"price_percent", "machine" };
	static const struct page_export export = { "fallbacks", "fallbacks", export_fallbacks,
		columns, COUNT_OF(columns) };

	return page_export_begin(call, &export, err);
}
