/*
 * off_peak_pricing of a deployment, as LiteLLM writes it: prices per token that hold in `windows`,
 * each with hours_utc ("16:30-00:30", or a list) and weekdays (1 is Monday; without them every
 * day).  The windows become the text of prices/price_hours.h.
 */
#include <stdio.h>

#include "base/text.h"
#include "settings/deployment_fields.h"
#include "settings/values.h"

#include "base/banned.h"

#define HOURS_MAX     400 /* bytes */
#define A_DOLLAR_PICO INT64_C(1000000000000)

static bool is_span(const char *text)
{
	int numbers[4], end = 0;

	return sscanf(text, "%2d:%2d-%2d:%2d%n", &numbers[0], &numbers[1], &numbers[2], &numbers[3],
		   &end) == 4 &&
	       !text[end] && numbers[0] >= 0 && numbers[0] < 24 && numbers[2] >= 0 &&
	       numbers[2] <= 24 && numbers[1] >= 0 && numbers[1] < 60 && numbers[3] >= 0 &&
	       numbers[3] < 60;
}

static bool fault(struct reading *r, const char *label, const struct yaml_node *node)
{
	return value_fault(r, label, node->origin,
	    "expected windows of cheaper hours, such as {hours_utc: [\"16:30-00:30\"], weekdays: "
	    "[1, 2, 3, 4, 5]}");
}

static bool read_spans(
    struct reading *r, const char *label, const struct yaml_node *node, int day, struct text *out)
{
	bool list = node->kind == YAML_IS_LIST;
	size_t count = list ? node->count : 1;

	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = list ? node->entries[i].value : node;
		char *span;

		if (!value_text(r, label, item, &span))
			return false;
		if (!is_span(span))
			return fault(r, label, item);
		text_printf(out, i ? ",%s" : "%s%d-%d %s",
		    i          ? span
		    : out->len ? ";"
			       : "",
		    day, day, span);
	}
	return count > 0 || fault(r, label, node);
}

static bool read_window(
    struct reading *r, const char *label, const struct yaml_node *node, struct text *out)
{
	const struct yaml_node *hours = yaml_tree_get(node, "hours_utc"),
			       *days = yaml_tree_get(node, "weekdays");

	if (!hours || (days && days->kind != YAML_IS_LIST))
		return fault(r, label, node);
	for (size_t i = 0; i < (days ? days->count : 7); i++) {
		int64_t day = (int64_t)i + 1;

		if (days && !value_whole(r, label, days->entries[i].value, 1, 7, &day))
			return false;
		if (!read_spans(r, label, hours, (int)day, out))
			return false;
	}
	return true;
}

static bool off_peak_read_windows(
    struct reading *r, const char *label, const struct yaml_node *windows, char **out)
{
	AUTO_TEXT struct text text = text_empty(HOURS_MAX);

	if (!windows || windows->kind != YAML_IS_LIST || !windows->count)
		return false;
	for (size_t i = 0; i < windows->count; i++)
		if (!read_window(r, label, windows->entries[i].value, &text))
			return false;
	if (text_failed(&text))
		return false;
	*out = arena_copy(r->arena, text.bytes);
	return true;
}

void deployment_off_peak(
    struct reading *r, const char *label, const struct yaml_node *node, void *base)
{
	struct settings_prices *prices = &((struct deployment *)base)->prices;
	const struct {
		const char *key;
		int64_t *out;
	} figures[] = { { "input_cost_per_token", &prices->off_input_pico },
		{ "output_cost_per_token", &prices->off_output_pico },
		{ "cache_read_input_token_cost", &prices->off_cache_read_pico } };

	if (node->kind != YAML_IS_MAP ||
	    !off_peak_read_windows(
		r, label, yaml_tree_get(node, "windows"), &prices->off_peak_hours)) {
		(void)fault(r, label, node);
		return;
	}
	for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
		const struct yaml_node *value = yaml_tree_get(node, figures[i].key);

		if (value)
			(void)value_decimal(r, label, value, 12, A_DOLLAR_PICO, "dollars per token",
			    figures[i].out);
	}
}
