/*
 * CSV as RFC 4180 has it.  See the header.
 */
#include "base/csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static void csv_put_text(struct text *out, const char *value)
{
	text_putc(out, '"');
	if (*value && strchr("=+-@\t\r", *value))
		text_putc(out, '\'');
	for (; *value; value++) {
		if (*value == '"')
			text_putc(out, '"');
		text_putc(out, *value);
	}
	text_putc(out, '"');
}

static void csv_put_list(struct text *out, const json_t *value)
{
	char *json = json_dumps(value, JSON_COMPACT);

	csv_put_text(out, json);
	free(json);
}

static void put_cell(struct text *out, const json_t *value)
{
	if (json_is_string(value))
		csv_put_text(out, json_string_value(value));
	else if (json_is_integer(value))
		text_printf(out, "%lld", (long long)json_integer_value(value));
	else if (json_is_boolean(value))
		text_puts(out, json_is_true(value) ? "yes" : "no");
	else if (json_is_array(value) && json_array_size(value) > 0)
		csv_put_list(out, value);
}

void csv_head(struct text *out, const char *const *columns, size_t count)
{
	for (size_t c = 0; c < count; c++)
		text_printf(out, "%s%s", c ? "," : "", columns[c]);
	text_puts(out, "\r\n");
}

void csv_row(struct text *out, const char *const *columns, size_t count, const json_t *row)
{
	for (size_t c = 0; c < count; c++) {
		if (c)
			text_putc(out, ',');
		put_cell(out, json_object_get(row, columns[c]));
	}
	text_puts(out, "\r\n");
}

void csv_write(struct text *out, const char *const *columns, size_t count, const json_t *rows)
{
	json_t *row;
	size_t i;

	csv_head(out, columns, count);
	json_array_foreach(rows, i, row) csv_row(out, columns, count, row);
}
