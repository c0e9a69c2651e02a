/*
 * Provider budgets, tiers, prices and the choices that are more than a field.
 */
#include "settings/sections.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/number.h"
#include "settings/address.h"
#include "settings/deployment_fields.h"
#include "settings/values.h"
#include "settings/yaml_json.h"

#include "base/banned.h"

#define TIERS_MAX        16
#define TAG_MOST         64
#define ZONES            "/usr/share/zoneinfo"
#define MOST_PER_MILLION INT64_C(1000000000000) /* $1,000,000 a million tokens */
#define MOST_DOLLARS     (INT64_C(1000000000) * 1000000000)

static bool wants_map(struct reading *r, const char *label, const struct yaml_node *node)
{
	if (node->kind == YAML_IS_MAP)
		return true;
	return value_fault(r, label, node->origin, "expected a map");
}

static void sections_unknown_key(
    struct reading *r, const char *label, const struct yaml_entry *entry, const char *have)
{
	value_warn(r, label, entry->origin, "unknown key '%s' (have: %s)", entry->key, have);
}

/* NULL: it is given for nobody. */
static struct named_budget *read_named_budget(
    struct reading *r, const char *label, const struct yaml_entry *named, struct named_budgets *out)
{
	struct named_budget budget = { .max_budget_nano = SETTING_UNSET, .origin = named->origin };
	for (size_t i = 0; i < named->value->count; i++) {
		const struct yaml_entry *entry = &named->value->entries[i];
		const char *name = arena_printf(r->arena, "%s.%s", label, entry->key);
		if (text_is_one_of(entry->key, "max_budget budget_limit")) {
			if (!value_decimal(r, name, entry->value, 9, MOST_DOLLARS, "dollars",
				&budget.max_budget_nano))
				return NULL;
		} else if (text_is_one_of(entry->key, "budget_duration time_period")) {
			if (!value_period(r, name, entry->value, &budget.budget_duration))
				return NULL;
		} else {
			sections_unknown_key(r, label, entry, "max_budget, budget_duration");
		}
	}
	if (budget.max_budget_nano == SETTING_UNSET) {
		(void)value_fault(r, label, named->origin, "no max_budget is given");
		return NULL;
	}
	budget.name = arena_copy(r->arena, named->key);
	if (!budget.budget_duration)
		budget.budget_duration = arena_copy(r->arena, "1d");
	struct named_budget *added = arena_grow(r->arena, &out->items, &out->count, sizeof *added);
	*added = budget;
	return added;
}

static void read_named_budgets(struct reading *r, const char *label, const struct yaml_node *node,
    struct named_budgets *out, const char *(*name_of)(const char *key))
{
	if (!wants_map(r, label, node))
		return;
	if (out->count)
		value_warn(r, label, node->origin,
		    "the map that begins in line %d is not used; this one counts",
		    out->items[0].origin.line);
	*out = (struct named_budgets){ 0 };
	for (size_t i = 0; i < node->count; i++) {
		const char *name = arena_printf(r->arena, "%s.%s", label, node->entries[i].key);
		struct named_budget *budget =
		    wants_map(r, name, node->entries[i].value)
			? read_named_budget(r, name, &node->entries[i], out)
			: NULL;
		if (budget && name_of)
			budget->name = arena_copy(r->arena, name_of(budget->name));
	}
}

void sections_provider_budgets(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	read_named_budgets(
	    r, label, node, &((struct settings *)base)->provider_budgets, deployment_provider);
}

void sections_tag_budgets(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct named_budgets *budgets = &((struct settings *)base)->tag_budgets;

	read_named_budgets(r, label, node, budgets, NULL);
	for (size_t i = 0; i < budgets->count; i++)
		if (strlen(budgets->items[i].name) > TAG_MOST)
			(void)value_fault(r, label, budgets->items[i].origin,
			    "a tag has at most %d bytes, as the record keeps it", TAG_MOST);
}

/* Without the zone files of the system only the shape of the name can be checked. */
void sections_timezone(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	char *name;
	char path[PATH_MAX];
	if (!value_text(r, label, node, &name))
		return;
	size_t good =
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");
	(void)snprintf(path, sizeof path, ZONES "/%s", name);
	bool known =
	    strcmp(name, "UTC") == 0 || access(ZONES "/UTC", R_OK) != 0 || access(path, R_OK) == 0;
	if (name[good] || *name == '/' || strlen(name) > 60 || !known)
		(void)value_fault(r, label, node->origin,
		    "'%.60s' is not a time zone such as UTC or Europe/Berlin", name);
	else
		((struct settings *)base)->timezone = name;
}

void sections_routing_strategy(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	static const char *const others[] = { "least-busy", "usage-based-routing",
		"usage-based-routing-v2", "latency-based-routing", "cost-based-routing" };
	char *name;
	if (!value_text(r, label, node, &name) || strcmp(name, "simple-shuffle") == 0)
		return;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (strcmp(name, others[i]) == 0) {
			problems_add(r->problems, PROBLEM_NOTICE, node->origin,
			    "%s is not used: deployments are picked by order, then at random by "
			    "weight, rpm or tpm",
			    label);
			return;
		}
	}
	const char *nearest = settings_nearest(name, others, sizeof others / sizeof others[0]);
	(void)value_fault(r, label, node->origin, "no strategy '%.40s' (nearest: %s)", name,
	    nearest ? nearest : "simple-shuffle");
}

/* The place of the text among the words, or -1 with a problem. */
static int word_of(
    struct reading *r, const char *label, const struct yaml_node *node, const char *const words[3])
{
	char *name;

	if (!value_text(r, label, node, &name))
		return -1;
	for (int i = 0; i < 3 && words[i]; i++)
		if (strcmp(name, words[i]) == 0)
			return i;
	(void)value_fault(r, label, node->origin, "'%.40s' is not one of: %s %s%s%s", name,
	    words[0], words[1], words[2] ? " " : "", words[2] ? words[2] : "");
	return -1;
}

void sections_on_low_budget(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	static const char *const words[3] = { "refuse", "clamp" };
	int word = word_of(r, label, node, words);

	if (word >= 0)
		((struct settings *)base)->on_low_budget = (enum low_budget_rule)word;
}

void sections_answer_model(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	char *name;
	if (!value_text(r, label, node, &name))
		return;
	if (strcmp(name, "provider") != 0 && strcmp(name, "asked") != 0)
		(void)value_fault(
		    r, label, node->origin, "'%.40s' is not one of: provider asked", name);
	else
		((struct settings *)base)->answers_name_asked = *name == 'a';
}

void sections_budget_status(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	static const char *const words[3] = { "429", "402", "400" };
	static const int statuses[3] = { 429, 402, 400 };
	int word = word_of(r, label, node, words);

	if (word >= 0)
		((struct settings *)base)->budget_status = statuses[word];
}

void sections_late_answers(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	static const char *const words[3] = { "wait", "abort" };
	int word = word_of(r, label, node, words);

	if (word >= 0)
		((struct settings *)base)->late_answers = (enum late_answer_rule)word;
}

void sections_bank(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct error err;
	char *url;

	if (!value_text(r, label, node, &url))
		return;
	address_warn_written_password(r, label, node);
	if (address_check_bank(url, &err) != 0) {
		(void)value_fault(r, label, node->origin, "%s", err.text);
		return;
	}
#ifndef HAVE_POSTGRESQL
	(void)value_fault(r, label, node->origin,
	    "this program was built without PostgreSQL; ./configure --with-postgresql builds one "
	    "that has it");
#endif
	((struct settings *)base)->bank = url;
}

#define SHARE_MOST 20 /* percent: five such leases are all that is free */

/* "5%", "0.5%"; a number without the sign is percent, too. */
void sections_lease_share(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct settings *settings = base;
	int64_t ppm;
	char *text;
	size_t len;

	if (!value_text(r, label, node, &text))
		return;
	len = strlen(text);
	if (len && text[len - 1] == '%')
		len--;
	if (number_scaled((struct slice){ text, len }, 4, &ppm, NULL) != 0 || ppm < 1 ||
	    ppm > SHARE_MOST * INT64_C(10000))
		(void)value_fault(r, label, node->origin,
		    "'%.20s' is not a share; write a number up to %d%%, as 5%%", text, SHARE_MOST);
	else
		settings->leases_share_ppm = ppm;
}

void sections_key_json(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct new_key_settings *terms = &((struct settings *)base)->new_keys;
	const struct {
		const char *name, *what, **json;
		enum yaml_kind kind;
	} fields[] = { { "models", "list of model groups", &terms->models, YAML_IS_LIST },
		{ "tags", "list of texts", &terms->tags, YAML_IS_LIST },
		{ "allowed_routes", "list of texts", &terms->allowed_routes, YAML_IS_LIST },
		{ "metadata", "map", &terms->metadata, YAML_IS_MAP },
		{ "user_id", "text", &terms->user_id, YAML_IS_TEXT } };
	const char *name = strrchr(label, '.') + 1;
	enum yaml_json_type type;
	char *json;

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		if (strcmp(fields[i].name, name) != 0)
			continue;
		if (node->kind != fields[i].kind)
			(void)value_fault(r, label, node->origin, "expected a %s", fields[i].what);
		else if (yaml_json(r, label, node, &json, &type))
			*fields[i].json = json;
	}
}

static bool check_price(struct reading *r, const char *label, const struct yaml_entry *entry)
{
	static const char *const prices[] = { "input", "output", "cache_read", "cache_write",
		"cache_write_1h", "off_peak_input", "off_peak_output", "off_peak_cache_read",
		"cache_write_12h", "cache_read_audio", "reasoning_output", "audio_input",
		"audio_output", "image_input", "image_output", "long_input", "long_output",
		"long_cache_read", "per_request" };
	static const char *const counts[] = { "long_context_from", "max_input_tokens",
		"max_output_tokens" };
	int64_t number;
	for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++) {
		if (strcmp(entry->key, prices[i]) == 0)
			return strcmp(prices[i], "per_request") == 0
				   ? value_decimal(r, label, entry->value, 9,
					 1000 * NANO_PER_DOLLAR, "dollars", &number)
				   : value_decimal(r, label, entry->value, 6, MOST_PER_MILLION,
					 "dollars per million tokens", &number);
	}
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		if (strcmp(entry->key, counts[i]) == 0)
			return value_whole(
			    r, label, entry->value, 1, INT64_C(1000000000000), &number);
	}
	const char *nearest =
	    settings_nearest(entry->key, prices, sizeof prices / sizeof prices[0]);
	value_warn(r, label, entry->origin, "unknown key (nearest: %s)",
	    nearest ? nearest : "input, output");
	return true;
}

static void read_price(struct reading *r, const char *label, const struct yaml_entry *model)
{
	bool good = strchr(model->key, '/') != NULL;
	if (!good)
		(void)value_fault(r, label, model->origin,
		    "the name must be provider/model, such as openai/gpt-4o");
	for (size_t i = 0; i < model->value->count; i++) {
		const struct yaml_entry *entry = &model->value->entries[i];
		const char *name = arena_printf(r->arena, "%s.%s", label, entry->key);
		good = check_price(r, name, entry) && good;
	}
	char *json;
	enum yaml_json_type type;
	if (!good || !yaml_json(r, label, model->value, &json, &type))
		return;
	struct settings_pairs *pairs = &r->settings->extra_prices;
	struct settings_pair *pair =
	    arena_grow(r->arena, &pairs->items, &pairs->count, sizeof *pair);
	*pair = (struct settings_pair){
		.name = (char *)model->key, .value = json, .origin = model->origin
	};
}

void sections_prices(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	if (!wants_map(r, label, node))
		return;
	for (size_t i = 0; i < node->count; i++) {
		const char *name = arena_printf(r->arena, "%s.%s", label, node->entries[i].key);
		if (wants_map(r, name, node->entries[i].value))
			read_price(r, name, &node->entries[i]);
	}
}

void sections_max_price_ratio(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	int64_t percent;

	if (!value_decimal(r, label, node, 2, 100000 * INT64_C(100),
		"times the first choice's price", &percent))
		return;
	if (percent < 100)
		(void)value_fault(r, label, node->origin,
		    "expected at least 1: how many times the price of the first choice a fallback "
		    "may cost");
	else
		r->settings->max_price_ratio_percent = percent;
}

static bool read_tier(
    struct reading *r, const char *label, const struct yaml_node *node, struct tier_band *tier)
{
	if (!wants_map(r, label, node))
		return false;
	const struct yaml_node *name = yaml_tree_get(node, "name");
	const struct yaml_node *up_to = yaml_tree_get(node, "up_to");
	for (size_t i = 0; i < node->count; i++) {
		if (node->entries[i].value != name && node->entries[i].value != up_to)
			sections_unknown_key(r, label, &node->entries[i], "name, up_to");
	}
	if (!name)
		return value_fault(r, label, node->origin, "this tier has no name");
	tier->up_to_pico = INT64_MAX;
	return value_text(r, label, name, &tier->name) &&
	       (!up_to || yaml_tree_is_null(up_to) ||
		   value_decimal(r, label, up_to, 6, MOST_PER_MILLION, "dollars per million tokens",
		       &tier->up_to_pico));
}

static const char *tier_fault(const struct tier_band *tiers, size_t i, size_t count)
{
	for (size_t j = 0; j < i; j++) {
		if (strcmp(tiers[j].name, tiers[i].name) == 0)
			return "has the name of another tier";
	}
	if (i + 1 < count && tiers[i].up_to_pico == INT64_MAX)
		return "has no up_to; only the last, the dearest, may leave it out";
	if (i > 0 && tiers[i].up_to_pico <= tiers[i - 1].up_to_pico)
		return "must reach higher than the one before it";
	return NULL;
}

void sections_tiers(struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	if (node->kind != YAML_IS_LIST || !node->count || node->count > TIERS_MAX) {
		(void)value_fault(r, label, node->origin,
		    "expected a list of 1 to %d tiers, such as - {name: cheap, up_to: 1.00}",
		    TIERS_MAX);
		return;
	}
	struct tier_band *tiers = arena_alloc(r->arena, node->count * sizeof *tiers);
	for (size_t i = 0; i < node->count; i++) {
		const struct yaml_node *item = node->entries[i].value;
		if (!read_tier(r, label, item, &tiers[i]))
			return;
		const char *fault = tier_fault(tiers, i, node->count);
		if (fault) {
			(void)value_fault(
			    r, label, item->origin, "tier '%.40s' %s", tiers[i].name, fault);
			return;
		}
	}
	struct tier_band *last = &tiers[node->count - 1];
	if (last->up_to_pico != INT64_MAX)
		value_note(r, label, node->entries[node->count - 1].value->origin,
		    "'%.40s' is the last tier and takes every higher price too", last->name);
	last->up_to_pico = INT64_MAX;
	r->settings->tiers = tiers;
	r->settings->tier_count = node->count;
}

void sections_defaults(struct reading *r)
{
	static const struct {
		const char *name;
		int64_t up_to_pico;
	} bands[] = { { "free", 0 }, { "cheap", 1000000 }, { "mid", 8000000 },
		{ "premium", INT64_MAX } };
	struct settings *settings = r->settings;
	settings->tier_count = sizeof bands / sizeof bands[0];
	settings->tiers = arena_alloc(r->arena, settings->tier_count * sizeof *settings->tiers);
	for (size_t i = 0; i < settings->tier_count; i++)
		settings->tiers[i] =
		    (struct tier_band){ arena_copy(r->arena, bands[i].name), bands[i].up_to_pico };
	settings->timezone = arena_copy(r->arena, "UTC");
	settings->leases_share_ppm = 50000;
}
