/*
 * JSON and CSV to stdout.
 */
#include "cli/json_print.h"

#include <stdio.h>

#include "base/csv.h"
#include "base/text.h"

#include "base/banned.h"

#define CSV_MAX ((size_t)256 << 20)

void json_print(json_t *root)
{
	/* A full disk or a closed pipe shows in ferror(stdout), which the command line looks at. */
	(void)json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

void json_print_line(const json_t *root)
{
	(void)json_dumpf(root, stdout, JSON_COMPACT);
	putchar('\n');
}

void csv_print(const char *const *columns, size_t count, const json_t *rows)
{
	AUTO_TEXT struct text text = text_empty(CSV_MAX);

	csv_write(&text, columns, count, rows);
	(void)fwrite(text.bytes, 1, text.len, stdout);
}

void csv_print_row(const char *const *columns, size_t count, const json_t *row, int with_head)
{
	AUTO_TEXT struct text text = text_empty(CSV_MAX);

	if (with_head)
		csv_head(&text, columns, count);
	csv_row(&text, columns, count, row);
	(void)fwrite(text.bytes, 1, text.len, stdout);
}
