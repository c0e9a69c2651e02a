/*
 * /logs, /spend/... and /global/spend: what happened, and what it cost.
 */
#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "management/api_operations.h"
#include "management/key_answer.h"
#include "management/log_answer.h"
#include "management/wire.h"
#include "views/view_budgets.h"
#include "views/view_keys.h"
#include "views/view_spend.h"

#include "base/banned.h"

#define LOGS_ROWS 10000 /* the most of a page */
#define LOGS_SPAN_MS                                                                               \
	86400000             /* without a limit and without dates: the last 24 hours, all of them */
#define SPEND_LOGS_ROWS 1000 /* LiteLLM's has no pages; this one says where to go on */
#define SPEND_KEYS_ROWS 1000
#define DAYS_MOST       400

json_t *api_logs(struct api_call *call, struct error *err)
{
	struct request_filter filter;

	if (log_filter_read(call, "key", LOGS_ROWS, &filter, err) != 0)
		return NULL;
	if (!api_query(call, "limit") && !filter.from_ms && !filter.to_ms && !filter.before)
		filter.from_ms = call->now_ms - LOGS_SPAN_MS;
	return log_answer(call, &filter, err);
}

/* ---- sums by day, which LiteLLM gives when dates are named ---- */

static void add_sums(json_t *object, const json_t *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	    json_set(object, json_read_text(row, "id"), wire_money(row, "cost"));
}

/* One query more a day: a summary is over days, and those are few. */
static json_t *day_json(
    struct api_call *call, const struct spend_filter *filter, const json_t *day, struct error *err)
{
	struct spend_filter of_day = *filter;
	json_t *out, *models, *users;

	of_day.from_ms = of_day.to_ms = json_read_int(day, "day_ms", 0);
	AUTO_JSON json_t *by_model = view_spend(call->store, SPEND_BY_MODEL, &of_day, err);
	AUTO_JSON json_t *by_key =
	    by_model ? view_spend(call->store, SPEND_BY_KEY, &of_day, err) : NULL;
	if (!by_key)
		return NULL;
	models = json_object();
	users = json_object();
	add_sums(models, by_model);
	add_sums(users, by_key);
	out = json_object();
	json_set_all(out, "startTime spend models users", wire_same(day, "id"),
	    wire_money(day, "cost"), models, users);
	return out;
}

static json_t *summary(
    struct api_call *call, const struct request_filter *filter, struct error *err)
{
	struct spend_filter sums = { .key_id = filter->key_id,
		.team_id = filter->team_id,
		.from_ms = filter->from_ms,
		.to_ms = filter->to_ms,
		.limit = DAYS_MOST };
	AUTO_JSON json_t *days = view_spend(call->store, SPEND_BY_DAY, &sums, err);
	json_t *answer, *day;
	size_t i;

	if (!days)
		return NULL;
	answer = json_array();
	json_array_foreach(days, i, day)
	{
		json_t *row = day_json(call, &sums, day, err);

		if (!row) {
			json_decref(answer);
			return NULL;
		}
		json_append(answer, row);
	}
	return answer;
}

/* Requests are logged by key: user_id names its owner's only one. */
static int read_user(struct api_call *call, struct request_filter *filter, struct error *err)
{
	struct key_filter keys = {
		.user_id = api_query(call, "user_id"), .status = "any", .size = 2
	};
	AUTO_JSON json_t *page = NULL;
	const json_t *list;

	if (!keys.user_id || filter->key_id)
		return 0;
	page = view_keys(call->store, &keys, call->settings->timezone, call->now_ms, err);
	if (!page)
		return -1;
	list = json_object_get(page, "keys");
	if (json_array_size(list) > 1)
		return api_wrong(call, "user_id", err,
		    "the user has several keys, and requests are logged by key: give api_key, one "
		    "of /user/info's, or ask /user/daily/activity for the sum");
	filter->key_id = json_array_size(list) ? arena_copy(call->arena,
						     json_read_text(json_array_get(list, 0), "id"))
					       : "";
	return 0;
}

json_t *api_spend_logs(struct api_call *call, struct error *err)
{
	const char *id = api_query(call, "request_id");
	struct request_filter filter;
	bool summarize;

	if (api_query_bool(call, "summarize", true, &summarize, err) != 0 ||
	    log_filter_read(call, "api_key", SPEND_LOGS_ROWS, &filter, err) != 0 ||
	    read_user(call, &filter, err) != 0)
		return NULL;
	if (id)
		return log_answer_one(call, id, err);
	if (summarize && filter.from_ms && filter.to_ms)
		return summary(call, &filter, err);
	return log_answer(call, &filter, err);
}

static int read_pages(
    struct api_call *call, struct request_filter *out, struct api_page *at, struct error *err)
{
	const char *status, *sort, *order;

	if (api_page_read(call, "page_size", 50, 1000, at, err) != 0 ||
	    api_query_word(call, "status_filter", "success failure", &status, err) != 0 ||
	    api_query_word(call, "sort_by", "startTime", &sort, err) != 0 ||
	    api_query_word(call, "sort_order", "desc", &order, err) != 0 ||
	    log_filter_read(call, "api_key", LOGS_ROWS, out, err) != 0 ||
	    read_user(call, out, err) != 0)
		return -1;
	out->failed = status && strcmp(status, "failure") == 0;
	out->outcome = status && !out->failed ? "ok" : NULL;
	out->label = api_query(call, "end_user");
	return 0;
}

/* LiteLLM's second log, in pages that are counted: over the newest LOGS_ROWS that fit. */
json_t *api_spend_logs_v2(struct api_call *call, struct error *err)
{
	const char *id = api_query(call, "request_id");
	AUTO_JSON json_t *rows = NULL;
	struct request_filter filter;
	struct api_page at;
	json_t *answer;

	if (read_pages(call, &filter, &at, err) != 0)
		return NULL;
	rows = id ? log_answer_one(call, id, err) : log_answer(call, &filter, err);
	if (!rows)
		return NULL;
	answer = api_page_of(&at, "data", rows);
	json_set_bool(answer, "total_is_capped", json_array_size(rows) >= LOGS_ROWS);
	return answer;
}

/* ---- sums ---- */

json_t *api_spend_keys(struct api_call *call, struct error *err)
{
	struct key_filter filter = {
		.status = "any", .sort = "spend", .descending = true, .size = SPEND_KEYS_ROWS
	};
	AUTO_JSON json_t *page = NULL;
	json_t *answer, *key;
	size_t i;

	page = view_keys(call->store, &filter, call->settings->timezone, call->now_ms, err);
	if (!page)
		return NULL;
	answer = json_array();
	json_array_foreach(json_object_get(page, "keys"), i, key)
	{
		json_t *row = key_answer(key);

		/* Here it is what the key ever spent, the order of the list. */
		json_set(row, "spend", wire_money(key, "spent"));
		json_append(answer, row);
	}
	return answer;
}

/* With a budget of the proxy its window's spend, else everything that was ever spent. */
json_t *api_global_spend(struct api_call *call, struct error *err)
{
	AUTO_JSON json_t *budgets = NULL;
	json_t *answer, *budget;
	int64_t ever_nano;

	budgets = view_budgets(call->store, "proxy", call->settings->timezone, call->now_ms, err);
	if (!budgets || view_spend_total(call->store, 0, 0, &ever_nano, err) != 0)
		return NULL;
	budget = json_array_get(budgets, 0);
	answer = json_object();
	json_set_all(answer, "spend spend_ever",
	    budget ? wire_money(budget, "spent") : wire_dollars(ever_nano),
	    wire_dollars(ever_nano));
	wire_copy(
	    answer, budget, "max_budget=limit$ budget_duration=period budget_reset_at=ends held$");
	return answer;
}
