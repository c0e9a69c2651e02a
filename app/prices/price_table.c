/*
 * Looking up a model's price.
 *
 * The built-in rows stay text and are read when they are asked for: a CGI run needs one or two
 * of them.  Rows of sideways_settings.prices are a second sorted list; at each name that is tried
 * both are asked, and the settings' figures are laid over the table's.
 */
#include "prices/price_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/digest.h"
#include "models/model_traits.h"
#include "prices/costs_nothing.h"
#include "prices/price_file.h"
#include "prices/price_names.h"
#include "prices/price_row.h"
#include "prices/price_rows.h"
#include "prices/regional.h"
#include "prices/thinking.h"

#include "base/banned.h"

struct rows {
	const struct price_row_text *items;
	size_t count;
};

struct price_table {
	struct price_columns columns;
	struct rows base;
	struct rows extra; /* line is the JSON map */
	struct price_row_text *extra_items;
	struct price_file file; /* when the settings name one */
	char date[12];
};

static void add_extra(
    struct price_table *table, const struct settings *settings, struct problems *problems)
{
	size_t count = settings->extra_prices.count;
	table->extra_items = alloc_zero(count + 1, sizeof *table->extra_items);
	for (size_t i = 0; i < count; i++) {
		const struct settings_pair *pair = &settings->extra_prices.items[i];
		const char *slash = strchr(pair->name, '/');
		struct price price;
		if (!slash || !price_json_parse(pair->value, &price)) {
			problems_add(problems, PROBLEM_ERROR, pair->origin,
			    "sideways_settings.prices.%s: this is not a price", pair->name);
			continue;
		}
		table->extra_items[table->extra.count++] = (struct price_row_text){
			alloc_copy_bytes(pair->name, (size_t)(slash - pair->name)),
			alloc_copy(slash + 1),
			alloc_copy(pair->value),
		};
	}
	table->extra.items = table->extra_items;
	if (table->extra.count > 1)
		qsort(table->extra_items, table->extra.count, sizeof *table->extra_items,
		    price_row_compare);
}

/* A relative price_file stands beside the settings file. */
static char *file_path(const struct settings *settings)
{
	const char *slash = settings->file ? strrchr(settings->file, '/') : NULL;
	if (*settings->price_file == '/' || !slash)
		return alloc_copy(settings->price_file);
	return alloc_printf(
	    "%.*s/%s", (int)(slash - settings->file), settings->file, settings->price_file);
}

static int add_base(struct price_table *table, const struct settings *settings,
    struct problems *problems, struct error *err)
{
	if (!settings->price_file) {
		table->base = (struct rows){ price_rows, price_rows_count };
		(void)snprintf(table->date, sizeof table->date, "%s", price_rows_date);
		if (!price_columns_read(price_rows_header, &table->columns))
			return error_set(
			    err, ERROR_INTERNAL, "the built-in price table has no header");
		return 0;
	}
	AUTO_FREE char *path = file_path(settings);
	if (price_file_read(path, problems, &table->file, err))
		return -1;
	table->base = (struct rows){ table->file.rows, table->file.count };
	table->columns = table->file.columns;
	memcpy(table->date, table->file.date, sizeof table->date);
	return 0;
}

struct price_table *price_table_new(
    const struct settings *settings, struct problems *problems, struct error *err)
{
	struct price_table *table = alloc_zero(1, sizeof *table);
	if (add_base(table, settings, problems, err)) {
		price_table_free(table);
		return NULL;
	}
	add_extra(table, settings, problems);
	return table;
}

void price_table_free(struct price_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->extra.count; i++) {
		free((char *)table->extra_items[i].provider);
		free((char *)table->extra_items[i].model);
		free((char *)table->extra_items[i].line);
	}
	free(table->extra_items);
	price_file_release(&table->file);
	free(table);
}

const char *price_table_date(const struct price_table *table)
{
	return table->date;
}

static const struct price_row_text *row_find(
    const struct rows *rows, const char *provider, const char *model)
{
	struct price_row_text key = { provider, model, NULL };
	if (!rows->count)
		return NULL;
	return bsearch(&key, rows->items, rows->count, sizeof key, price_row_compare);
}

const char *price_table_fault(
    const struct price_table *table, const char *provider, const char *model)
{
	const struct rows faults = { table->file.faults, table->file.fault_count };
	const struct price_row_text *row = row_find(&faults, provider, model);

	return row ? row->line : NULL;
}

/* False when neither list has a usable row of exactly this name. */
static bool find_exact(
    const struct price_table *table, const char *provider, const char *model, struct price *out)
{
	const struct price_row_text *base = row_find(&table->base, provider, model);
	const struct price_row_text *extra = row_find(&table->extra, provider, model);
	struct price over;
	if (base && price_row_parse(&table->columns, base->line, out))
		base = NULL;
	if (!base)
		price_clear(out);
	if (extra && price_json_parse(extra->line, &over))
		price_overlay(out, &over);
	return base || extra;
}

/* The first row whose name is not below provider and model. */
static size_t lower_bound(const struct rows *rows, const char *provider, const char *model)
{
	struct price_row_text key = { provider, model, NULL };
	size_t low = 0, high = rows->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (price_row_compare(&rows->items[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The newest row that is `model` with a date. */
static const char *newest_dated(
    const struct rows *rows, const char *provider, const char *model, int64_t *newest)
{
	const char *best = NULL;
	size_t len = strlen(model);
	for (size_t i = lower_bound(rows, provider, model); i < rows->count; i++) {
		const struct price_row_text *row = &rows->items[i];
		int64_t date;
		if (strcmp(row->provider, provider) != 0 || strncmp(row->model, model, len) != 0)
			break;
		if (price_names_undated(row->model, &date) == len && date > *newest) {
			*newest = date;
			best = row->model;
		}
	}
	return best;
}

static bool find_dated(
    const struct price_table *table, const char *provider, const char *model, struct price *out)
{
	int64_t newest = 0;
	const char *base = newest_dated(&table->base, provider, model, &newest);
	const char *extra = newest_dated(&table->extra, provider, model, &newest);
	const char *best = extra ? extra : base;
	return best && find_exact(table, provider, best, out);
}

static bool find_named(
    const struct price_table *table, const char *provider, const char *model, struct price *out)
{
	static const char latest[] = "-latest";
	char name[PRICE_NAME_MAX + sizeof latest];
	int64_t date;
	size_t len = strlen(model);
	if (len > PRICE_NAME_MAX)
		return false;
	if (find_exact(table, provider, model, out))
		return true;
	size_t undated = price_names_undated(model, &date);
	if (len > strlen(latest) && strcmp(model + len - strlen(latest), latest) == 0)
		undated = len - strlen(latest);
	(void)snprintf(name, sizeof name, "%.*s", (int)undated, model);
	if (undated < len && find_exact(table, provider, name, out))
		return true;
	/* Another date may have had another price, so a dated name does not meet other dates. */
	if (!date && find_dated(table, provider, name, out))
		return true;
	(void)snprintf(name + undated, sizeof name - undated, "%s", latest);
	return find_exact(table, provider, name, out);
}

static bool find_with_maker(
    const struct price_table *table, const char *provider, const char *model, struct price *out)
{
	const char *maker = NULL;
	char maker_model[PRICE_NAME_MAX];
	if (find_named(table, provider, model, out))
		return true;
	return price_names_maker(provider, model, &maker, maker_model, sizeof maker_model) &&
	       find_named(table, maker, maker_model, out);
}

/* Bedrock's, by region; of a bare id the dearer of what the sources say. */
static bool find_bedrock(const struct price_table *table, const struct deployment *deployment,
    const char *model, struct price *out)
{
	struct regional_names names;
	struct price other;
	bool found = false;

	regional_names(deployment, model, &names);
	for (size_t i = 0; !found && i < REGIONAL_NAMES; i++)
		found = *names.names[i] && find_named(table, "bedrock", names.names[i], out);
	if (!*names.also || !find_named(table, "bedrock", names.also, &other))
		return found;
	*out = found ? price_dearer(out, &other) : other;
	return true;
}

/* A maker's price that changes on a day changes at Vertex and at OpenRouter, which passes makers'
 * prices on, too: genai-prices 0.2.3 has the days in the makers' list only; litellm 1.110.2, which
 * tells them apart, has no days. */
static void take_change(const struct price_table *table, const struct deployment *deployment,
    const char *model, struct price *out)
{
	const char *slash = strrchr(model, '/'), *maker = NULL;
	size_t prefix = slash ? (size_t)(slash + 1 - model) : 0;
	char maker_model[PRICE_NAME_MAX];
	struct price makers;

	if (out->changes_ms || row_find(&table->extra, deployment->provider, model) ||
	    !price_names_maker(
		deployment->provider, model, &maker, maker_model, sizeof maker_model) ||
	    !find_named(table, maker, maker_model, &makers) || !makers.changes_ms ||
	    !strchr(makers.goes_on_as, '@')) /* another model's price is another matter */
		return;
	if (prefix + strlen(makers.goes_on_as) >= sizeof out->goes_on_as)
		return;
	out->changes_ms = makers.changes_ms;
	memcpy(out->goes_on_as, model, prefix);
	memcpy(out->goes_on_as + prefix, makers.goes_on_as, strlen(makers.goes_on_as) + 1);
}

static bool find_own(const struct price_table *table, const struct deployment *deployment,
    const char *model, struct price *out)
{
	if (strcmp(deployment->provider, "bedrock") == 0)
		return find_bedrock(table, deployment, model, out);
	if (!find_with_maker(table, deployment->provider, model, out))
		return false;
	take_change(table, deployment, model, out);
	if (regional_is_dearer(deployment, model) &&
	    !row_find(&table->extra, deployment->provider, model))
		regional_raise(out);
	return true;
}

/* Prices that the settings give to the deployment's own name win over those of its base_model. */
static void lay_extra(
    const struct price_table *table, const char *provider, const char *model, struct price *out)
{
	const struct price_row_text *extra = row_find(&table->extra, provider, model);
	struct price over;
	if (extra && price_json_parse(extra->line, &over))
		price_overlay(out, &over);
}

/* base_model: "azure/gpt-4o", or a name at the deployment's own provider. */
static bool find_base_model(
    const struct price_table *table, const struct deployment *deployment, struct price *out)
{
	char provider[64];
	const char *slash = strchr(deployment->base_model, '/');
	if (find_own(table, deployment, deployment->base_model, out))
		return true;
	if (slash && slice_is((struct slice){ deployment->base_model,
				  (size_t)(slash - deployment->base_model) },
			 deployment->provider))
		return find_own(table, deployment, slash + 1, out);
	if (!slash || (size_t)(slash - deployment->base_model) >= sizeof provider)
		return false;
	(void)snprintf(provider, sizeof provider, "%.*s", (int)(slash - deployment->base_model),
	    deployment->base_model);
	if (!find_with_maker(table, provider, slash + 1, out))
		return false;
	if (regional_is_dearer(deployment, slash + 1)) /* the maker's price knows no regions */
		regional_raise(out);
	return true;
}

/* A reseller's models are their makers'. */
static int64_t image_tokens(const struct deployment *deployment, const char *model)
{
	int64_t tokens = model_of(deployment, model).image_tokens;
	char maker_model[PRICE_NAME_MAX];
	const char *maker;

	if (tokens > 0 || !price_names_maker(deployment->provider,
			      deployment->base_model ? deployment->base_model : model, &maker,
			      maker_model, sizeof maker_model))
		return tokens;
	return model_traits_find(maker, maker_model).image_tokens;
}

static struct price_hours own_hours(const struct settings_prices *own)
{
	struct price_hours hours = { .any = false };

	if (own->off_peak_hours)
		(void)price_hours_parse(slice_of(own->off_peak_hours), &hours); /* was checked */
	return hours;
}

static struct price deployment_figures(const struct deployment *deployment)
{
	const struct settings_prices *own = &deployment->prices;
	/* SETTING_UNSET and PRICE_UNKNOWN are the same number. */
	_Static_assert(SETTING_UNSET == PRICE_UNKNOWN, "figures are copied as they are");
	struct price price = {
		.input_pico = own->input_pico,
		.output_pico = own->output_pico,
		.cache_read_pico = own->cache_read_pico,
		.cache_write_pico = own->cache_write_pico,
		.cache_write_1h_pico = own->cache_write_1h_pico,
		.cache_write_12h_pico = own->cache_write_12h_pico,
		.cache_read_audio_pico = own->cache_read_audio_pico,
		.reasoning_pico = own->reasoning_pico,
		.audio_input_pico = own->audio_input_pico,
		.audio_output_pico = own->audio_output_pico,
		.image_input_pico = own->image_input_pico,
		.image_output_pico = own->image_output_pico,
		.per_image_nano = own->per_image_nano,
		.per_character_pico = own->per_character_pico,
		.per_second_nano = own->per_second_nano,
		.per_query_nano = own->per_query_nano,
		.long_from_tokens = own->long_from_tokens,
		.long_input_pico = own->long_input_pico,
		.long_output_pico = own->long_output_pico,
		.long_cache_read_pico = own->long_cache_read_pico,
		.off_peak = own_hours(own),
		.off_input_pico = own->off_input_pico,
		.off_output_pico = own->off_output_pico,
		.off_cache_read_pico = own->off_cache_read_pico,
		.per_request_nano = own->per_request_nano,
		.max_input_tokens = deployment->max_input_tokens,
		.max_output_tokens = deployment->max_output_tokens,
	};

	memcpy(price.steps, own->steps, sizeof price.steps);
	return price;
}

/* Anthropic bills writes at 1.25 times the input for five minutes and at twice for an hour
 * (https://platform.claude.com/docs/en/build-with-claude/prompt-caching, Pricing), also where
 * others resell its models, and DashScope at 1.25 (help.aliyun.com/en/model-studio/context-cache):
 * so do prices that name none. */
static void fill_writes(const struct deployment *deployment, const char *model, struct price *price)
{
	int64_t input = price->input_pico;

	if (input == PRICE_UNKNOWN || model_of(deployment, model).cache_marks != TRAIT_YES)
		return;
	if (price->cache_write_pico == PRICE_UNKNOWN)
		price->cache_write_pico = input + (input + 3) / 4;
	if (price->cache_write_1h_pico == PRICE_UNKNOWN)
		price->cache_write_1h_pico =
		    price->cache_write_pico > 2 * input ? price->cache_write_pico : 2 * input;
}

/* By its own name, too: a base_model may leave off what makes it search. */
static bool searches(const struct deployment *deployment, const char *model)
{
	return model_of(deployment, model).searches == TRAIT_YES ||
	       model_traits_find(deployment->provider, model).searches == TRAIT_YES;
}

static bool has_row(const struct price_table *table, const char *provider, const char *model)
{
	return row_find(&table->base, provider, model) || row_find(&table->extra, provider, model);
}

/* "web_search/gpt-4o-mini", "web_search/gpt-4o", "web_search/gpt", "web_search": the first that the
 * table has.  Most providers have not even the last, and that is asked first. */
static bool find_tool(const struct price_table *table, const char *provider, const char *tool,
    const char *model, struct price *out)
{
	char name[256];
	size_t end = strlen(tool);

	if (!has_row(table, provider, tool))
		return false;
	(void)snprintf(name, sizeof name, "%s/%s", tool, model);
	for (size_t len = strlen(name); len > end; len--) {
		if (name[len] && !strchr("-./", name[len]))
			continue;
		name[len] = '\0';
		if (has_row(table, provider, name) && find_exact(table, provider, name, out))
			return true;
	}
	return find_exact(table, provider, tool, out);
}

static void find_tools(const struct price_table *table, const struct deployment *deployment,
    const char *model, struct price *out)
{
	struct price use;

	for (int id = 0; id < SERVER_TOOL_COUNT; id++) {
		bool found =
		    find_tool(table, deployment->provider, server_tool_names[id], model, &use);

		out->per_use_nano[id] = found ? use.per_request_nano : PRICE_UNKNOWN;
		out->once |= found && use.once ? 1U << id : 0;
	}
}

/* A tool that nobody allowed does not change what a call costs. */
static size_t put_uses(
    char *text, size_t size, const struct price *price, const struct deployment *deployment)
{
	size_t len = 0;

	for (int id = 0; id < SERVER_TOOL_COUNT; id++)
		if (deployment->server_tools[id].uses > 0)
			len += (size_t)snprintf(text + len, size - len, "%s %lld;",
			    server_tool_names[id], (long long)price->per_use_nano[id]);
	return len;
}

static void set_version(struct price *price, const struct deployment *deployment)
{
	char text[1536];
	const int64_t f[] = { price->input_pico, price->output_pico, price->cache_read_pico,
		price->cache_write_pico, price->cache_write_1h_pico, price->reasoning_pico,
		price->audio_input_pico, price->audio_output_pico, price->long_from_tokens,
		price->long_input_pico, price->long_output_pico, price->long_cache_read_pico,
		price->per_request_nano, price->max_input_tokens, price->max_output_tokens,
		price->cache_write_12h_pico, price->cache_read_audio_pico, price->off_input_pico,
		price->off_output_pico, price->off_cache_read_pico, price->changes_ms };
	size_t len = 0;
	for (size_t i = 0; i < sizeof f / sizeof f[0]; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%lld;", (long long)f[i]);
	const int64_t rare[] = { price->image_input_pico, price->image_output_pico,
		price->per_image_nano, price->per_character_pico, price->per_second_nano,
		price->per_query_nano, price->flex.input_pico, price->flex.output_pico,
		price->flex.cache_read_pico, price->priority.input_pico,
		price->priority.output_pico, price->priority.cache_read_pico };
	for (size_t i = 0; i < sizeof rare / sizeof rare[0]; i++)
		if (rare[i] != PRICE_UNKNOWN)
			len += (size_t)snprintf(
			    text + len, sizeof text - len, "%zu=%lld;", i, (long long)rare[i]);
	for (size_t i = 0; i < PRICE_STEPS_MOST && price->steps[i].from_tokens; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%lld>%lld/%lld/%lld;",
		    (long long)price->steps[i].from_tokens, (long long)price->steps[i].input_pico,
		    (long long)price->steps[i].output_pico,
		    (long long)price->steps[i].cache_read_pico);
	len += put_uses(text + len, sizeof text - len, price, deployment);
	struct digest_hex hex = digest_sha256(text, len);
	(void)snprintf(price->version, sizeof price->version, "%.16s", hex.text);
}

/* What a tier costs, and from where on a prompt is long: xAI asks the long prices of one that
 * reaches the length (https://docs.x.ai/developers/models/grok-4.20-0309.md, read 2026-11-30: ">=
 * 200k prompt tokens"), others of one that exceeds it. */
static void take_terms(const struct deployment *deployment, const char *model, struct price *price)
{
	const char *base = deployment->base_model;

	price->tiers = served_tiers_of(deployment->provider, model);
	price->flex = deployment->prices.flex;
	price->priority = deployment->prices.priority;
	if (strcmp(deployment->provider, "xai") == 0 || (base && strncmp(base, "xai/", 4) == 0))
		price_long_when_reached(price);
}

bool price_find(const struct price_table *table, const struct deployment *deployment,
    const char *model, struct price *out)
{
	bool found = deployment->base_model ? find_base_model(table, deployment, out)
					    : find_own(table, deployment, model, out);
	if (!found)
		price_clear(out);
	if (deployment->base_model)
		lay_extra(table, deployment->provider, model, out);
	costs_nothing_apply(deployment, model, out);
	struct price own = deployment_figures(deployment);
	price_overlay(out, &own);
	if (deployment->mode)
		out->mode = price_mode_named(slice_of(deployment->mode));
	price_complete(out, !deployment->mode);
	/* Groq bills ten seconds for anything shorter (genai-prices 0.2.3, types.py). */
	if (out->mode == MODE_TRANSCRIPTION && strcmp(deployment->provider, "groq") == 0)
		out->units_least = 10;
	fill_writes(deployment, model, out);
	out->image_tokens = image_tokens(deployment, model);
	/* xAI counts reasoning on top of completion_tokens and does not say whether max_tokens
	 * holds it in. */
	out->reasoning_apart = strcmp(deployment->provider, "xai") == 0;
	thinking_find(deployment, model, out);
	out->searches = searches(deployment, model);
	take_terms(deployment, deployment->base_model ? deployment->base_model : model, out);
	find_tools(table, deployment, model, out);
	set_version(out, deployment);
	return out->input_pico != PRICE_UNKNOWN && out->output_pico != PRICE_UNKNOWN;
}

bool price_find_after(const struct price_table *table, const struct deployment *deployment,
    const struct price *price, struct price *out)
{
	if (!price->changes_ms || !*price->goes_on_as ||
	    !(find_exact(table, deployment->provider, price->goes_on_as, out) ||
		find_with_maker(table, deployment->provider, price->goes_on_as, out)))
		return false;
	if (regional_is_dearer(deployment, price->goes_on_as))
		regional_raise(out);
	out->image_tokens = price->image_tokens;
	out->reasoning_apart = price->reasoning_apart;
	out->thinks = price->thinks;
	out->thinking_budget = price->thinking_budget;
	out->searches = price->searches;
	take_terms(deployment, price->goes_on_as, out);
	find_tools(table, deployment, price->goes_on_as, out);
	set_version(out, deployment);
	return out->input_pico != PRICE_UNKNOWN && out->output_pico != PRICE_UNKNOWN;
}

const char *price_table_dearest(const struct price_table *table, const char *provider,
    const char *pattern, size_t len, struct price *out)
{
	const struct rows *rows = &table->base;
	const char *dearest = NULL;
	struct price price;

	for (size_t i = lower_bound(rows, provider, "");
	     i < rows->count && strcmp(rows->items[i].provider, provider) == 0; i++) {
		const struct price_row_text *row = &rows->items[i];

		if (strncmp(row->model, pattern, len) != 0 ||
		    price_row_parse(&table->columns, row->line, &price) ||
		    price.output_pico == PRICE_UNKNOWN)
			continue;
		if (!dearest || price.output_pico > out->output_pico) {
			dearest = row->model;
			*out = price;
		}
	}
	return dearest;
}

const char *price_table_next_model(
    const struct price_table *table, const char *provider, size_t *at)
{
	const struct rows *rows = &table->base;
	size_t i = *at ? *at : lower_bound(rows, provider, "");

	while (i < rows->count && price_row_is_tool(&table->columns, rows->items[i].line))
		i++;
	*at = i + 1;
	return i < rows->count && strcmp(rows->items[i].provider, provider) == 0
		   ? rows->items[i].model
		   : NULL;
}
