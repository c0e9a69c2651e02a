/*
 * Cells are kept as text in one list, row by row; the width of a column is known when it is
 * printed.
 */
#include "cli/table_print.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/alloc.h"

#include "base/banned.h"

#define COLUMNS_MAX 12

struct table {
	char *headings;
	const char *names[COLUMNS_MAX];
	bool right[COLUMNS_MAX];
	size_t columns;
	char **cells;
	size_t count, room;
};

struct table *table_new(const char *headings)
{
	struct table *table = alloc_zero(1, sizeof *table);
	char *at = table->headings = alloc_copy(headings);

	while (at) {
		assert(table->columns < COLUMNS_MAX);
		char *bar = strchr(at, '|');
		if (bar)
			*bar = '\0';
		table->right[table->columns] = *at == '>';
		table->names[table->columns++] = at + (*at == '>');
		at = bar ? bar + 1 : NULL;
	}
	return table;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (size_t i = 0; i < table->count; i++)
		alloc_cleanup(&table->cells[i]);
	alloc_cleanup(&table->cells);
	alloc_cleanup(&table->headings);
	alloc_cleanup(&table);
}

/* Control characters are C0, DEL, and C1 (in UTF-8: C2 80 to C2 9F). */
static void tame(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		if (*c < 0x20 || *c == 0x7f)
			*c = '?';
		else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
			*c = c[1] = '?';
	}
}

void table_cell(struct table *table, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	tame(text);
	if (table->count == table->room) {
		table->room = table->room ? 2 * table->room : 64;
		table->cells = alloc_grow(table->cells, table->room, sizeof *table->cells);
	}
	table->cells[table->count++] = alloc_copy(text);
}

static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80; /* not a continuation byte */
	return width;
}

static void print_row(const struct table *table, const size_t *widths, char *const *cells, FILE *to)
{
	for (size_t c = 0; c < table->columns; c++) {
		const char *cell = cells ? cells[c] : table->names[c];
		int pad = (int)(widths[c] - width_of(cell));
		bool last = c + 1 == table->columns;

		if (table->right[c])
			fprintf(to, "%*s%s%s", pad, "", cell, last ? "\n" : "  ");
		else if (last)
			fprintf(to, "%s\n", cell);
		else
			fprintf(to, "%s%*s", cell, pad + 2, "");
	}
}

void table_print(const struct table *table, FILE *to)
{
	size_t widths[COLUMNS_MAX];

	assert(table->count % table->columns == 0);
	if (!table->count)
		return;
	for (size_t c = 0; c < table->columns; c++)
		widths[c] = width_of(table->names[c]);
	for (size_t i = 0; i < table->count; i++) {
		size_t width = width_of(table->cells[i]);
		if (width > widths[i % table->columns])
			widths[i % table->columns] = width;
	}
	print_row(table, widths, NULL, to);
	for (size_t i = 0; i < table->count; i += table->columns)
		print_row(table, widths, &table->cells[i], to);
}

void table_print_text(const char *text, FILE *to)
{
	AUTO_FREE char *copy = alloc_copy(text);

	tame(copy);
	fputs(copy, to);
}
