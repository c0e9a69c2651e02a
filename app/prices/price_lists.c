/*
 * Price lists of others.  See the header.
 *
 * A price per token becomes one per million with twelve digits, more than any list has, so that
 * what a double cannot hold is rounded away.
 */
#include "prices/price_lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/json_read.h"
#include "base/text.h"
#include "prices/genai_list.h"
#include "prices/list_row.h"
#include "prices/price_hours.h"
#include "prices/price_table.h"

#include "base/banned.h"

#define TABLE_MAX ((size_t)16 << 20)

/* ---- LiteLLM ---- */

static const struct {
	const char *name;
	enum figure figure;
	double scale;
} litellm[] = {
	{ "input_cost_per_token", INPUT, 1e6 },
	{ "output_cost_per_token", OUTPUT, 1e6 },
	{ "cache_read_input_token_cost", CACHE_READ, 1e6 },
	{ "cache_creation_input_token_cost", CACHE_WRITE, 1e6 },
	{ "cache_creation_input_token_cost_above_1hr", CACHE_WRITE_1H, 1e6 },
	{ "cache_creation_input_token_cost_above_12hr", CACHE_WRITE_12H, 1e6 },
	{ "output_cost_per_reasoning_token", REASONING, 1e6 },
	{ "input_cost_per_audio_token", AUDIO_INPUT, 1e6 },
	{ "cache_read_input_audio_token_cost", CACHE_READ_AUDIO, 1e6 },
	{ "output_cost_per_audio_token", AUDIO_OUTPUT, 1e6 },
	{ "input_cost_per_image_token", IMAGE_INPUT, 1e6 },
	{ "input_cost_per_video_token", IMAGE_INPUT, 1e6 },
	{ "output_cost_per_image_token", IMAGE_OUTPUT, 1e6 },
	{ "output_cost_per_video_token", IMAGE_OUTPUT, 1e6 },
	{ "max_input_tokens", MAX_INPUT, 1 },
	{ "max_output_tokens", MAX_OUTPUT, 1 },
};

/* Each length at which prices jump. */
static void litellm_long(const json_t *entry, struct list_row *row)
{
	static const struct {
		const char *before;
		enum figure figure;
	} kinds[] = { { "input_cost_per_token_above_", LONG_INPUT },
		{ "output_cost_per_token_above_", LONG_OUTPUT },
		{ "cache_read_input_token_cost_above_", LONG_CACHE_READ } };
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)entry, name, value)
	{
		for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
			size_t len = strlen(kinds[i].before);
			char *end;
			double from;

			if (strncmp(name, kinds[i].before, len) != 0 || !json_is_number(value))
				continue;
			from = strtod(name + len, &end) * 1000;
			if (strcmp(end, "k_tokens") != 0)
				continue;
			list_row_long(row, from, kinds[i].figure, entry, name, 1e6);
		}
	}
}

/* Ranges of the prompt's length, of which the first begins at 0. */
static void litellm_tiers(const json_t *entry, struct list_row *row)
{
	static const struct {
		const char *name;
		enum figure figure, above;
	} kinds[] = { { "input_cost_per_token", INPUT, LONG_INPUT },
		{ "output_cost_per_token", OUTPUT, LONG_OUTPUT },
		{ "cache_read_input_token_cost", CACHE_READ, LONG_CACHE_READ } };
	const json_t *tiers = json_object_get(entry, "tiered_pricing"), *tier;
	size_t index;

	json_array_foreach((json_t *)tiers, index, tier)
	{
		double from = json_number_value(json_array_get(json_object_get(tier, "range"), 0));

		for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
			if (from > 0)
				list_row_long(row, from, kinds[i].above, tier, kinds[i].name, 1e6);
			else
				list_row_take(row, kinds[i].figure, tier, kinds[i].name, 1e6);
	}
}

/* The spans of a window, each for one day of the week. */
static void litellm_window(const json_t *window, struct text *out)
{
	const json_t *hours = json_object_get(window, "hours_utc"),
		     *days = json_object_get(window, "weekdays");

	for (int day = 1; day <= 7; day++) {
		bool wanted = !days;
		size_t spans = json_is_array(hours) ? json_array_size(hours) : 1;

		for (size_t i = 0; i < json_array_size(days); i++)
			wanted = wanted || json_integer_value(json_array_get(days, i)) == day;
		for (size_t i = 0; wanted && i < spans; i++) {
			const char *span = json_string_value(
			    json_is_array(hours) ? json_array_get(hours, i) : hours);

			text_printf(out, "%s%d-%d %s", out->len ? ";" : "", day, day,
			    span && list_is_cell(span) ? span : "?");
		}
	}
}

/* Hours that cannot be read are none: then the dearer price holds always. */
static void litellm_off_peak(const json_t *entry, struct list_row *row)
{
	const json_t *found = json_object_get(entry, "off_peak_pricing"),
		     *windows = json_object_get(found, "windows"), *window;
	struct price_hours hours;
	AUTO_TEXT struct text text;
	size_t index;

	text_init(&text, sizeof row->off_peak - 1);
	json_array_foreach((json_t *)windows, index, window) litellm_window(window, &text);
	if (text_failed(&text) || !price_hours_parse(text_slice(&text), &hours))
		return;
	memcpy(row->off_peak, text.bytes, text.len + 1);
	row->figures[OFF_INPUT] = list_number(found, "input_cost_per_token", 1e6);
	row->figures[OFF_OUTPUT] = list_number(found, "output_cost_per_token", 1e6);
	row->figures[OFF_CACHE_READ] = list_number(found, "cache_read_input_token_cost", 1e6);
}

/* Of images and the like: two names for one price, of which the dearer counts; what has a price of
 * tokens is billed by those. */
static void litellm_units(const json_t *entry, struct list_row *row)
{
	static const struct {
		const char *name;
		enum figure figure;
		double scale;
	} names[] = {
		{ "output_cost_per_image", PER_IMAGE, 1 },
		{ "input_cost_per_image", PER_IMAGE, 1 },
		{ "output_cost_per_image_2K", PER_IMAGE, 1 },
		{ "input_cost_per_character", PER_CHARACTER, 1e6 },
		{ "output_cost_per_second", PER_SECOND, 1 },
		{ "input_cost_per_second", PER_SECOND, 1 },
		{ "input_cost_per_query", PER_QUERY, 1 },
	};

	if (price_mode_named(slice_of(row->mode)) == MODE_CHAT)
		return;
	if (row->figures[INPUT] > 0 || row->figures[IMAGE_OUTPUT] >= 0)
		return;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		list_row_take(row, names[i].figure, entry, names[i].name, names[i].scale);
}

/* A name of LiteLLM's own for another entry. */
static const json_t *litellm_target(const struct list *list, const json_t *entry)
{
	const char *name = json_read_text(entry, "alias_of");

	return name ? json_object_get(list->root, name) : entry;
}

/* "azure/gpt-4o" is azure's gpt-4o; "bedrock_converse" stands before no name. */
static const char *without_provider(const char *key, const char *provider)
{
	size_t len = strlen(provider);

	return strncmp(key, provider, len) == 0 && key[len] == '/' ? key + len + 1 : key;
}

/* A model that makes pictures in conversations, such as Gemini's. */
static bool converses(const json_t *entry)
{
	const json_t *addresses = json_object_get(entry, "supported_endpoints"), *address;
	size_t index;

	json_array_foreach((json_t *)addresses, index, address)
	{
		const char *path = json_string_value(address);

		if (path && strcmp(path, "/v1/chat/completions") == 0)
			return true;
	}
	return false;
}

static void add_litellm(struct list *list, const char *key, const json_t *named)
{
	const json_t *entry = litellm_target(list, named);
	const char *theirs = json_read_text(entry, "litellm_provider"),
		   *ends = json_read_text(entry, "deprecation_date"),
		   *mode = json_read_text(entry, "mode"), *provider = list_provider(theirs);
	struct list_row row;

	if (strcmp(key, "sample_spec") == 0)
		return;
	row = list_row_new(
	    provider, theirs ? without_provider(without_provider(key, theirs), provider) : key);
	row.mode = mode && list_is_cell(mode) && !converses(entry) ? mode : "chat";
	for (size_t i = 0; i < sizeof litellm / sizeof litellm[0]; i++)
		list_row_take(&row, litellm[i].figure, entry, litellm[i].name, litellm[i].scale);
	if (row.figures[OUTPUT] < 0 && strcmp(row.mode, "embedding") == 0)
		row.figures[OUTPUT] = 0;
	litellm_long(entry, &row);
	litellm_tiers(entry, &row);
	litellm_off_peak(entry, &row);
	litellm_units(entry, &row);
	if (ends && strlen(ends) == 10)
		row.retires = ends;
	list_row_add(list, &row);
}

/* ---- models.dev ---- */

static const struct {
	const char *name;
	enum figure figure, above; /* above: FIGURES is none */
} models_dev[] = { { "input", INPUT, LONG_INPUT }, { "output", OUTPUT, LONG_OUTPUT },
	{ "cache_read", CACHE_READ, LONG_CACHE_READ }, { "cache_write", CACHE_WRITE, FIGURES },
	{ "reasoning", REASONING, FIGURES }, { "input_audio", AUDIO_INPUT, FIGURES },
	{ "output_audio", AUDIO_OUTPUT, FIGURES } };

static void add_models_dev(struct list *list, const char *provider, const json_t *models)
{
	const char *key;
	json_t *model;

	json_object_foreach((json_t *)models, key, model)
	{
		const json_t *cost = json_object_get(model, "cost"),
			     *limit = json_object_get(model, "limit"),
			     *above = json_object_get(cost, "context_over_200k");
		struct list_row row = list_row_new(list_provider(provider), key);

		for (size_t i = 0; i < sizeof models_dev / sizeof models_dev[0]; i++) {
			list_row_take(&row, models_dev[i].figure, cost, models_dev[i].name, 1);
			if (models_dev[i].above != FIGURES)
				list_row_take(
				    &row, models_dev[i].above, above, models_dev[i].name, 1);
		}
		row.figures[LONG_FROM] = above ? 200000 : -1;
		row.figures[MAX_INPUT] = list_number(limit, "context", 1);
		row.figures[MAX_OUTPUT] = list_number(limit, "output", 1);
		list_row_add(list, &row);
	}
}

/* ---- which it is ---- */

bool price_lists_is_json(struct slice text)
{
	size_t at = 0;

	while (at < text.len && strchr(" \t\r\n", text.ptr[at]))
		at++;
	return at < text.len && (text.ptr[at] == '{' || text.ptr[at] == '[');
}

static void add_all(struct list *list, const json_t *root)
{
	const json_t *providers = json_is_array(root) ? root : json_object_get(root, "providers");
	const char *key;
	json_t *entry;
	size_t index;

	if (json_is_array(providers)) {
		json_array_foreach((json_t *)providers, index, entry) genai_list_add(list, entry);
		return;
	}
	json_object_foreach((json_t *)root, key, entry)
	{
		if (json_is_object(json_object_get(entry, "models")))
			add_models_dev(list, key, json_object_get(entry, "models"));
		else
			add_litellm(list, key, entry);
	}
}

char *price_lists_table(
    struct slice json, const char *as_of, struct price_lists_note *out_note, struct error *err)
{
	AUTO_JSON json_t *root = json_loadb(json.ptr, json.len, 0, NULL);
	struct list list = { .as_of = as_of, .root = root };
	bool any;
	char *table = NULL;

	text_init(&list.text, TABLE_MAX);
	text_puts(&list.text, list_header);
	if (root)
		add_all(&list, root);
	any = list.text.len > strlen(list_header);
	*out_note = list.note;
	if (!root || !any || text_failed(&list.text))
		(void)error_set(err, ERROR_SETTINGS,
		    "%s; expected a price list of LiteLLM, genai-prices or models.dev, or a table "
		    "like config/prices.tsv",
		    !root ? "it is no JSON"
		    : any ? "it is too large"
			  : "no model has a price in it");
	else
		table = alloc_copy(list.text.bytes);
	text_release(&list.text);
	return table;
}
