/*
 * The log of requests and that of fallbacks: pages of them by filters, the story of one request,
 * and both as CSV and JSON.
 */
#include <string.h>

#include "base/json_build.h"
#include "panel/pages.h"
#include "panel/range.h"
#include "views/view_fallbacks.h"
#include "views/view_requests.h"

#include "base/banned.h"

#define PAGE_ROWS   50
#define EXPORT_ROWS 5000

static const char *const kept[] = { "key", "team", "model", "deployment", "show", "from", "to",
	"range" };
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
static json_t *ask_again(struct page_call *call, const struct error *err)
{
	if (err->kind != ERROR_BAD_REQUEST)
		return NULL;
	call->problem = arena_copy(call->arena, err->text);
	return json_object();
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

struct choice {
	const char *value, *words;
};

static void set_filters(
    struct page_call *call, json_t *data, const struct choice *choices, size_t count)
{
	const char *show = page_query(call, "show");
	json_t *list = json_array(), *filters = json_object();

	for (size_t i = 0; i < KEPT_COUNT; i++)
		json_set_text(filters, kept[i], page_query(call, kept[i]));
	for (size_t i = 0; i < count; i++) {
		json_t *one = json_object();

		json_set_text(one, "value", choices[i].value);
		json_set_text(one, "words", choices[i].words);
		json_set_bool(one, "chosen", strcmp(choices[i].value, show ? show : "") == 0);
		json_append(list, one);
	}
	json_set(filters, "choices", list);
	json_set(data, "filters", filters);
	json_set_bool(data, "filtered", *kept_query(call) || page_query(call, "before"));
	json_set_text(data, "query", kept_query(call));
}

static void set_older(struct page_call *call, json_t *data)
{
	const char *older = json_string_value(json_object_get(data, "older"));

	json_set_text(data, "older_query",
	    older ? arena_printf(call->arena, "%sbefore=%s", kept_query(call),
			form_encode(older, call->arena))
		  : NULL);
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

static json_t *read_requests(struct page_call *call, int limit, struct error *err)
{
	struct request_filter filter = {
		.key_id = page_query(call, "key"),
		.team_id = page_query(call, "team"),
		.model = page_query(call, "model"),
		.deployment_id = page_query(call, "deployment"),
		.outcome = shows(call, "budget") ? "budget" : NULL,
		.fault = fault_of(call),
		.failed = shows(call, "failed"),
		.moved = shows(call, "moved"),
		.blocked = shows(call, "blocked"),
		.before = page_query(call, "before"),
		.limit = limit,
	};

	if (read_times(call, &filter.from_ms, &filter.to_ms, err) < 0)
		return NULL;
	return view_requests(call->store, &filter, err);
}

json_t *page_requests(struct page_call *call, struct error *err)
{
	static const struct choice choices[] = { { "", "all" }, { "failed", "failed" },
		{ "provider", "failed by providers" }, { "limit", "refused by a limit or budget" },
		{ "client", "clients' mistakes" }, { "moved", "left their group or blocked" },
		{ "blocked", "blocked upward" }, { "budget", "refused by a budget" } };
	json_t *data = read_requests(call, PAGE_ROWS, err);

	data = data ? data : ask_again(call, err);
	if (!data)
		return NULL;
	json_set_bool(data, "has_requests", json_array_size(json_object_get(data, "requests")) > 0);
	set_filters(call, data, choices, sizeof choices / sizeof choices[0]);
	set_older(call, data);
	return data;
}

json_t *page_request(struct page_call *call, struct error *err)
{
	json_t *request =
		   view_request(call->store, arena_copy_slice(call->arena, call->parameter), err),
	       *data;

	if (!request)
		return NULL;
	data = json_object();
	json_set(data, "request", request);
	return data;
}

/* ---- exports ---- */

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

json_t *page_requests_export(struct page_call *call, struct error *err)
{
	static const char *const columns[] = { "id", "started", "key_id", "key_alias", "team_id",
		"asked_model", "answered_group", "answered_model", "deployment_id", "tier",
		"outcome", "status", "streamed", "attempts", "fallbacks", "blocked_upward",
		"not_spent_usd", "input_tokens", "output_tokens", "cost_usd", "latency_ms",
		"first_token_ms", "error" };
	json_t *data = read_requests(call, EXPORT_ROWS, err), *sent;

	if (!data)
		return NULL;
	sent = page_send_rows(
	    call, json_object_get(data, "requests"), "requests", columns, COUNT_OF(columns));
	json_decref(data);
	return sent;
}

/* ---- fallbacks ---- */

static json_t *read_fallbacks(struct page_call *call, int limit, struct error *err)
{
	struct fallback_filter filter = {
		.model = page_query(call, "model"),
		.key_id = page_query(call, "key"),
		.direction = page_query(call, "show"),
		.before = page_query(call, "before"),
		.limit = limit,
	};

	if (read_times(call, &filter.from_ms, &filter.to_ms, err) < 0)
		return NULL;
	if (!call->catalog) {
		(void)error_set(
		    err, ERROR_SETTINGS, "the settings cannot be used; see Configuration");
		return NULL;
	}
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

json_t *page_fallbacks(struct page_call *call, struct error *err)
{
	static const struct choice choices[] = { { "", "all" }, { "sideways", "sideways" },
		{ "downward", "downward" }, { "blocked", "blocked upward" },
		{ "nobody", "nobody answered" } };
	json_t *data = read_fallbacks(call, PAGE_ROWS, err), *row;
	size_t i;

	data = data ? data : ask_again(call, err);
	if (!data)
		return NULL;
	json_array_foreach(json_object_get(data, "fallbacks"), i, row) add_ratio(call, row);
	json_set_bool(data, "has_rows", json_array_size(json_object_get(data, "fallbacks")) > 0);
	set_filters(call, data, choices, COUNT_OF(choices));
	set_older(call, data);
	return data;
}

json_t *page_fallbacks_export(struct page_call *call, struct error *err)
{
	static const char *const columns[] = { "id", "started", "key_id", "asked_model",
		"answered_group", "answered_model", "deployment_id", "direction", "outcome",
		"blocked_upward", "not_spent_usd", "cost_usd", "price_percent" };
	json_t *data = read_fallbacks(call, EXPORT_ROWS, err), *sent;

	if (!data)
		return NULL;
	sent = page_send_rows(
	    call, json_object_get(data, "fallbacks"), "fallbacks", columns, COUNT_OF(columns));
	json_decref(data);
	return sent;
}
