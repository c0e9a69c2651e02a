/*
 * Values to words.  See the header.
 */
#include "settings/describe.h"

#include <string.h>

#include "base/number.h"
#include "settings/settings.h"

#include "base/banned.h"

bool describe_can(const struct schema_row *row)
{
	switch (row->type) {
	case TYPE_BOOL:
	case TYPE_FLAG:
	case TYPE_WHOLE:
	case TYPE_WEIGHT:
	case TYPE_DURATION:
	case TYPE_PERIOD:
	case TYPE_MONEY:
	case TYPE_TEXT:
	case TYPE_SECRET:
	case TYPE_URL:
	case TYPE_CHOICE:
		return true;
	default:
		return false;
	}
}

static void put_duration(struct text *out, int64_t ms)
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "min" }, { 1000, "s" } };

	for (size_t i = 0; ms > 0 && i < sizeof units / sizeof units[0]; i++)
		if (ms % units[i].ms == 0) {
			text_printf(out, "%lld %s", (long long)(ms / units[i].ms), units[i].unit);
			return;
		}
	text_printf(out, "%lld ms", (long long)ms);
}

static void put_url(struct text *out, const char *url)
{
	const char *host = strstr(url, "://");
	const char *at = strchr(url, '@'), *slash;

	host = host ? host + 3 : url;
	slash = strchr(host, '/');
	if (!at || (slash && at > slash)) {
		text_puts(out, url);
		return;
	}
	text_add(out, url, (size_t)(host - url));
	text_puts(out, at + 1);
}

static bool describe_put_number(const struct schema_row *row, int64_t value, struct text *out)
{
	if (value == SETTING_UNSET)
		return false;
	if (row->type == TYPE_DURATION)
		put_duration(out, value);
	else if (row->type == TYPE_MONEY)
		text_puts(out, number_dollars(value).text);
	else if (row->type == TYPE_WEIGHT)
		text_printf(out, "%.10g", (double)value / SETTING_WEIGHT_ONE);
	else
		text_printf(out, "%lld", (long long)value);
	return true;
}

static bool put_words(const struct schema_row *row, const char *value, struct text *out)
{
	if (!value || !*value)
		return false;
	if (row->type == TYPE_SECRET)
		text_puts(out, "set, and not shown");
	else if (row->type == TYPE_URL)
		put_url(out, value);
	else
		text_puts(out, value);
	return true;
}

bool describe_value(const struct schema_row *row, const void *base, struct text *out)
{
	const char *field = (const char *)base + row->offset;

	switch (row->type) {
	case TYPE_FLAG:
		if (!*(const bool *)field)
			return false;
		text_puts(out, ((const bool *)field)[1] ? "yes" : "no");
		return true;
	case TYPE_BOOL:
		text_puts(out, *(const bool *)field ? "yes" : "no");
		return true;
	case TYPE_WHOLE:
	case TYPE_WEIGHT:
	case TYPE_DURATION:
	case TYPE_MONEY:
		return describe_put_number(row, *(const int64_t *)field, out);
	default:
		return describe_can(row) && put_words(row, *(char *const *)field, out);
	}
}

bool describe_default(const struct schema_row *row, struct text *out)
{
	if (row->type == TYPE_BOOL) {
		text_puts(out, row->fallback > 0 ? "yes" : "no");
		return true;
	}
	if (row->type != TYPE_WHOLE && row->type != TYPE_DURATION && row->type != TYPE_MONEY)
		return false;
	return describe_put_number(row, row->fallback, out);
}
