/*
 * The one reader of config/models.tsv.  See the header.
 *
 * Rows stay text and are read when they are asked for, a column at a time: a few dozen a
 * deployment, once for each version of the settings.
 */
#include "models/model_traits.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "models/model_rows.h"
#include "models/name_rule.h"

#include "base/banned.h"

#define NAME_SIZE   256
#define COLUMNS_MAX 32

/* ---- what a cell says ---- */

static bool model_traits_read_stop(struct slice cell, struct model_traits *to)
{
	to->stop_most = 0;
	to->stop = slice_is(cell, "no") ? TRAIT_NO : TRAIT_YES;
	if (slice_is(cell, "yes") || slice_is(cell, "no"))
		return true;
	if (cell.len != 5 || memcmp(cell.ptr, "max ", 4) != 0 || cell.ptr[4] < '1' ||
	    cell.ptr[4] > '9')
		return false;
	to->stop_most = (size_t)(cell.ptr[4] - '0');
	return true;
}

/* The part before the sign, which is taken off the rest. */
static struct slice next_part(struct slice *rest, char sign)
{
	const char *at = rest->len ? memchr(rest->ptr, sign, rest->len) : NULL;
	struct slice part = { rest->ptr, at ? (size_t)(at - rest->ptr) : rest->len };
	size_t used = part.len + (at ? 1 : 0);

	*rest = (struct slice){ rest->ptr + used, rest->len - used };
	return part;
}

/* "low,medium,high,max@responses"; "default" is Groq's word for thinking at all. */
static bool read_efforts(struct slice cell, struct model_traits *to)
{
	unsigned here = 0, there = 0;

	for (struct slice rest = cell; rest.len > 0 && !slice_is(cell, "refused");) {
		struct slice level = next_part(&rest, ','), name = next_part(&level, '@');
		enum chat_effort effort = effort_from_name(name);

		if (effort == EFFORT_UNSET && !slice_is(name, "default"))
			return false;
		if (level.len && !slice_is(level, "responses"))
			return false;
		if (effort != EFFORT_UNSET)
			*(level.len ? &there : &here) |= 1U << effort;
	}
	to->efforts_known = true;
	to->efforts = here;
	to->responses_efforts = there;
	return true;
}

/* "yes", "no", "128..32768". */
static bool read_budget(struct slice cell, struct model_traits *to)
{
	long least = 0, most = 0;
	char text[40];

	(void)snprintf(text, sizeof text, "%.*s", (int)cell.len, cell.ptr);
	to->by_budget = !slice_is(cell, "no");
	if (!slice_is(cell, "yes") && !slice_is(cell, "no")) {
		char *end;

		least = strtol(text, &end, 10);
		if (end == text || strncmp(end, "..", 2) != 0)
			return false;
		most = strtol(end + 2, &end, 10);
		if (*end || most < least)
			return false;
	}
	to->least_budget = least;
	to->most_budget = most;
	return true;
}

static bool read_limit_name(struct slice cell, struct model_traits *to)
{
	to->max_tokens = to->max_completion = false;
	for (struct slice rest = cell; rest.len > 0;) {
		struct slice name = next_part(&rest, '|');

		if (slice_is(name, "max_tokens"))
			to->max_tokens = true;
		else if (slice_is(name, "max_completion_tokens"))
			to->max_completion = true;
		else if (!slice_is(name, "max_output_tokens")) /* of Responses and of Gemini */
			return false;
	}
	return true;
}

static bool read_names(struct slice cell, struct model_traits *to)
{
	return name_rule_read(cell, &to->tool_names);
}

static bool read_tokenizer(struct slice cell, struct model_traits *to)
{
	to->tokenizer = cell;
	return true; /* one that is not known counts as the widest */
}

static bool read_tokens(struct slice cell, struct model_traits *to)
{
	return number_whole(cell, 1, INT32_MAX, &to->image_tokens, NULL) == 0;
}

static bool read_members(struct slice cell, struct model_traits *to)
{
	to->refuses = cell;
	for (size_t i = 0; i < cell.len; i++)
		if (!islower((unsigned char)cell.ptr[i]) && !strchr("_,", cell.ptr[i]))
			return false;
	return true;
}

static bool read_date(struct slice cell, struct model_traits *to)
{
	int year, month, day, end = 0;
	char text[11] = "";

	to->retires = cell;
	if (cell.len != 10)
		return false;
	memcpy(text, cell.ptr, cell.len);
	return sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) == 3 && end == 10 &&
	       month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

#define WORDS_MAX 7
static const struct column {
	const char *name;
	size_t offset;                /* of an enum whose values are the words' places */
	const char *words[WORDS_MAX]; /* from 1 on */
	bool (*read)(struct slice cell, struct model_traits *to); /* where words do not do */
} columns[] = {
#define AT(member) offsetof(struct model_traits, member)
	/* clang-format off */
	{ "responses_only", AT(responses), { NULL, "no", "tools_unless_none", "tools", "always" }, NULL },
	{ "sampling", AT(sampling), { NULL, "no", "yes", "only_default", "if_none" }, NULL },
	{ "stop", 0, { NULL }, model_traits_read_stop },
	{ "penalties", AT(penalties), { NULL, "no", "yes" }, NULL },
	{ "efforts", 0, { NULL }, read_efforts },
	{ "thinking_budget", 0, { NULL }, read_budget },
	{ "thinks_by_default", AT(thinks), { NULL, "no", "yes", "always" }, NULL },
	{ "thinking_off", AT(off), { NULL, "cannot", "reasoning_effort=none", "thinking.type=disabled",
	    "thinking.type=between_tools", "enable_thinking=false", "thinkingBudget=0" }, NULL },
	{ "reasoning_back", AT(reasoning_back), { NULL, "may", "must", "refused", "think_tags" }, NULL },
	{ "forced_tool_choice", AT(forced_choice), { NULL, "no", "yes", "required" }, NULL },
	{ "json_schema", AT(json_schema), { NULL, "no", "yes", "json_object" }, NULL },
	{ "prefill", AT(prefill), { NULL, "no", "yes" }, NULL },
	{ "limit_name", 0, { NULL }, read_limit_name },
	{ "tool_name_rule", 0, { NULL }, read_names },
	{ "tokenizer", 0, { NULL }, read_tokenizer },
	{ "media", AT(media), { NULL, "text", "image", "audio" }, NULL },
	{ "image_tokens", 0, { NULL }, read_tokens },
	{ "cache_marks", AT(cache_marks), { NULL, "no", "yes" }, NULL },
	{ "searches", AT(searches), { NULL, "no", "yes" }, NULL },
	{ "refuses", 0, { NULL }, read_members },
	{ "retires", 0, { NULL }, read_date },
/* clang-format on */
#undef AT
};
#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

static const struct column *column_of(struct slice name)
{
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		if (slice_is(name, columns[i].name))
			return &columns[i];
	return NULL;
}

/* An empty cell leaves what is there. */
static bool read_cell(const struct column *column, struct slice cell, struct model_traits *to)
{
	if (cell.len == 0)
		return true;
	if (column->read)
		return column->read(cell, to);
	for (int i = 1; i < WORDS_MAX && column->words[i]; i++)
		if (slice_is(cell, column->words[i])) {
			memcpy((char *)to + column->offset, &i, sizeof i);
			return true;
		}
	return false;
}

/* ---- a row ---- */

/* With `best`, a place a column, only a cell that is more exact than what was read before counts.
 */
static bool read_better(const struct column *column, struct slice cell, int exactness, int *best,
    struct model_traits *to)
{
	int *was = best ? &best[column - columns] : NULL;

	if (cell.len == 0 || (was && exactness <= *was))
		return true;
	if (was)
		*was = exactness;
	return read_cell(column, cell, to);
}

/* The name of the first column that cannot be read; NULL: all can. */
static const char *read_row(const char *line, int exactness, int *best, struct model_traits *to)
{
	struct slice header = slice_of(model_rows_header), rest = slice_of(line);

	while (header.len > 0) {
		struct slice name = next_part(&header, '\t'), cell = next_part(&rest, '\t');
		const struct column *column = column_of(name);

		if (column && !read_better(column, cell, exactness, best, to))
			return column->name;
		if (slice_is(name, "source"))
			to->source = cell;
		else if (slice_is(name, "as_of"))
			to->as_of = cell;
	}
	return NULL;
}

const char *model_row_read(const char *line, struct model_traits *to)
{
	*to = (struct model_traits){ .known = true };
	return read_row(line, 0, NULL, to);
}

/* ---- finding it ---- */

/* What stands before the first wild sign decides nearly always, and costs a fiftieth of fnmatch. */
static bool begins_alike(struct slice pattern, const char *model, int flags)
{
	for (size_t i = 0; i < pattern.len; i++) {
		char c = pattern.ptr[i];

		if (c == '*' || c == '?' || c == '[' || c == '\\')
			break;
		if (c != model[i] && (flags == 0 || tolower(c) != tolower(model[i])))
			return false;
	}
	return true;
}

/* Signs of the pattern that are not wild, and one more; a set counts as one.  0: it does not fit.
 */
static int exactness(struct slice pattern, const char *model, int flags)
{
	char text[NAME_SIZE];
	int signs = 1;

	if (!begins_alike(pattern, model, flags))
		return 0;
	if (pattern.len >= sizeof text)
		return 0;
	memcpy(text, pattern.ptr, pattern.len);
	text[pattern.len] = '\0';
	if (fnmatch(text, model, flags) != 0)
		return 0;
	for (const char *at = text; *at; at++) {
		const char *end = *at == '[' ? strchr(at, ']') : NULL;

		signs += *at != '*';
		at = end ? end : at;
	}
	return strchr(text, '*') ? signs : NAME_SIZE;
}

static int best_of(struct slice patterns, const char *model, int flags)
{
	int best = 0;

	while (patterns.len > 0) {
		int is = exactness(next_part(&patterns, ','), model, flags);

		best = is > best ? is : best;
	}
	return best;
}

/* How well the row's patterns fit the model; 0: they do not, or it is another provider's. */
static int row_fits(const char *row, const char *provider, const char *model, int flags)
{
	size_t len = strlen(provider);
	const char *patterns = row + len + 1;

	if (strncmp(row, provider, len) != 0 || row[len] != '\t')
		return 0;
	return best_of((struct slice){ patterns, strcspn(patterns, "\t") }, model, flags);
}

static const char *find_row(const char *provider, const char *model)
{
	const char *found = NULL;
	int best = 0;

	for (size_t i = 0; i < model_rows_count; i++) {
		int is = row_fits(model_rows[i], provider, model, 0);

		if (is > best) {
			best = is;
			found = model_rows[i];
		}
	}
	return found;
}

/* Names of Claude that others wrap ("us.anthropic.claude-...") are read from there on. */
static const char *plain_name(const char *provider, const char *model)
{
	const char *claude = strcmp(provider, "anthropic") == 0 ? strstr(model, "claude-") : NULL;
	const char *slash = strrchr(model, '/');

	return claude ? claude : slash ? slash + 1 : model;
}

/* What the rows of `*` say. */
static struct model_traits find_anywhere(const char *plain)
{
	struct model_traits traits = { .known = false };
	int best[COLUMN_COUNT] = { 0 };

	for (size_t i = 0; i < model_rows_count; i++) {
		int is = row_fits(model_rows[i], "*", plain, FNM_CASEFOLD);

		if (is > 0)
			(void)read_row(model_rows[i], is, best, &traits);
	}
	return traits;
}

/* Whose models a cloud serves; NULL: there are no rows of theirs. */
static const char *maker_of(const char *provider, const char *model)
{
	bool cloud = strcmp(provider, "bedrock") == 0 || strcmp(provider, "vertex_ai") == 0;

	if (!cloud)
		return strcmp(provider, "azure") == 0 ? "openai" : NULL;
	return strstr(model, "claude-") ? "anthropic" : strstr(model, "gemini-") ? "gemini" : NULL;
}

static struct model_traits find_afresh(const char *provider, const char *model)
{
	const char *row = find_row(provider, model), *plain = plain_name(provider, model);
	struct model_traits traits = find_anywhere(plain);

	if (plain != model && (!row || strstr(row, "\t*\t")))
		row = find_row(provider, plain);
	if (!row && maker_of(provider, model))
		return find_afresh(maker_of(provider, model), model);
	traits.known = row != NULL;
	if (row)
		(void)read_row(
		    row, 0, NULL, &traits); /* test_model_traits.c proves that each can be */
	return traits;
}

/* A deployment's model is asked for several times in turn, and the table does not change. */
struct model_traits model_traits_find(const char *provider, const char *model)
{
	static _Thread_local struct {
		char provider[NAME_SIZE], model[NAME_SIZE];
		struct model_traits traits;
	} last;

	if (strlen(provider) >= NAME_SIZE || strlen(model) >= NAME_SIZE)
		return find_afresh(provider, model);
	if (strcmp(provider, last.provider) != 0 || strcmp(model, last.model) != 0) {
		last.traits = find_afresh(provider, model);
		memcpy(last.provider, provider, strlen(provider) + 1);
		memcpy(last.model, model, strlen(model) + 1);
	}
	return last.traits;
}

/* base_model is "azure/gpt-5", or a name at the deployment's own provider. */
static struct model_traits find_base(const char *provider, const char *base)
{
	struct model_traits traits = model_traits_find(provider, base);
	const char *slash = strchr(base, '/');
	char other[NAME_SIZE];

	if (traits.known || !slash)
		return traits;
	(void)snprintf(other, sizeof other, "%.*s", (int)(slash - base), base);
	return model_traits_find(other, slash + 1);
}

struct model_traits model_of(const struct deployment *deployment, const char *model)
{
	const struct settings_pairs *own = &deployment->traits;
	struct model_traits traits = deployment->base_model
					 ? find_base(deployment->provider, deployment->base_model)
					 : model_traits_find(deployment->provider, model);

	for (size_t i = 0; i < own->count; i++)
		(void)read_cell(column_of(slice_of(own->items[i].name)),
		    slice_of(own->items[i].value), &traits); /* checked at the start */
	return traits;
}

void model_traits_check(const struct deployment *deployment, struct problems *problems)
{
	const struct settings_pairs *own = &deployment->traits;
	struct model_traits traits = { .known = false };

	for (size_t i = 0; i < own->count; i++) {
		const struct settings_pair *pair = &own->items[i];
		const struct column *column = column_of(slice_of(pair->name));

		if (!read_cell(column, slice_of(pair->value), &traits))
			problems_add(problems, PROBLEM_ERROR, pair->origin,
			    "model_info.%s: '%.60s' is not a value of this column; "
			    "docs/settings.md lists them",
			    pair->name, pair->value);
	}
}

/* ---- questions ---- */

bool model_reasons(const struct model_traits *traits)
{
	return traits->thinks == MODEL_THINKS_YES || traits->thinks == MODEL_THINKS_ALWAYS ||
	       traits->efforts != 0 || traits->by_budget;
}

bool model_lists(const struct model_traits *traits, struct slice member)
{
	for (struct slice rest = traits->refuses; rest.len > 0;)
		if (slice_equal(next_part(&rest, ','), member))
			return true;
	return false;
}

enum chat_effort model_effort(
    const struct model_traits *traits, enum chat_effort wanted, bool at_responses)
{
	unsigned levels = traits->efforts | (at_responses ? traits->responses_efforts : 0);

	enum chat_effort nearest = effort_nearest(wanted, levels);

	if (wanted == EFFORT_UNSET || !traits->efforts_known || (levels & 1U << wanted))
		return wanted;
	/* "minimal" where there are none and high. */
	if ((levels & 1U << EFFORT_NONE) && nearest > wanted &&
	    wanted - EFFORT_NONE < nearest - wanted)
		return EFFORT_NONE;
	return nearest;
}
