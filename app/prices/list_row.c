/*
 * Rows of a price list.  See the header.
 */
#include "prices/list_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prices/price_row.h"
#include "prices/price_rows.h"

#include "base/banned.h"

#define A_DOLLAR_A_TOKEN 1e6 /* in dollars per million */

const char list_header[] =
    "provider\tmodel\tmode\tinput\toutput\tcache_read\tcache_write\tcache_write_1h\t"
    "cache_write_12h\treasoning_output\taudio_input\tcache_read_audio\taudio_output\t"
    "long_context_from\tlong_input\tlong_output\tlong_cache_read\tmax_input_tokens\t"
    "max_output_tokens\toff_peak_input\toff_peak_output\toff_peak_cache_read\t"
    "image_input\timage_output\tper_image\tper_character\tper_second\tper_query\t"
    "off_peak_hours\tlong_steps\tchanges_on\tgoes_on_as\tretires\tas_of\n";

struct list_row list_row_new(const char *provider, const char *model)
{
	struct list_row row = { .provider = provider, .model = model, .mode = "chat" };

	for (int i = 0; i < FIGURES; i++)
		row.figures[i] = -1;
	return row;
}

void list_row_raise(struct list_row *row, enum figure figure, double price)
{
	if (price > row->figures[figure])
		row->figures[figure] = price;
}

void list_row_take(
    struct list_row *row, enum figure figure, const json_t *object, const char *name, double scale)
{
	const json_t *value = json_object_get(object, name);
	double price = list_number(object, name, scale);
	char *text;

	list_row_raise(row, figure, price);
	if (!value || json_is_null(value) || json_is_object(value) || figure == MAX_INPUT ||
	    figure == MAX_OUTPUT || (price >= 0 && price <= A_DOLLAR_A_TOKEN))
		return;
	text = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(12));
	(void)snprintf(row->wrong, sizeof row->wrong, "%s: %.40s", name, text ? text : "?");
	row->wrong_at = figure;
	free(text);
}

/* NULL: there is no room for another. */
static struct list_step *step_at(struct list_row *row, double from)
{
	int i = 0;

	while (i < row->step_count && row->steps[i].from < from)
		i++;
	if (i < row->step_count && row->steps[i].from <= from)
		return &row->steps[i];
	if (row->step_count < 0 || row->step_count == PRICE_STEPS_MOST) {
		row->step_count = -1;
		return NULL;
	}
	memmove(&row->steps[i + 1], &row->steps[i],
	    (size_t)(row->step_count++ - i) * sizeof *row->steps);
	row->steps[i] = (struct list_step){ from, -1, -1, -1 };
	return &row->steps[i];
}

void list_row_long(struct list_row *row, double from, enum figure figure, const json_t *object,
    const char *name, double scale)
{
	double price = list_number(object, name, scale), *figures = row->figures;
	struct list_step *step;

	list_row_take(row, figure, object, name, scale);
	if (price < 0)
		return;
	if (figures[LONG_FROM] < 0 || from < figures[LONG_FROM])
		figures[LONG_FROM] = from;
	step = step_at(row, from);
	if (step && figure == LONG_INPUT)
		step->input = price;
	else if (step && figure == LONG_OUTPUT)
		step->output = price;
	else if (step)
		step->cache_read = price;
}

double list_number(const json_t *object, const char *name, double scale)
{
	const json_t *value = json_object_get(object, name);

	return json_is_number(value) ? json_number_value(value) * scale : -1;
}

bool list_is_cell(const char *text)
{
	return text && *text && !strpbrk(text, "\t\r\n") && *text != '#';
}

bool list_row_is_by_tokens(const struct list_row *row)
{
	return row->figures[INPUT] >= 0 && row->figures[OUTPUT] >= 0;
}

static void note_unread(struct price_lists_note *note, const struct list_row *row)
{
	if (note->unread++ < 4)
		(void)snprintf(note->names + strlen(note->names),
		    sizeof note->names - strlen(note->names), "%s%.60s/%.60s",
		    note->names[0] ? ", " : "", row->provider ? row->provider : "?",
		    row->model ? row->model : "?");
}

/* The built-in table's row of the same name; false: it has none. */
static bool known_row(const struct list_row *row, struct price *out, struct slice *out_day)
{
	const struct price_row_text key = { row->provider, row->model, NULL },
				    *found = bsearch(&key, price_rows, price_rows_count, sizeof key,
					price_row_compare);
	struct price_columns columns;

	if (!found || !price_columns_read(price_rows_header, &columns) ||
	    price_row_parse(&columns, found->line, out))
		return false;
	*out_day = price_row_column(found->line, columns.changes_on);
	return true;
}

/* Lists have no days on which another model answers to a name, and few ends. */
static void put_days(
    struct text *out, const struct list_row *row, const struct price *known, struct slice day)
{
	bool goes_on = *known->goes_on_as && !strchr(known->goes_on_as, '@');

	if (row->changes_on || !goes_on)
		text_printf(out, "\t%s\t%s", row->changes_on ? row->changes_on : "",
		    row->goes_on_as ? row->goes_on_as : "");
	else
		text_printf(out, "\t%.*s\t%s", (int)day.len, day.ptr, known->goes_on_as);
	text_printf(out, "\t%s", list_is_cell(row->retires) ? row->retires : known->retires);
}

static void put_figures(struct text *out, const struct list_row *row, const struct price *known)
{
	for (int i = 0; i < FIGURES; i++) {
		double value = row->figures[i];

		if (*row->wrong && i == (int)row->wrong_at)
			text_printf(out, "\t%s", row->wrong);
		else if (i == MAX_OUTPUT && value <= 0 && known->max_output_tokens > 0)
			value = (double)known->max_output_tokens;
		if (value < 0 || (i >= CACHE_WRITE && value == 0))
			text_putc(out, '\t');
		else
			text_printf(out, "\t%.12g", value);
	}
}

/* One step is in the long prices. */
static void put_steps(struct text *out, const struct list_row *row)
{
	double input = row->figures[INPUT], output = row->figures[OUTPUT];

	text_putc(out, '\t');
	for (int i = 0; row->step_count > 1 && i < row->step_count; i++) {
		const struct list_step *step = &row->steps[i];

		input = step->input >= 0 ? step->input : input;
		output = step->output >= 0 ? step->output : output;
		text_printf(out, "%s%.12g %.12g/%.12g/", i ? ";" : "", step->from, input, output);
		if (step->cache_read >= 0)
			text_printf(out, "%.12g", step->cache_read);
	}
}

void list_row_add(struct list *list, const struct list_row *row)
{
	bool by_unit = *row->wrong;
	struct slice day = { "", 0 };
	struct price known;

	for (int i = IMAGE_OUTPUT; i < FIGURES; i++)
		by_unit = by_unit || row->figures[i] >= 0;
	list->note.models++;
	if (!list_is_cell(row->provider) || !list_is_cell(row->model) ||
	    !(list_row_is_by_tokens(row) || by_unit)) {
		note_unread(&list->note, row);
		return;
	}
	if (*row->wrong)
		note_unread(&list->note, row);
	if (!known_row(row, &known, &day))
		price_clear(&known);
	text_printf(&list->text, "%s\t%s\t%s", row->provider, row->model, row->mode);
	put_figures(&list->text, row, &known);
	text_printf(&list->text, "\t%s", row->off_peak);
	put_steps(&list->text, row);
	put_days(&list->text, row, &known, day);
	text_printf(&list->text, "\t%s\n", list->as_of);
}

/* Names of providers elsewhere; the others are the same. */
const char *list_provider(const char *theirs)
{
	static const struct {
		const char *theirs, *ours;
	} names[] = {
		{ "alibaba", "dashscope" },
		{ "amazon-bedrock", "bedrock" },
		{ "aws", "bedrock" },
		{ "bedrock_converse", "bedrock" },
		{ "cohere_chat", "cohere" },
		{ "fireworks", "fireworks_ai" },
		{ "fireworks-ai", "fireworks_ai" },
		{ "google", "gemini" },
		{ "google-vertex", "vertex_ai" },
		{ "moonshotai", "moonshot" },
		{ "text-completion-openai", "openai" },
		{ "together", "together_ai" },
		{ "togetherai", "together_ai" },
		{ "x-ai", "xai" },
		{ "zai-org", "zai" },
	};

	if (theirs && strncmp(theirs, "vertex_ai-", 10) == 0)
		return "vertex_ai";
	for (size_t i = 0; theirs && i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i].theirs, theirs) == 0)
			return names[i].ours;
	return theirs;
}
