/*
 * The report of `sideways check` as JSON.  Prices are dollars per million tokens: a pico-dollar a
 * token is a thousand nano-dollars a million tokens.
 */
#include "views/check_report.h"

#include "base/json_build.h"
#include "base/number.h"

#include "base/banned.h"

#define NANO_PER_MILLION_TOKENS INT64_C(1000) /* for one pico-dollar a token */

void check_set_tokens(json_t *object, const char *name, int64_t tokens)
{
	if (tokens == PRICE_UNKNOWN || tokens <= 0)
		json_set_null(object, name);
	else
		json_set_int(object, name, tokens);
}

static void set_per_million(json_t *object, const char *name, int64_t pico)
{
	json_set_text(object, name, number_dollars_bare(pico * NANO_PER_MILLION_TOKENS).text);
}

static json_t *ladder_json(const struct settings *settings, const struct ladder_row *row)
{
	const struct member *member = row->member;
	const struct price *price = member_price(member);
	json_t *object = json_object();

	json_set_all(object, "group deployment provider model priced? wildcard? tier",
	    row->group->name, member->deployment->id, member->deployment->provider, member->model,
	    member->priced, row->by_model,
	    member->priced ? settings->tiers[member->tier].name : NULL);
	if (!member->priced)
		return object;
	set_per_million(object, "input_usd_per_million", price->input_pico);
	set_per_million(object, "output_usd_per_million", price->output_pico);
	set_per_million(object, "blended_usd_per_million", row->blended_pico);
	check_set_tokens(object, "max_input_tokens", price->max_input_tokens);
	check_set_tokens(object, "max_output_tokens", price->max_output_tokens);
	json_set_text(object, "price_of", price->as_of);
	return object;
}

static json_t *fallback_json(const struct fallback_row *row)
{
	json_t *object = json_object();

	json_set_all(object, "group target list default? direction", row->group, row->target,
	    row->list, row->is_default, row->known ? direction_name(row->direction) : NULL);
	if (row->known && row->percent >= 0)
		json_set_int(object, "price_percent", row->percent);
	else
		json_set_text(object, "price_percent", NULL);
	return object;
}

static json_t *gap_json(const struct gap_row *gap)
{
	json_t *object = json_object();

	json_set_all(object, "deployment window_unknown? max_output_unknown?",
	    gap->member->deployment->id, gap->no_window, gap->no_output);
	return object;
}

static json_t *tool_json(const struct tool_row *tool)
{
	json_t *object = json_object();

	json_set_all(object, "deployment tool uses limited? refused", tool->member->deployment->id,
	    tool->name, tool->uses, tool->limited, tool->fault);
	if (!tool->fault)
		json_set_money(object, "most", tool->most_nano);
	return object;
}

static json_t *day_json(const struct day_cost *day)
{
	json_t *object = json_object(), *uncapped = json_array();

	json_set_bool(object, "bounded", day->bounded);
	if (day->bounded)
		json_set_money(object, "most", day->most_nano);
	for (size_t i = 0; !day->bounded && i < day->uncapped_count; i++)
		json_append(uncapped, json_string(day->uncapped[i]));
	json_set(object, "uncapped", uncapped);
	return object;
}

json_t *check_report_json(const struct catalog *catalog, const struct check_report *report)
{
	const struct settings *settings = catalog_settings(catalog);
	json_t *root = json_object(), *ladder = json_array(), *fallbacks = json_array(),
	       *gaps = json_array(), *tools = json_array();

	for (size_t i = 0; i < report->ladder_count; i++)
		json_append(ladder, ladder_json(settings, &report->ladder[i]));
	for (size_t i = 0; i < report->fallback_count; i++)
		json_append(fallbacks, fallback_json(&report->fallbacks[i]));
	for (size_t i = 0; i < report->gap_count; i++)
		json_append(gaps, gap_json(&report->gaps[i]));
	for (size_t i = 0; i < report->tool_count; i++)
		json_append(tools, tool_json(&report->tools[i]));
	json_set_text(root, "prices_of", price_table_date(catalog_prices(catalog)));
	json_set(root, "deployments", ladder);
	json_set(root, "fallbacks", fallbacks);
	json_set(root, "unbounded", gaps);
	json_set(root, "server_tools", tools);
	json_set(root, "day", day_json(&report->day));
	json_set(root, "three_days", day_json(&report->weekend));
	json_set(root, "month", day_json(&report->month));
	return root;
}
