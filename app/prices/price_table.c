/*
 * The price table and the search in it.  See the header.
 *
 * Rows are kept as text, sorted by provider and model, and read when they are asked for: a CGI run
 * reads the few it needs.
 */
#include "prices/price_table.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/digest.h"
#include "base/json_scan.h"
#include "base/number.h"
#include "base/text.h"
#include "prices/price_row.h"
#include "prices/price_rows.h"

#include "base/banned.h"

#define FILE_MAX       ((size_t)8 << 20) /* the built-in table has 140 KB */
#define NAME_MAX_BYTES 200

struct price_table {
	struct price_columns columns;
	const struct price_row_text *rows;
	size_t count;
	char date[12];
	char *bytes; /* of a file; rows point into it */
	struct price_row_text *own_rows;
	const struct settings *settings; /* extra_prices */
};

/* ---- a file in place of the built-in table ---- */

static int compare_rows(const void *a, const void *b)
{
	const struct price_row_text *left = a, *right = b;
	int order = strcmp(left->provider, right->provider);

	return order ? order : strcmp(left->model, right->model);
}

static char *read_file(const char *path, struct error *err)
{
	FILE *file = fopen(path, "re");
	AUTO_TEXT struct text text;
	char block[8192];
	size_t got;

	text_init(&text, FILE_MAX);
	if (!file) {
		(void)error_set(err, ERROR_SETTINGS, "price_file %s: %s", path, strerror(errno));
		return NULL;
	}
	while ((got = fread(block, 1, sizeof block, file)) > 0)
		text_add(&text, block, got);
	if (ferror(file) || text_failed(&text)) {
		(void)error_set(err, ERROR_SETTINGS,
		    "price_file %s: cannot be read, or is larger than 8 MB", path);
		fclose(file);
		return NULL;
	}
	fclose(file);
	return text_take(&text);
}

/* Provider and model of a line, cut out of a copy. */
static bool split_line(char *line, struct price_row_text *out)
{
	char *first = strchr(line, '\t'), *second = first ? strchr(first + 1, '\t') : NULL;

	if (!second)
		return false;
	out->line = line;
	out->provider = alloc_copy_bytes(line, (size_t)(first - line));
	out->model = alloc_copy_bytes(first + 1, (size_t)(second - first - 1));
	return true;
}

static int load_file(struct price_table *table, const char *path, struct error *err)
{
	char *at = table->bytes = read_file(path, err), *end;
	size_t room = 0;

	if (!at)
		return -1;
	end = strchr(at, '\n');
	if (price_columns_read((struct slice){ at, end ? (size_t)(end - at) : strlen(at) },
		&table->columns, err) != 0)
		return error_prefix(err, "price_file %s:1", path);
	for (at = end ? end + 1 : NULL; at && *at; at = end ? end + 1 : NULL) {
		end = strchr(at, '\n');
		if (end)
			*end = '\0';
		if (table->count == room) {
			room = room ? room * 2 : 1024;
			table->own_rows =
			    alloc_grow(table->own_rows, room, sizeof *table->own_rows);
		}
		table->count += split_line(at, &table->own_rows[table->count]);
	}
	if (table->count)
		qsort(table->own_rows, table->count, sizeof *table->own_rows, compare_rows);
	table->rows = table->own_rows;
	return 0;
}

/* ---- checks ---- */

static void check_row(struct price_table *table, const struct price_row_text *row,
    const char *source, struct problems *problems)
{
	struct error err;
	struct price price;
	struct slice mode;
	const char *fault;

	if (price_row_read(&table->columns, slice_of(row->line), &price, &mode, &err) != 0)
		fault = err.text;
	else
		fault = price_row_fault(&price, mode);
	if (fault)
		problems_add(problems, PROBLEM_NOTICE, (struct origin){ source, 0, 0 },
		    "price of %s/%s is not used: %s", row->provider, row->model, fault);
	if (strcmp(price.as_of, table->date) > 0)
		memcpy(table->date, price.as_of, sizeof table->date);
}

static void check_extra_prices(const struct settings *settings, struct problems *problems)
{
	for (size_t i = 0; i < settings->extra_prices.count; i++) {
		const struct settings_pair *pair = &settings->extra_prices.items[i];
		struct price price;
		struct error err;

		price_clear(&price);
		for (struct json_cursor member = json_cursor(slice_of(pair->value));
		     json_next(&member);)
			if (price_field_set(&price, member.key, member.value, &err) != 0)
				problems_add(problems, PROBLEM_ERROR, pair->origin,
				    "prices: %s: %s", pair->name, err.text);
	}
}

struct price_table *price_table_new(
    const struct settings *settings, struct problems *problems, struct error *err)
{
	struct price_table *table = alloc_zero(1, sizeof *table);
	int result;

	table->settings = settings;
	if (settings->price_file) {
		result = load_file(table, settings->price_file, err);
		for (size_t i = 0; result == 0 && i < table->count; i++)
			check_row(table, &table->rows[i], settings->price_file, problems);
	} else {
		table->rows = price_rows;
		table->count = price_rows_count;
		snprintf(table->date, sizeof table->date, "%s", price_rows_date);
		result = price_columns_read(slice_of(price_rows_header), &table->columns, err);
	}
	if (result != 0) {
		price_table_free(table);
		return NULL;
	}
	check_extra_prices(settings, problems);
	return table;
}

void price_table_free(struct price_table *table)
{
	if (!table)
		return;
	for (size_t i = 0; table->own_rows && i < table->count; i++) {
		free((char *)table->own_rows[i].provider);
		free((char *)table->own_rows[i].model);
	}
	free(table->own_rows);
	free(table->bytes);
	free(table);
}

const char *price_table_date(const struct price_table *table)
{
	return table->date;
}

/* ---- names ---- */

static bool find_exact(
    const struct price_table *table, const char *provider, const char *model, struct price *out)
{
	struct price_row_text key = { provider, model, NULL };
	const struct price_row_text *row = table->count ? bsearch(&key, table->rows, table->count,
							      sizeof *table->rows, compare_rows)
							: NULL;
	struct slice mode;

	return row && price_row_read(&table->columns, slice_of(row->line), out, &mode, NULL) == 0 &&
	       !price_row_fault(out, mode);
}

/* Shapes of a date at the end of a name; 0 stands for a digit. */
static const char *const date_shapes[] = { "-0000-00-00", "-00000000", "@00000000", "-0000",
	"-latest" };

static bool has_shape(const char *text, const char *shape)
{
	for (; *shape; shape++, text++)
		if (*shape == '0' ? !isdigit((unsigned char)*text) : *text != *shape)
			return false;
	return true;
}

/* The length of a date at the end of a name, or 0. */
static size_t date_length(const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof date_shapes / sizeof date_shapes[0]; i++) {
		size_t shape_len = strlen(date_shapes[i]);

		if (len > shape_len && has_shape(name + len - shape_len, date_shapes[i]))
			return shape_len;
	}
	return 0;
}

/* The newest dated row of an undated name. */
static bool find_dated(
    const struct price_table *table, const char *provider, const char *model, struct price *out)
{
	size_t len = strlen(model), low = 0, high = table->count;
	bool found = false;

	while (low < high) { /* the first row of this provider at or after the name */
		size_t middle = (low + high) / 2;
		struct price_row_text key = { provider, model, NULL };

		if (compare_rows(&table->rows[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < table->count && strcmp(table->rows[low].provider, provider) == 0; low++) {
		const char *name = table->rows[low].model;

		if (strncmp(name, model, len) != 0)
			break;
		if (date_length(name) == strlen(name) - len && date_length(name) > 0)
			found = find_exact(table, provider, name, out) || found;
	}
	return found;
}

static bool find_name(
    const struct price_table *table, const char *provider, const char *model, struct price *out)
{
	char undated[NAME_MAX_BYTES];
	size_t date = date_length(model);

	if (strlen(model) >= sizeof undated - 8)
		return false;
	if (find_exact(table, provider, model, out))
		return true;
	snprintf(undated, sizeof undated, "%.*s", (int)(strlen(model) - date), model);
	if (date && find_exact(table, provider, undated, out))
		return true;
	if (find_dated(table, provider, undated, out))
		return true;
	memcpy(undated + strlen(undated), "-latest", 8);
	return find_exact(table, provider, undated, out);
}

/* Hosts that resell what others make: "openai/gpt-4o" at openrouter is openai's gpt-4o. */
static bool find_at_maker(
    const struct price_table *table, const char *host, const char *model, struct price *out)
{
	const char *slash = strchr(model, '/');
	char maker[64];

	if (strcmp(host, "azure") == 0)
		return find_name(table, "openai", model, out);
	if (strcmp(host, "openrouter") != 0 || !slash || (size_t)(slash - model) >= sizeof maker)
		return false;
	snprintf(maker, sizeof maker, "%.*s", (int)(slash - model), model);
	return find_name(table,
	    strcmp(maker, "google") == 0 ? "gemini"
	    : strcmp(maker, "x-ai") == 0 ? "xai"
					 : maker,
	    slash + 1, out);
}

/* ---- laying over ---- */

static void lay_extra(
    const struct price_table *table, const char *provider, const char *model, struct price *out)
{
	const struct settings_pairs *extra = &table->settings->extra_prices;
	char name[NAME_MAX_BYTES + 64];

	snprintf(name, sizeof name, "%s/%s", provider, model);
	for (size_t i = 0; i < extra->count; i++) {
		if (strcmp(extra->items[i].name, name) != 0 &&
		    strcmp(extra->items[i].name, model) != 0)
			continue;
		for (struct json_cursor member = json_cursor(slice_of(extra->items[i].value));
		     json_next(&member);)
			(void)price_field_set(out, member.key, member.value,
			    NULL); /* faults were reported when settings were read */
		snprintf(out->as_of, sizeof out->as_of, "settings");
	}
}

static void lay(int64_t *field, int64_t given, struct price *price)
{
	if (given == SETTING_UNSET)
		return;
	*field = given;
	snprintf(price->as_of, sizeof price->as_of, "settings");
}

static void lay_deployment(const struct deployment *deployment, struct price *out)
{
	const struct settings_prices *given = &deployment->prices;

	lay(&out->input_pico, given->input_pico, out);
	lay(&out->output_pico, given->output_pico, out);
	lay(&out->cache_read_pico, given->cache_read_pico, out);
	lay(&out->cache_write_pico, given->cache_write_pico, out);
	lay(&out->cache_write_1h_pico, given->cache_write_1h_pico, out);
	lay(&out->reasoning_pico, given->reasoning_pico, out);
	lay(&out->audio_input_pico, given->audio_input_pico, out);
	lay(&out->audio_output_pico, given->audio_output_pico, out);
	lay(&out->long_from_tokens, given->long_from_tokens, out);
	lay(&out->long_input_pico, given->long_input_pico, out);
	lay(&out->long_output_pico, given->long_output_pico, out);
	lay(&out->long_cache_read_pico, given->long_cache_read_pico, out);
	lay(&out->per_request_nano, given->per_request_nano, out);
	if (deployment->max_input_tokens != SETTING_UNSET)
		out->max_input_tokens = deployment->max_input_tokens;
	if (deployment->max_output_tokens != SETTING_UNSET)
		out->max_output_tokens = deployment->max_output_tokens;
}

/* Fields of the table's row that a price of one's own makes meaningless. */
static void forget_derived(const struct deployment *deployment, struct price *out)
{
	if (deployment->prices.input_pico == SETTING_UNSET ||
	    deployment->prices.input_pico == out->input_pico)
		return;
	out->cache_read_pico = out->cache_write_pico = out->cache_write_1h_pico = PRICE_UNKNOWN;
	out->audio_input_pico = out->audio_output_pico = out->reasoning_pico = PRICE_UNKNOWN;
	out->long_from_tokens = 0;
}

static void set_version(struct price *price)
{
	struct price plain = *price;
	struct digest_hex hash;

	memset(plain.version, 0, sizeof plain.version);
	memset(plain.as_of, 0, sizeof plain.as_of);
	hash = digest_sha256((const char *)&plain, sizeof plain);
	memcpy(price->version, hash.text, 16);
	price->version[16] = '\0';
}

bool price_find(const struct price_table *table, const struct deployment *deployment,
    const char *model, struct price *out)
{
	const char *name = deployment->base_model ? deployment->base_model : model,
		   *slash = strchr(name, '/');
	const char *provider = deployment->provider;

	/* base_model may name its provider, as LiteLLM writes "azure/gpt-4o". */
	if (deployment->base_model && slash && strncmp(name, provider, (size_t)(slash - name)) == 0)
		name = slash + 1;
	if (!find_name(table, provider, name, out) && !find_at_maker(table, provider, name, out))
		price_clear(out);
	lay_extra(table, provider, model, out);
	forget_derived(deployment, out);
	lay_deployment(deployment, out);
	set_version(out);
	return out->input_pico != PRICE_UNKNOWN && out->output_pico != PRICE_UNKNOWN;
}
