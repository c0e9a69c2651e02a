/*
 * Names of models.
 *
 * Four digits are a date only when they can be one: month and day (0613) or year and month (2407),
 * so that a context size (8192) stays part of the name.
 *
 * Only makers whose models nobody else hosts at prices of his own are looked up for a reseller:
 * an open model costs at each host what the host says.
 */
#include "prices/price_names.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

#include "base/banned.h"

static size_t digits_at_end(const char *model, size_t len)
{
	size_t count = 0;
	while (count < len && isdigit((unsigned char)model[len - 1 - count]))
		count++;
	return count;
}

static int64_t number_at(const char *text, size_t len)
{
	int64_t number = 0;
	for (size_t i = 0; i < len; i++)
		number = number * 10 + (text[i] - '0');
	return number;
}

static bool is_month(int64_t n)
{
	return n >= 1 && n <= 12;
}

static bool is_day(int64_t n)
{
	return n >= 1 && n <= 31;
}

static bool is_date8(int64_t n)
{
	return n >= 20180000 && n < 21000000 && is_month(n / 100 % 100) && is_day(n % 100);
}

static bool is_date4(int64_t n)
{
	bool month_day = is_month(n / 100) && is_day(n % 100);
	bool year_month = n / 100 >= 18 && n / 100 <= 49 && is_month(n % 100);
	return month_day || year_month;
}

/* "-2024-07-18" at the end: 11 characters. */
static int64_t dashed_date(const char *model, size_t len)
{
	const char *at = model + len - 11;
	if (len < 12 || at[0] != '-' || at[5] != '-' || at[8] != '-')
		return 0;
	for (int i = 1; i < 11; i++) {
		if (i != 5 && i != 8 && !isdigit((unsigned char)at[i]))
			return 0;
	}
	int64_t date =
	    number_at(at + 1, 4) * 10000 + number_at(at + 6, 2) * 100 + number_at(at + 9, 2);
	return is_date8(date) ? date : 0;
}

size_t price_names_undated(const char *model, int64_t *out_date)
{
	size_t len = strlen(model);
	*out_date = dashed_date(model, len);
	if (*out_date)
		return len - 11;
	size_t digits = digits_at_end(model, len);
	if ((digits != 8 && digits != 4) || len < digits + 2)
		return len;
	int64_t number = number_at(model + len - digits, digits);
	char before = model[len - digits - 1];
	bool is_date = digits == 8 ? (before == '-' || before == '@') && is_date8(number)
				   : before == '-' && is_date4(number);
	if (!is_date)
		return len;
	*out_date = number;
	return len - digits - 1;
}

static bool price_names_fits(int len, size_t size)
{
	return len > 0 && (size_t)len < size;
}

/* OpenRouter names Anthropic's models with dots: claude-3.5-sonnet. */
static bool openrouter_maker(
    const char *model, const char **out_provider, char *out_model, size_t size)
{
	static const struct {
		const char *prefix;
		const char *provider;
	} makers[] = { { "openai/", "openai" }, { "anthropic/", "anthropic" },
		{ "google/gemini", "gemini" }, { "x-ai/", "xai" }, { "cohere/", "cohere" },
		{ "perplexity/", "perplexity" } };
	/* A suffix (":free", ":nitro") is another tariff; gpt-oss is open and hosted by many. */
	if (strchr(model, ':') || slice_begins(slice_of(model), "openai/gpt-oss"))
		return false;
	for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
		if (!slice_begins(slice_of(model), makers[i].prefix))
			continue;
		*out_provider = makers[i].provider;
		if (!price_names_fits(
			snprintf(out_model, size, "%s", strchr(model, '/') + 1), size))
			return false;
		for (char *c = out_model; *c && strcmp(*out_provider, "anthropic") == 0; c++)
			*c = *c == '.' ? '-' : *c;
		return true;
	}
	return false;
}

bool price_names_maker(const char *provider, const char *model, const char **out_provider,
    char *out_model, size_t size)
{
	if (strcmp(provider, "openrouter") == 0)
		return openrouter_maker(model, out_provider, out_model, size);
	if (strcmp(provider, "azure") == 0) {
		*out_provider = "openai";
		/* Azure writes no dots in names. */
		if (slice_begins(slice_of(model), "gpt-35"))
			return price_names_fits(
			    snprintf(out_model, size, "gpt-3.5%s", model + 6), size);
		return price_names_fits(snprintf(out_model, size, "%s", model), size);
	}
	if (strcmp(provider, "vertex_ai") == 0) {
		*out_provider = slice_begins(slice_of(model), "gemini-")   ? "gemini"
				: slice_begins(slice_of(model), "claude-") ? "anthropic"
									   : NULL;
		return *out_provider &&
		       price_names_fits(snprintf(out_model, size, "%s", model), size);
	}
	return false;
}
