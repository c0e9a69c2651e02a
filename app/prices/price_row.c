/*
 * Reading price lines.  See the header.
 */
#include "prices/price_row.h"

#include <stddef.h>
#include <string.h>

#include "base/number.h"

#include "base/banned.h"

#define NOT_OURS    (-1)
#define MODE_FIELD  (-2)
#define DATE_FIELD  (-3)
#define PER_MILLION 6 /* USD per million tokens to pico-dollars per token */

static const struct {
	const char *name;
	size_t offset;
	int scale;
} fields[] = {
	/* clang-format off */
	{ "input",             offsetof(struct price, input_pico),           PER_MILLION },
	{ "output",            offsetof(struct price, output_pico),          PER_MILLION },
	{ "cache_read",        offsetof(struct price, cache_read_pico),      PER_MILLION },
	{ "cache_write",       offsetof(struct price, cache_write_pico),     PER_MILLION },
	{ "cache_write_1h",    offsetof(struct price, cache_write_1h_pico),  PER_MILLION },
	{ "reasoning_output",  offsetof(struct price, reasoning_pico),       PER_MILLION },
	{ "audio_input",       offsetof(struct price, audio_input_pico),     PER_MILLION },
	{ "audio_output",      offsetof(struct price, audio_output_pico),    PER_MILLION },
	{ "long_context_from", offsetof(struct price, long_from_tokens),     0 },
	{ "long_input",        offsetof(struct price, long_input_pico),      PER_MILLION },
	{ "long_output",       offsetof(struct price, long_output_pico),     PER_MILLION },
	{ "long_cache_read",   offsetof(struct price, long_cache_read_pico), PER_MILLION },
	{ "max_input_tokens",  offsetof(struct price, max_input_tokens),     0 },
	{ "max_output_tokens", offsetof(struct price, max_output_tokens),    0 },
	/* clang-format on */
};
#define FIELD_COUNT (sizeof fields / sizeof fields[0])

static int64_t *field_at(struct price *price, size_t field)
{
	return (int64_t *)((char *)price + fields[field].offset);
}

static int field_of(struct slice name)
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		if (slice_is(name, fields[i].name))
			return (int)i;
	return slice_is(name, "mode")    ? MODE_FIELD
	       : slice_is(name, "as_of") ? DATE_FIELD
					 : NOT_OURS;
}

/* The next cell of a line; false after the last. */
static bool next_cell(const char **at, const char *end, struct slice *out)
{
	const char *tab;

	if (!*at)
		return false;
	tab = memchr(*at, '\t', (size_t)(end - *at));
	*out = (struct slice){ *at, (size_t)((tab ? tab : end) - *at) };
	*at = tab ? tab + 1 : NULL;
	return true;
}

void price_clear(struct price *price)
{
	memset(price, 0, sizeof *price);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		*field_at(price, i) = PRICE_UNKNOWN;
	price->long_from_tokens = 0;
}

int price_columns_read(struct slice header, struct price_columns *out, struct error *err)
{
	const char *at = header.ptr;
	struct slice cell;

	out->count = 0;
	while (next_cell(&at, header.ptr + header.len, &cell)) {
		if (out->count == PRICE_COLUMNS_MAX)
			return error_set(
			    err, ERROR_SETTINGS, "more than %d columns", PRICE_COLUMNS_MAX);
		out->of_field[out->count++] = field_of(cell);
	}
	if (out->count < 5)
		return error_set(err, ERROR_SETTINGS,
		    "the first line must name tab-separated columns: provider, model, mode, input, "
		    "output, ...");
	return 0;
}

static int set_field(struct price *price, size_t field, struct slice decimal, struct error *err)
{
	if (number_scaled(decimal, fields[field].scale, field_at(price, field), err) != 0)
		return error_prefix(err, "%s", fields[field].name);
	return 0;
}

int price_field_set(struct price *price, struct slice name, struct slice decimal, struct error *err)
{
	int field = field_of(name);

	if (field < 0)
		return error_set(
		    err, ERROR_SETTINGS, "no price is called '%.*s'", (int)name.len, name.ptr);
	return set_field(price, (size_t)field, decimal, err);
}

int price_row_read(const struct price_columns *columns, struct slice line, struct price *out,
    struct slice *out_mode, struct error *err)
{
	const char *at = line.ptr;
	struct slice cell;

	price_clear(out);
	*out_mode = slice_of("");
	for (int i = 0; i < columns->count && next_cell(&at, line.ptr + line.len, &cell); i++) {
		int field = columns->of_field[i];

		if (field == MODE_FIELD)
			*out_mode = cell;
		else if (field == DATE_FIELD && cell.len < sizeof out->as_of)
			memcpy(out->as_of, cell.ptr, cell.len);
		else if (field >= 0 && cell.len > 0 &&
			 set_field(out, (size_t)field, cell, err) != 0)
			return -1;
	}
	if (out->long_from_tokens == PRICE_UNKNOWN)
		out->long_from_tokens = 0;
	return 0;
}

static bool has_negative(const struct price *price)
{
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		int64_t value;

		memcpy(&value, (const char *)price + fields[i].offset, sizeof value);
		if (value < 0 && value != PRICE_UNKNOWN)
			return true;
	}
	return false;
}

static bool lacks_output(const struct price *price)
{
	return price->output_pico == PRICE_UNKNOWN ||
	       (price->output_pico == 0 && price->input_pico > 0);
}

const char *price_row_fault(const struct price *price, struct slice mode)
{
	if (has_negative(price))
		return "a figure is negative";
	if (price->input_pico == PRICE_UNKNOWN)
		return "there is no input price";
	if (slice_is(mode, "chat") && lacks_output(price))
		return "there is no output price";
	if (price->cache_read_pico != PRICE_UNKNOWN && price->cache_read_pico > price->input_pico)
		return "a cached read is dearer than the input";
	if (price->input_pico > 0 && price->cache_write_1h_pico / 10 > price->input_pico)
		return "a cache write is more than ten times the input";
	return NULL;
}
