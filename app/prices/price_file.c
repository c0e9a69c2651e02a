/*
 * sideways_settings.price_file: lines to rows, sorted for bsearch, each checked.
 */
#include "prices/price_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "prices/price_lists.h"

#include "base/banned.h"

/* The table of all models that LiteLLM knows has 140 KB. */
#define FILE_MAX 8388608

static char *read_bytes(const char *path, struct error *err)
{
	FILE *file = fopen(path, "rbe");
	if (!file) {
		(void)error_set(err, ERROR_SETTINGS, "price_file %s: %s", path, strerror(errno));
		return NULL;
	}
	char *bytes = alloc_zero(FILE_MAX + 1, 1);
	size_t len = fread(bytes, 1, FILE_MAX + 1, file);
	bool failed = ferror(file) != 0;
	(void)fclose(file); /* only read */
	if (failed || len > FILE_MAX || memchr(bytes, '\0', len)) {
		(void)error_set(err, ERROR_SETTINGS, "price_file %s: %s", path,
		    failed           ? "cannot be read"
		    : len > FILE_MAX ? "is larger than 8 MiB"
				     : "holds a NUL byte");
		free(bytes);
		return NULL;
	}
	bytes = alloc_grow(bytes, len + 1, 1);
	bytes[len] = '\0';
	return bytes;
}

/* The day of the file: lists of others do not say of when they are. */
static void file_day(const char *path, char out[12])
{
	struct stat seen;
	struct tm tm;

	if (stat(path, &seen) != 0 || !gmtime_r(&seen.st_mtime, &tm) ||
	    strftime(out, 12, "%Y-%m-%d", &tm) == 0)
		(void)snprintf(out, 12, "1970-01-01");
}

/* A table as it is; a list of others is made into one. */
static char *read_table(const char *path, bool *out_foreign, struct error *err)
{
	char *bytes = read_bytes(path, err), *table;
	struct price_lists_note note; /* prices diff shows it */
	char day[12];

	if (!bytes || !price_lists_is_json(slice_of(bytes)))
		return bytes;
	*out_foreign = true;
	file_day(path, day);
	table = price_lists_table(slice_of(bytes), day, &note, err);
	if (!table)
		(void)error_prefix(err, "price_file %s", path);
	free(bytes);
	return table;
}

static char *column_copy(struct slice column)
{
	return alloc_copy_bytes(column.ptr, column.len);
}

static void push_row(struct price_row_text **rows, size_t *count, struct slice provider,
    struct slice model, const char *line)
{
	if ((*count & (*count - 1)) == 0)
		*rows = alloc_grow(*rows, *count ? *count * 2 : 1, sizeof **rows);
	(*rows)[(*count)++] =
	    (struct price_row_text){ column_copy(provider), column_copy(model), line };
}

/* What is wrong in a list of others stands in its cell, with its name there. */
static char *fault_words(const struct price_file *file, const char *line, const char *fault)
{
	struct slice value;
	const char *figure = price_row_wrong(&file->columns, line, &value);

	if (!figure)
		return alloc_copy(fault);
	return alloc_printf("%s%s%.*s is not a number in its range", file->foreign ? "" : figure,
	    file->foreign ? "" : ": ", (int)value.len, value.ptr);
}

static void price_file_add_row(
    struct price_file *file, char *line, struct origin origin, struct problems *problems)
{
	struct price price;
	const char *fault = price_row_parse(&file->columns, line, &price);
	struct slice provider = price_row_column(line, file->columns.provider);
	struct slice model = price_row_column(line, file->columns.model);
	if (!fault && (!provider.len || !model.len))
		fault = "provider or model is missing";
	if (fault) {
		AUTO_FREE char *words = fault_words(file, line, fault);

		if (!file->foreign)
			problems_add(problems, PROBLEM_NOTICE, origin,
			    "price_file: %.*s %.*s is left out: %s", (int)provider.len,
			    provider.ptr, (int)model.len, model.ptr, words);
		push_row(&file->faults, &file->fault_count, provider, model,
		    alloc_printf("%s: the entry of %.*s/%.*s is left out: %s", origin.file,
			(int)provider.len, provider.ptr, (int)model.len, model.ptr, words));
		return;
	}
	push_row(&file->rows, &file->count, provider, model, line);
	if (strcmp(price.as_of, file->date) > 0)
		memcpy(file->date, price.as_of, sizeof file->date);
}

static void row_free(struct price_row_text *row)
{
	free((char *)row->provider);
	free((char *)row->model);
}

static int by_name_then_line(const void *left, const void *right)
{
	const struct price_row_text *a = left;
	const struct price_row_text *b = right;
	int order = price_row_compare(a, b);
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* Of rows with one name the first in the file stays. */
static void drop_duplicates(struct price_file *file, const char *path, struct problems *problems)
{
	size_t kept = 0;
	for (size_t i = 0; i < file->count; i++) {
		if (kept && price_row_compare(&file->rows[i], &file->rows[kept - 1]) == 0) {
			if (!file->foreign)
				problems_add(problems, PROBLEM_NOTICE,
				    (struct origin){ path, 1, 1 },
				    "price_file: %s %s stands there twice", file->rows[i].provider,
				    file->rows[i].model);
			row_free(&file->rows[i]);
			continue;
		}
		file->rows[kept++] = file->rows[i];
	}
	file->count = kept;
}

static char *next_line(char **rest)
{
	char *line = *rest;
	if (!line || !*line)
		return NULL;
	char *end = strchr(line, '\n');
	*rest = end ? end + 1 : NULL;
	if (end) {
		*end = '\0';
		if (end > line && end[-1] == '\r')
			end[-1] = '\0';
	}
	return line;
}

int price_file_read(
    const char *path, struct problems *problems, struct price_file *out, struct error *err)
{
	struct price_file file = { .foreign = false };
	file.bytes = read_table(path, &file.foreign, err);
	if (!file.bytes)
		return -1;
	char *rest = file.bytes;
	const char *header = next_line(&rest);
	if (!header || !price_columns_read(header, &file.columns)) {
		free(file.bytes);
		return error_set(err, ERROR_SETTINGS,
		    "price_file %s: the first line must name the columns, with provider, model, "
		    "input, output and as_of",
		    path);
	}
	char *line;
	for (int number = 2; (line = next_line(&rest)); number++) {
		if (*line && *line != '#')
			price_file_add_row(
			    &file, line, (struct origin){ path, number, 1 }, problems);
	}
	if (file.count > 1)
		qsort(file.rows, file.count, sizeof *file.rows, by_name_then_line);
	drop_duplicates(&file, path, problems);
	if (file.fault_count > 1)
		qsort(file.faults, file.fault_count, sizeof *file.faults, price_row_compare);
	*out = file;
	return 0;
}

void price_file_release(struct price_file *file)
{
	for (size_t i = 0; i < file->count; i++)
		row_free(&file->rows[i]);
	for (size_t i = 0; i < file->fault_count; i++) {
		row_free(&file->faults[i]);
		free((char *)file->faults[i].line);
	}
	free(file->rows);
	free(file->faults);
	free(file->bytes);
	*file = (struct price_file){ 0 };
}
