/*
 * The report of `sideways check`, as tables and sentences.  Prices are shown in dollars per
 * million tokens: a pico-dollar a token is a thousand nano-dollars a million tokens.
 */

#include "cli/check_print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/table_print.h"
#include "providers/cloud.h"
#include "settings/address.h"

#include "base/banned.h"

#define NANO_PER_MILLION_TOKENS INT64_C(1000) /* for one pico-dollar a token */

static struct number_text per_million(int64_t pico)
{
	return number_dollars(pico * NANO_PER_MILLION_TOKENS);
}

static void tokens_cell(struct table *table, int64_t tokens)
{
	if (tokens == PRICE_UNKNOWN || tokens <= 0)
		table_cell(table, "?");
	else
		table_cell(table, "%lld", (long long)tokens);
}

static const char *check_print_tier_name(
    const struct settings *settings, const struct ladder_row *row)
{
	if (row->member->priced)
		return settings->tiers[row->member->tier].name;
	return row->by_model ? "by model" : "no price";
}

/* What is not billed by tokens has one price, that of its unit. */
/* Where the price is from, and when another holds. */
static void source_cell(struct table *table, const struct price *price)
{
	AUTO_TEXT struct text words = text_empty(256);

	text_puts(&words, price ? price->as_of : "-");
	if (price && price->off_peak.any)
		text_puts(&words, ", less at some hours");
	if (price && price->long_from_tokens > 0 && price->long_input_pico > price->input_pico)
		text_printf(&words, ", more above %lld tokens", (long long)price->long_from_tokens);
	if (price && price->mode == MODE_CHAT && price->image_output_pico > price->output_pico)
		text_printf(&words, ", pictures %s", per_million(price->image_output_pico).text);
	table_cell(table, "%s", words.bytes);
}

static void price_cells(struct table *table, const struct price *price, bool priced)
{
	int64_t character = price->per_character_pico;
	const struct {
		const char *name;
		int64_t nano;
	} units[MODE_COUNT] = {
		[MODE_IMAGE] = { "image", price->per_image_nano },
		[MODE_SPEECH] = { "character",
		    character == PRICE_UNKNOWN ? PRICE_UNKNOWN : character / PICO_PER_NANO },
		[MODE_TRANSCRIPTION] = { "second", price->per_second_nano },
		[MODE_RERANK] = { "query", price->per_query_nano },
	};

	if (priced && units[price->mode].name && units[price->mode].nano != PRICE_UNKNOWN &&
	    price->input_pico == 0 && price->output_pico == 0) {
		table_cell(table, "-");
		table_cell(table, "%s/%s", number_dollars(units[price->mode].nano).text,
		    units[price->mode].name);
		return;
	}
	table_cell(table, "%s", priced ? per_million(price->input_pico).text : "-");
	table_cell(table, "%s", priced ? per_million(price->output_pico).text : "-");
}

static void print_ladder(const struct catalog *catalog, const struct check_report *report)
{
	const struct settings *settings = catalog_settings(catalog);
	AUTO_TABLE struct table *table =
	    table_new("TIER|GROUP|MODEL|>INPUT|>OUTPUT|>BLENDED|>WINDOW|>MAX OUTPUT|PRICE OF");

	printf("\nTiers, by blended price ((3 x input + output) / 4, dollars per million tokens):");
	for (size_t i = 0; i < settings->tier_count; i++) {
		const struct tier_band *band = &settings->tiers[i];
		if (band->up_to_pico == INT64_MAX)
			printf(" %s above.\n", band->name);
		else
			printf(" %s up to %s,", band->name, per_million(band->up_to_pico).text);
	}
	for (size_t i = 0; i < report->ladder_count; i++) {
		const struct ladder_row *row = &report->ladder[i];
		const struct price *price = member_price(row->member);
		bool priced = row->member->priced;
		table_cell(table, "%s", check_print_tier_name(settings, row));
		table_cell(table, "%s", row->group->name);
		table_cell(table, "%s/%s", row->member->deployment->provider, row->member->model);
		price_cells(table, price, priced);
		table_cell(table, "%s", priced ? per_million(row->blended_pico).text : "-");
		tokens_cell(table, priced ? price->max_input_tokens : PRICE_UNKNOWN);
		tokens_cell(table, priced ? price->max_output_tokens : PRICE_UNKNOWN);
		source_cell(table, priced ? price : NULL);
	}
	table_print(table, stdout);
}

static void off_peak_cell(struct table *table, int64_t pico)
{
	table_cell(table, "%s", pico == PRICE_UNKNOWN ? "as usual" : per_million(pico).text);
}

static void print_hours(const struct check_report *report)
{
	AUTO_TABLE struct table *table =
	    table_new("GROUP|MODEL|HOURS (UTC)|>INPUT|>OUTPUT|>CACHED INPUT");
	bool any = false;

	for (size_t i = 0; i < report->ladder_count; i++) {
		const struct ladder_row *row = &report->ladder[i];
		const struct price *price = member_price(row->member);
		AUTO_TEXT struct text hours = text_empty(1024);

		if (!row->member->priced || !price->off_peak.any)
			continue;
		price_hours_write(&price->off_peak, &hours);
		table_cell(table, "%s", row->group->name);
		table_cell(table, "%s/%s", row->member->deployment->provider, row->member->model);
		table_cell(table, "%s", hours.bytes);
		off_peak_cell(table, price->off_input_pico);
		off_peak_cell(table, price->off_output_pico);
		off_peak_cell(table, price->off_cache_read_pico);
		any = true;
	}
	if (any)
		puts("\nLess at these hours, for calls that begin and end within them:");
	table_print(table, stdout);
}

static void print_fallbacks(const struct check_report *report)
{
	AUTO_TABLE struct table *table = table_new("GROUP|MAY FALL BACK TO|BY|DIRECTION|>PRICE");

	for (size_t i = 0; i < report->fallback_count; i++) {
		const struct fallback_row *row = &report->fallbacks[i];
		bool upward = row->known && row->direction == DIRECTION_UPWARD;
		table_cell(table, "%s", row->group);
		table_cell(table, "%s", row->target);
		table_cell(table, "%s%s", row->list, row->is_default ? " (default)" : "");
		table_cell(table, "%s%s", row->known ? direction_name(row->direction) : "unknown",
		    upward ? ", never taken" : "");
		if (row->known && row->percent >= 0)
			table_cell(table, "x%lld.%02lld", (long long)(row->percent / 100),
			    (long long)(row->percent % 100));
		else
			table_cell(table, "?");
	}
	if (report->fallback_count)
		puts("\nFallbacks:");
	table_print(table, stdout);
}

static void print_gaps(const struct check_report *report)
{
	if (report->gap_count)
		puts("\nWithout a bound, so that some requests are refused:");
	for (size_t i = 0; i < report->gap_count; i++) {
		const struct gap_row *gap = &report->gaps[i];
		const struct deployment *deployment = gap->member->deployment;
		printf("  %s: %s/%s:", deployment->group, deployment->provider, deployment->model);
		if (gap->no_output)
			printf(" its maximum output is not known, and requests may name none (give "
			       "model_info.max_output_tokens, or "
			       "sideways_settings.default_max_tokens)%s",
			    gap->no_window ? ";" : "");
		if (gap->no_window)
			printf(" its context window is not known, so documents, audio and links "
			       "cannot be bounded (give model_info.max_input_tokens)");
		putchar('\n');
	}
}

static void print_tools(const struct check_report *report)
{
	AUTO_TABLE struct table *table = table_new("GROUP|MODEL|TOOL|>USES|>ADDS AT MOST|");

	for (size_t i = 0; i < report->tool_count; i++) {
		const struct tool_row *tool = &report->tools[i];
		const struct deployment *deployment = tool->member->deployment;

		table_cell(table, "%s", deployment->group);
		table_cell(table, "%s/%s", deployment->provider, deployment->model);
		table_cell(table, "%s", tool->name);
		table_cell(table, "%lld", (long long)tool->uses);
		table_cell(table, "%s", tool->fault ? "-" : number_dollars(tool->most_nano).text);
		table_cell(table, "%s%s", tool->fault ? "refused: " : "",
		    tool->fault     ? tool->fault
		    : tool->limited ? ""
				    : "expected; the provider takes no limit");
	}
	if (report->tool_count)
		puts("\nTools that may run at the provider, and what each adds to a call:");
	table_print(table, stdout);
}

/* What is pasted must hold, also where nobody looks at the figures again: the dearest price that
 * the provider lists, else one that no usual model is above. */
#define GUESS_INPUT  "15"
#define GUESS_OUTPUT "75"

static void print_paste(const struct catalog *catalog, const struct member *member)
{
	const struct deployment *d = member->deployment;
	struct price dearest;
	/* Behind an address of one's own another price list holds. */
	const char *like = d->api_base ? NULL
				       : price_table_dearest(
					     catalog_prices(catalog), d->provider, "", 0, &dearest);

	printf("    \"%s/%s\": {input: %s, output: %s, max_input_tokens: 128000, "
	       "max_output_tokens: 16384}  # %s%s\n",
	    d->provider, member->model,
	    like ? number_dollars_bare(dearest.input_pico * NANO_PER_MILLION_TOKENS).text
		 : GUESS_INPUT,
	    like ? number_dollars_bare(dearest.output_pico * NANO_PER_MILLION_TOKENS).text
		 : GUESS_OUTPUT,
	    like ? "as the dearest there: " : "a guess, and a high one",
	    like                                             ? like
	    : d->api_base && address_is_private(d->api_base) ? "; 0 if the server is yours"
							     : "");
}

static bool is_to_paste(const struct check_report *report, size_t index)
{
	const struct ladder_row *row = &report->ladder[index];

	if (row->member->priced || row->by_model || !row->member->provider ||
	    row->member->deployment->fault || row->member->price.mode != MODE_CHAT ||
	    cloud_way_of(row->member->provider, row->member->deployment, row->member->model) ==
		CLOUD_UNKNOWN)
		return false;
	for (size_t i = 0; i < index; i++)
		if (!report->ladder[i].member->priced &&
		    strcmp(report->ladder[i].member->model, row->member->model) == 0 &&
		    report->ladder[i].member->provider == row->member->provider)
			return false;
	return true;
}

static void print_unpriced(const struct catalog *catalog, const struct check_report *report)
{
	bool any = false;

	for (size_t i = 0; i < report->ladder_count; i++) {
		if (!is_to_paste(report, i))
			continue;
		if (!any)
			puts("\nWithout a price, so that calls are refused. To paste, with what "
			     "you pay in dollars per million tokens (0 is a "
			     "price):\n\nsideways_settings:\n  prices:");
		any = true;
		print_paste(catalog, report->ladder[i].member);
	}
}

static void print_day(const struct check_report *report)
{
	const struct day_cost *day = &report->day;
	bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

	if (day->bounded) {
		printf("\nThe most that a day can cost: %s, by %s; three days in a row %s, a "
		       "calendar month %s.\n",
		    number_dollars(day->most_nano).text,
		    day->by_proxy ? "the budget of the whole gateway"
				  : "the budgets of deployments and providers together",
		    number_dollars(report->weekend.most_nano).text,
		    number_dollars(report->month.most_nano).text);
		return;
	}
	printf(
	    "\nThe most that a day can cost: %sunbounded%s, and so a weekend and a month. Add "
	    "max_budget: 10 and budget_duration: 1d under litellm_settings to cap everything%s\n",
	    colour ? "\033[31m" : "", colour ? "\033[0m" : "",
	    day->uncapped_count ? "; nothing caps:" : ".");
	for (size_t i = 0; i < day->uncapped_count; i++)
		printf("  %s\n", day->uncapped[i]);
}

void check_print_text(const struct catalog *catalog, const struct check_report *report)
{
	print_ladder(catalog, report);
	print_hours(report);
	print_fallbacks(report);
	print_gaps(report);
	print_tools(report);
	print_unpriced(catalog, report);
	printf("\nPrices are those of %s.", price_table_date(catalog_prices(catalog)));
	print_day(report);
}
