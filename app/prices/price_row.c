/*
 * Text to figures: one table says which name is which figure and in which unit it is written.
 *
 * A row is at fault when it cannot be true: a paid chat model that costs nothing, a cached read
 * dearer than fresh input, a negative or absurd number.  Such a row counts as not known.
 */
#include "prices/price_row.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json_scan.h"
#include "base/number.h"
#include "prices/price_rows.h"
#include "prices/rates.h"

#include "base/banned.h"

#define DAY_SECONDS INT64_C(86400)
#define TOKENS_MAX  (INT64_C(1) << 40)
#define A_DOLLAR    INT64_C(1000000000000) /* per token, in pico-dollars */
#define REQUEST_MAX (INT64_C(1000) * NANO_PER_DOLLAR)

/* clang-format off */
static const struct {
	const char *name;
	int scale; /* -1: a whole number */
	int64_t most;
	size_t offset;
} figures[] = {
	{ "input",             6,  A_DOLLAR,    offsetof(struct price, input_pico) },
	{ "output",            6,  A_DOLLAR,    offsetof(struct price, output_pico) },
	{ "cache_read",        6,  A_DOLLAR,    offsetof(struct price, cache_read_pico) },
	{ "cache_write",       6,  A_DOLLAR,    offsetof(struct price, cache_write_pico) },
	{ "cache_write_1h",    6,  A_DOLLAR,    offsetof(struct price, cache_write_1h_pico) },
	{ "cache_write_12h",   6,  A_DOLLAR,    offsetof(struct price, cache_write_12h_pico) },
	{ "cache_read_audio",  6,  A_DOLLAR,    offsetof(struct price, cache_read_audio_pico) },
	{ "reasoning_output",  6,  A_DOLLAR,    offsetof(struct price, reasoning_pico) },
	{ "audio_input",       6,  A_DOLLAR,    offsetof(struct price, audio_input_pico) },
	{ "audio_output",      6,  A_DOLLAR,    offsetof(struct price, audio_output_pico) },
	{ "image_input",       6,  A_DOLLAR,    offsetof(struct price, image_input_pico) },
	{ "image_output",      6,  A_DOLLAR,    offsetof(struct price, image_output_pico) },
	{ "per_image",         9,  REQUEST_MAX, offsetof(struct price, per_image_nano) },
	{ "per_character",     6,  A_DOLLAR,    offsetof(struct price, per_character_pico) },
	{ "per_second",        9,  REQUEST_MAX, offsetof(struct price, per_second_nano) },
	{ "per_query",         9,  REQUEST_MAX, offsetof(struct price, per_query_nano) },
	{ "long_context_from", -1, TOKENS_MAX,  offsetof(struct price, long_from_tokens) },
	{ "long_input",        6,  A_DOLLAR,    offsetof(struct price, long_input_pico) },
	{ "long_output",       6,  A_DOLLAR,    offsetof(struct price, long_output_pico) },
	{ "long_cache_read",   6,  A_DOLLAR,    offsetof(struct price, long_cache_read_pico) },
	{ "off_peak_input",    6,  A_DOLLAR,    offsetof(struct price, off_input_pico) },
	{ "off_peak_output",   6,  A_DOLLAR,    offsetof(struct price, off_output_pico) },
	{ "off_peak_cache_read", 6, A_DOLLAR,   offsetof(struct price, off_cache_read_pico) },
	{ "per_request",       9,  REQUEST_MAX, offsetof(struct price, per_request_nano) },
	{ "max_input_tokens",  -1, TOKENS_MAX,  offsetof(struct price, max_input_tokens) },
	{ "max_output_tokens", -1, TOKENS_MAX,  offsetof(struct price, max_output_tokens) },
};
/* clang-format on */

#define FIGURE_COUNT (sizeof figures / sizeof figures[0])

static const int64_t *figure_of(const struct price *price, size_t offset)
{
	return (const int64_t *)(const void *)((const char *)price + offset);
}

static int64_t *figure_at(struct price *price, size_t i)
{
	return (int64_t *)(void *)((char *)price + figures[i].offset);
}

static bool is_price(size_t i)
{
	return figures[i].offset != offsetof(struct price, max_input_tokens) &&
	       figures[i].offset != offsetof(struct price, max_output_tokens);
}

void price_clear(struct price *price)
{
	*price = (struct price){ 0 };
	for (size_t i = 0; i < FIGURE_COUNT; i++)
		*figure_at(price, i) = PRICE_UNKNOWN;
	price->long_from_tokens = 0;
}

const char *price_mode_name(enum price_mode mode)
{
	static const char *const names[MODE_COUNT] = { "chat", "image_generation", "audio_speech",
		"audio_transcription", "rerank", "pass_through" };

	return names[mode];
}

enum price_mode price_mode_named(struct slice name)
{
	for (int i = MODE_IMAGE; i < MODE_COUNT; i++)
		if (slice_is(name, price_mode_name((enum price_mode)i)))
			return (enum price_mode)i;
	return slice_is(name, "image_edit") ? MODE_IMAGE : MODE_CHAT;
}

/* Does its own unit have a price?  Where nothing tells the mode, the unit does. */
static bool is_by_unit(struct price *price, bool unit_tells)
{
	const struct {
		enum price_mode mode;
		int64_t figure;
	} units[] = { { MODE_IMAGE, price->per_image_nano },
		{ MODE_SPEECH, price->per_character_pico },
		{ MODE_TRANSCRIPTION, price->per_second_nano },
		{ MODE_RERANK, price->per_query_nano } };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (units[i].figure == PRICE_UNKNOWN)
			continue;
		if (unit_tells && price->mode == MODE_CHAT)
			price->mode = units[i].mode;
		if (price->mode == units[i].mode)
			return true;
	}
	return false;
}

void price_complete(struct price *price, bool by_unit_alone)
{
	bool by_unit = is_by_unit(price, by_unit_alone && price->input_pico == PRICE_UNKNOWN);

	if (by_unit && price->input_pico == PRICE_UNKNOWN)
		price->input_pico = 0;
	if (price->output_pico != PRICE_UNKNOWN || price->mode == MODE_CHAT)
		return;
	if (price->image_output_pico != PRICE_UNKNOWN)
		price->output_pico = price->image_output_pico;
	else if (by_unit)
		price->output_pico = 0;
}

static int figure_named(struct slice name)
{
	for (size_t i = 0; i < FIGURE_COUNT; i++) {
		if (slice_is(name, figures[i].name))
			return (int)i;
	}
	return -1;
}

static bool read_figure(size_t i, struct slice text, struct price *out)
{
	int64_t value;
	if (figures[i].scale < 0) {
		if (number_whole(text, 0, figures[i].most, &value, NULL))
			return false;
	} else if (number_scaled(text, figures[i].scale, &value, NULL)) {
		return false;
	}
	if (value < 0 || value > figures[i].most)
		return false;
	*figure_at(out, i) = value;
	return true;
}

int price_row_compare(const void *left, const void *right)
{
	const struct price_row_text *a = left;
	const struct price_row_text *b = right;
	int order = strcmp(a->provider, b->provider);
	return order ? order : strcmp(a->model, b->model);
}

struct slice price_row_column(const char *line, int column)
{
	for (; column > 0 && *line; line++)
		column -= *line == '\t';
	return (struct slice){ line, column > 0 ? 0 : strcspn(line, "\t\r\n") };
}

static size_t column_count(const char *line)
{
	size_t count = 1;
	for (; *line; line++)
		count += *line == '\t';
	return count;
}

static void note_column(struct price_columns *columns, struct slice name, int column)
{
	const struct {
		const char *name;
		int *place;
	} named[] = { { "provider", &columns->provider }, { "model", &columns->model },
		{ "mode", &columns->mode }, { "as_of", &columns->as_of },
		{ "off_peak_hours", &columns->off_peak_hours },
		{ "changes_on", &columns->changes_on }, { "goes_on_as", &columns->goes_on_as },
		{ "retires", &columns->retires }, { "long_steps", &columns->long_steps } };

	columns->figure[column] = figure_named(name);
	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
		if (slice_is(name, named[i].name))
			*named[i].place = column;
}

bool price_columns_read(const char *header, struct price_columns *out)
{
	bool input = false, output = false;

	*out = (struct price_columns){ column_count(header), -1, -1, -1, -1, -1, -1, -1, -1, -1,
		{ 0 } };
	if (out->count > PRICE_COLUMNS_MAX)
		return false;
	for (int i = 0; i < (int)out->count; i++) {
		struct slice name = price_row_column(header, i);

		note_column(out, name, i);
		input = input || slice_is(name, "input");
		output = output || slice_is(name, "output");
	}
	return input && output && out->provider >= 0 && out->model >= 0 && out->as_of >= 0;
}

bool price_is_local(const char *provider)
{
	return text_is_one_of(
	    provider, "ollama ollama_chat hosted_vllm vllm lm_studio llamafile mock");
}

static bool row_is_local(const struct price_columns *columns, const char *line)
{
	struct slice provider = price_row_column(line, columns->provider);
	char name[64];
	(void)snprintf(name, sizeof name, "%.*s", (int)provider.len, provider.ptr);
	return price_is_local(name);
}

static const char *paid_fault(const struct price *price, bool is_chat)
{
	if (is_chat && price->output_pico == 0)
		return "a paid model with output for nothing";
	return price->input_pico == 0 ? "a paid model with input for nothing" : NULL;
}

static const char *cache_fault(const struct price *price)
{
	if (price->cache_read_pico != PRICE_UNKNOWN && price->cache_read_pico > price->input_pico)
		return "cached input is dearer than fresh input";
	/* Real ones are 1.25 and 2 times the input. */
	if (price->cache_write_1h_pico / 10 > price->input_pico ||
	    price->cache_write_pico / 10 > price->input_pico)
		return "a cache write is more than ten times the input";
	return NULL;
}

static const char *price_fault(const struct price *price, bool is_chat, bool is_local)
{
	const char *fault;

	if (price->input_pico == PRICE_UNKNOWN || price->output_pico == PRICE_UNKNOWN)
		return NULL;
	fault = is_local ? NULL : paid_fault(price, is_chat);
	if (!fault)
		fault = cache_fault(price);
	if (!fault && price->long_from_tokens > 0 && price->long_input_pico != PRICE_UNKNOWN &&
	    price->long_input_pico < price->input_pico)
		fault = "long input is cheaper than short input";
	return fault;
}

static struct slice optional(const char *line, int column)
{
	return column < 0 ? (struct slice){ "", 0 } : price_row_column(line, column);
}

int64_t price_day(const char *date)
{
	struct tm tm = { 0 };

	if (sscanf(date, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday) != 3)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	return (int64_t)timegm(&tm) / DAY_SECONDS;
}

int64_t price_age_days(const char *date, int64_t now_ms)
{
	int64_t day = price_day(date);

	return day < 0 ? 0 : now_ms / 1000 / DAY_SECONDS - day;
}

/* Midnight, UTC; 0: it is no date. */
static int64_t day_ms(struct slice text)
{
	char date[12];
	int64_t day;

	(void)snprintf(date, sizeof date, "%.*s", (int)text.len, text.ptr);
	day = price_day(date);
	return day < 0 ? 0 : day * DAY_SECONDS * 1000;
}

static bool read_times(const struct price_columns *columns, const char *line, struct price *out)
{
	struct slice hours = optional(line, columns->off_peak_hours),
		     next = optional(line, columns->goes_on_as),
		     retires = optional(line, columns->retires);

	out->changes_ms = day_ms(optional(line, columns->changes_on));
	(void)snprintf(out->goes_on_as, sizeof out->goes_on_as, "%.*s", (int)next.len, next.ptr);
	(void)snprintf(out->retires, sizeof out->retires, "%.*s", (int)retires.len, retires.ptr);
	return !hours.len || price_hours_parse(hours, &out->off_peak);
}

/* What stands before the sign, which goes as well. */
static struct slice step_part(struct slice *text, char sign)
{
	struct slice part = *text;

	for (part.len = 0; part.len < text->len && part.ptr[part.len] != sign;)
		part.len++;
	text->ptr += part.len;
	text->len -= part.len;
	if (text->len) {
		text->ptr++;
		text->len--;
	}
	return part;
}

/* "32000 1.8/9/0.18;128000 3/15/": from how many tokens on, then input, output, cached input. */
static bool read_steps(struct slice text, struct price *out)
{
	for (size_t i = 0; text.len; i++) {
		struct slice step = step_part(&text, ';'), from = step_part(&step, ' '),
			     input = step_part(&step, '/'), output = step_part(&step, '/');
		struct price_step *to = &out->steps[i < PRICE_STEPS_MOST ? i : 0];

		to->cache_read_pico = PRICE_UNKNOWN;
		if (i >= PRICE_STEPS_MOST ||
		    number_whole(from, 1, TOKENS_MAX, &to->from_tokens, NULL) ||
		    number_scaled(input, 6, &to->input_pico, NULL) ||
		    number_scaled(output, 6, &to->output_pico, NULL) ||
		    (step.len && number_scaled(step, 6, &to->cache_read_pico, NULL)))
			return false;
	}
	return true;
}

void price_long_when_reached(struct price *price)
{
	if (price->long_from_tokens > 0)
		price->long_from_tokens--;
	for (size_t i = 0; i < PRICE_STEPS_MOST && price->steps[i].from_tokens; i++)
		price->steps[i].from_tokens--;
}

/* Of uses of tools the dearer, and the wider window. */
static void take_dearer_uses(struct price *price, const struct price *other)
{
	for (int id = 0; id < SERVER_TOOL_COUNT; id++)
		if (other->per_use_nano[id] > price->per_use_nano[id]) /* unknown is the least */
			price->per_use_nano[id] = other->per_use_nano[id];
	price->once &= other->once;
	if (price->max_input_tokens > 0 && other->max_input_tokens > price->max_input_tokens)
		price->max_input_tokens = other->max_input_tokens;
}

/* A figure that neither knows stays unknown; else what it costs at each, as the bill reads it. */
struct price price_dearer(const struct price *a, const struct price *b)
{
#define ROW(figure, rate)                                                                          \
	{                                                                                          \
		offsetof(struct price, figure), offsetof(struct rates, rate)                       \
	}
	static const struct {
		size_t figure, rate;
	} rows[] = { ROW(input_pico, input), ROW(output_pico, output),
		ROW(cache_read_pico, cache_read), ROW(cache_write_pico, cache_write),
		ROW(cache_write_1h_pico, cache_write_1h),
		ROW(cache_write_12h_pico, cache_write_12h), ROW(audio_input_pico, audio_input),
		ROW(cache_read_audio_pico, cache_read_audio), ROW(reasoning_pico, reasoning),
		ROW(audio_output_pico, audio_output), ROW(image_input_pico, image_input),
		ROW(image_output_pico, image_output), ROW(long_input_pico, input),
		ROW(long_output_pico, output), ROW(long_cache_read_pico, cache_read) };
#undef ROW
	struct price out = *a;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t figure = rows[i].figure;
		bool is_long = figure >= offsetof(struct price, long_input_pico);
		struct rates of_a = rates_for(a, is_long ? INT64_MAX : 0),
			     of_b = rates_for(b, is_long ? INT64_MAX : 0);
		const int64_t *one = (const void *)((const char *)&of_a + rows[i].rate),
			      *other = (const void *)((const char *)&of_b + rows[i].rate);

		if (*figure_of(a, figure) != PRICE_UNKNOWN ||
		    *figure_of(b, figure) != PRICE_UNKNOWN)
			*(int64_t *)(void *)((char *)&out + figure) = *one > *other ? *one : *other;
	}
	static const size_t units[] = { offsetof(struct price, per_request_nano),
		offsetof(struct price, per_image_nano), offsetof(struct price, per_character_pico),
		offsetof(struct price, per_second_nano), offsetof(struct price, per_query_nano) };

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (*figure_of(b, units[i]) > *figure_of(&out, units[i])) /* unknown: the least */
			*(int64_t *)(void *)((char *)&out + units[i]) = *figure_of(b, units[i]);
	take_dearer_uses(&out, b);
	memset(out.steps, 0, sizeof out.steps); /* the long prices are the dearest */
	if (!out.long_from_tokens ||
	    (b->long_from_tokens > 0 && b->long_from_tokens < out.long_from_tokens))
		out.long_from_tokens = b->long_from_tokens;
	return out;
}

bool price_row_is_tool(const struct price_columns *columns, const char *line)
{
	return slice_is_one_of(optional(line, columns->mode), "tool tool_once");
}

/* What the model is for, and whether its price can be true then. */
static const char *take_mode(struct slice mode, bool is_local, struct price *out)
{
	/* Embeddings have no output to pay for. */
	if (slice_is(mode, "embedding") && out->output_pico == PRICE_UNKNOWN)
		out->output_pico = 0;
	out->mode = price_mode_named(mode);
	out->responses_only = slice_is(mode, "responses");
	price_complete(out, false);
	/* A use of a provider's tool has no tokens, and so have images and the like; of
	 * OpenAI's moderations all is free. */
	out->once = slice_is(mode, "tool_once");
	if (out->once || slice_is(mode, "tool") || slice_is(mode, "moderation") ||
	    out->mode != MODE_CHAT)
		return NULL;
	return price_fault(out, out->responses_only || slice_is(mode, "chat"), is_local);
}

const char *price_row_wrong(
    const struct price_columns *columns, const char *line, struct slice *out_value)
{
	struct price price;

	for (int i = 0; i < (int)columns->count; i++) {
		int figure = columns->figure[i];

		*out_value = price_row_column(line, i);
		if (figure >= 0 && out_value->len &&
		    !read_figure((size_t)figure, *out_value, &price))
			return figures[figure].name;
	}
	return NULL;
}

const char *price_row_parse(
    const struct price_columns *columns, const char *line, struct price *out)
{
	price_clear(out);
	/* Rows of models that have tokens alone end with their date. */
	if (column_count(line) > columns->count || (int)column_count(line) <= columns->as_of)
		return "the number of columns is not that of the header";
	const char *at = line;
	for (int i = 0; i < (int)columns->count && at; i++) {
		struct slice text = price_row_column(at, 0);
		at = strchr(at, '\t');
		at = at ? at + 1 : NULL;
		if (columns->figure[i] >= 0 && text.len &&
		    !read_figure((size_t)columns->figure[i], text, out))
			return "a figure is not a number in its range";
	}
	if (!read_steps(optional(line, columns->long_steps), out))
		return "long_steps: expected lengths and prices, such as 32000 1.8/9/0.18";
	if (!read_times(columns, line, out))
		return "off_peak_hours: expected days and hours, such as 1-5 00:00-01:00";
	struct slice as_of = price_row_column(line, columns->as_of);
	(void)snprintf(out->as_of, sizeof out->as_of, "%.*s", (int)as_of.len, as_of.ptr);
	return take_mode(
	    columns->mode >= 0 ? price_row_column(line, columns->mode) : slice_of("chat"),
	    row_is_local(columns, line), out);
}

bool price_json_parse(const char *json, struct price *out)
{
	price_clear(out);
	out->long_from_tokens = PRICE_UNKNOWN;
	struct json_cursor cursor = json_cursor(slice_of(json));
	if (json_scan_type(slice_of(json)) != JSON_MAP)
		return false;
	while (json_next(&cursor)) {
		int figure = figure_named(cursor.key);
		struct slice value = cursor.value;
		/* A number in quotes comes from a variable of the environment. */
		if (value.len >= 2 && value.ptr[0] == '"')
			value = (struct slice){ value.ptr + 1, value.len - 2 };
		if (figure >= 0 && !read_figure((size_t)figure, value, out))
			return false;
	}
	return true;
}

/* Hours are for less.  Where they would be dearer their price is that of all hours, because what is
 * held outside of them may be spent in them. */
static void raise_to_hours(int64_t *pico, const struct price *price, int64_t off_pico)
{
	if (price->off_peak.any && *pico != PRICE_UNKNOWN && off_pico > *pico)
		*pico = off_pico;
}

/* Says it anything of a long context?  Steps would hide it. */
static bool says_long(const struct price *price)
{
	return price->long_from_tokens != PRICE_UNKNOWN ||
	       price->long_input_pico != PRICE_UNKNOWN ||
	       price->long_output_pico != PRICE_UNKNOWN ||
	       price->long_cache_read_pico != PRICE_UNKNOWN;
}

void price_overlay(struct price *price, const struct price *over)
{
	struct price base = *price;
	if (over->input_pico != PRICE_UNKNOWN && over->output_pico != PRICE_UNKNOWN) {
		price_clear(price);
		price->max_input_tokens = base.max_input_tokens;
		price->max_output_tokens = base.max_output_tokens;
		memcpy(price->as_of, base.as_of, sizeof price->as_of);
		memcpy(price->retires, base.retires, sizeof price->retires);
		price->responses_only = base.responses_only;
		price->mode = base.mode;
	}
	bool priced = false;
	if (over->off_peak.any)
		price->off_peak = over->off_peak;
	if (says_long(over))
		memcpy(price->steps, over->steps, sizeof price->steps);
	for (size_t i = 0; i < FIGURE_COUNT; i++) {
		int64_t value = *figure_at((struct price *)over, i);
		if (value == PRICE_UNKNOWN)
			continue;
		*figure_at(price, i) = value;
		priced = priced || is_price(i);
	}
	if (priced)
		(void)snprintf(price->as_of, sizeof price->as_of, "settings");
	raise_to_hours(&price->input_pico, price, price->off_input_pico);
	raise_to_hours(&price->output_pico, price, price->off_output_pico);
	raise_to_hours(&price->cache_read_pico, price, price->off_cache_read_pico);
}
