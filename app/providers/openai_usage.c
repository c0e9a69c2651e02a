/*
 * The usage of OpenAI's format: its counts and its cost, wherever vendors put them.
 *
 * Each object is walked once, and only what is there is looked into.
 */
#include <stddef.h>

#include "base/json_scan.h"
#include "base/number.h"
#include "providers/openai_format.h"
#include "providers/usage_member.h"

#include "base/banned.h"

#define TICKS_PER_NANO 10 /* xAI: a tick is 1e-10 dollars */

/* Dollars as the provider wrote them; -1 when there are none. */
static int64_t dollars(struct slice value)
{
	int64_t nano;

	value = usage_unquoted(value);
	if (json_scan_type(value) != JSON_NUMBER || value.ptr[0] == '-')
		return -1;
	return number_scaled(value, 9, &nano, NULL) == 0 ? nano : INT64_MAX;
}

/* Perplexity's object: its total, and where that is missing its parts (types of perplexityai
 * 0.46.1: Cost, ResponsesCost, EmbeddingsUsage; each ends in "_cost"). */
static int64_t cost_of_parts(struct slice cost)
{
	int64_t total = dollars(json_member(cost, "total_cost")), sum = -1;
	struct slice currency = json_member(cost, "currency");

	if (json_scan_type(currency) == JSON_TEXT && !json_text_is(currency, "USD"))
		return -1;
	for (struct json_cursor part = json_cursor(cost); json_next(&part);) {
		int64_t nano = slice_ends(part.key, "_cost") && !json_key_is(&part, "total_cost")
				   ? dollars(part.value)
				   : -1;

		if (nano >= 0)
			sum = sum > 0 ? (nano > INT64_MAX - sum ? INT64_MAX : sum + nano) : nano;
	}
	return total > 0 || total > sum ? total : sum;
}

static int64_t cost_as(struct slice value)
{
	return json_scan_type(value) == JSON_MAP ? cost_of_parts(value) : dollars(value);
}

static int64_t cost_upstream(struct slice details)
{
	enum { WHOLE, PROMPT, COMPLETIONS, MEMBER_COUNT };
	static const struct slice names[] = { SLICE("upstream_inference_cost"),
		SLICE("upstream_inference_prompt_cost"),
		SLICE("upstream_inference_completions_cost") };
	struct slice told[MEMBER_COUNT];
	int64_t whole, prompt, completions;

	json_members(details, names, MEMBER_COUNT, told);
	whole = cost_as(told[WHOLE]);
	prompt = cost_as(told[PROMPT]);
	completions = cost_as(told[COMPLETIONS]);

	if (whole >= 0 || prompt < 0 || completions < 0 || prompt > INT64_MAX - completions)
		return whole;
	return prompt + completions;
}

enum cost_member { ESTIMATED, COST, COST_DETAILS, OWN_KEY, TICKS, COST_MEMBERS };
static const struct slice cost_names[] = { SLICE("estimated_cost"), SLICE("cost"),
	SLICE("cost_details"), SLICE("is_byok"), SLICE("cost_in_usd_ticks") };

/* With the customer's own key at the vendor OpenRouter's cost is its fee, and the vendor bills the
 * rest: https://openrouter.ai/docs/use-cases/usage-accounting.  Vercel's AI Gateway writes the same
 * members (an answer of 2026-08 in the documents of maton's API).  A rest that is not told follows
 * from the tokens, and the fee is added to it. */
static int64_t cost_with_upstream(const struct slice *told, int64_t *out_fee_nano)
{
	int64_t cost = cost_as(told[COST]), upstream = cost_upstream(told[COST_DETAILS]);
	bool own_key = cost <= 0 && upstream > 0;

	/* Or as it looks. */
	(void)json_as_bool(usage_unquoted(told[OWN_KEY]), &own_key);
	if (!own_key)
		return cost;
	if (upstream < 0 || cost > INT64_MAX - upstream) {
		*out_fee_nano = cost > 0 ? cost : 0;
		return -1;
	}
	return upstream + (cost > 0 ? cost : 0);
}

int64_t openai_reported_cost(
    const struct provider *provider, struct slice usage, int64_t *out_fee_nano)
{
	struct slice told[COST_MEMBERS];
	int64_t ticks, estimated;

	if (!(provider->quirks & (QUIRK_COST_ESTIMATED | QUIRK_COST_DOLLARS | QUIRK_COST_TICKS)))
		return -1;
	json_members(usage, cost_names, COST_MEMBERS, told);
	/* DeepInfra's, which is 0 where a machine of one's own answers: tokens count there. */
	estimated = provider->quirks & QUIRK_COST_ESTIMATED ? cost_as(told[ESTIMATED]) : -1;
	if (estimated > 0)
		return estimated;
	if (provider->quirks & QUIRK_COST_DOLLARS)
		return cost_with_upstream(told, out_fee_nano);
	if ((provider->quirks & QUIRK_COST_TICKS) && json_as_int(told[TICKS], &ticks) && ticks >= 0)
		return ticks / TICKS_PER_NANO + (ticks % TICKS_PER_NANO != 0);
	return -1;
}

/* What is read, and what of the input DeepSeek did not find in its cache. */
struct counts {
	struct usage usage;
	int64_t missed_tokens;
	uint64_t seen; /* a bit for each field, by its place */
};
#define FIELD_BIT(offset) (UINT64_C(1) << (offset) / sizeof(int64_t))
_Static_assert(offsetof(struct counts, seen) / sizeof(int64_t) <= 64, "a bit for each field");

/* Where a count may stand, by the object that it is in: chat's names, then those of Responses and
 * of vendors.  Of a field that stands in several places the dearest counts. */
struct count_row {
	size_t field; /* in struct counts */
	struct slice name;
};

/* clang-format off */
#define ROWS_END { 0, { NULL, 0 } }
static const struct count_row counts_of_usage[] = {
	{ offsetof(struct usage, input_tokens),        SLICE("prompt_tokens") },
	{ offsetof(struct usage, output_tokens),       SLICE("completion_tokens") },
	{ offsetof(struct usage, input_tokens),        SLICE("input_tokens") },
	{ offsetof(struct usage, output_tokens),       SLICE("output_tokens") },
	{ offsetof(struct usage, cached_tokens),       SLICE("prompt_cache_hit_tokens") }, /* DeepSeek's */
	{ offsetof(struct usage, cached_tokens),       SLICE("cached_tokens") }, /* Moonshot's */
	{ offsetof(struct usage, cached_tokens),       SLICE("cache_read_input_tokens") }, /* Databricks', LiteLLM's */
	{ offsetof(struct counts, missed_tokens),      SLICE("prompt_cache_miss_tokens") },
	{ offsetof(struct usage, cache_write_tokens),  SLICE("cache_creation_input_tokens") },
	ROWS_END
}, counts_of_prompt[] = {
	{ offsetof(struct usage, cached_tokens),       SLICE("cached_tokens") },
	{ offsetof(struct usage, audio_input_tokens),  SLICE("audio_tokens") },
	{ offsetof(struct usage, image_input_tokens),  SLICE("image_tokens") },
	{ offsetof(struct usage, cache_write_tokens),  SLICE("cache_write_tokens") },
	{ offsetof(struct usage, cache_write_tokens),  SLICE("cache_creation_tokens") }, /* LiteLLM's */
	{ offsetof(struct usage, cache_write_tokens),  SLICE("cache_creation_input_tokens") }, /* DashScope's */
	ROWS_END
}, counts_of_input[] = {
	{ offsetof(struct usage, cached_tokens),       SLICE("cached_tokens") },
	{ offsetof(struct usage, cached_tokens),       SLICE("cache_read_input_tokens") }, /* Perplexity's */
	{ offsetof(struct usage, cache_write_tokens),  SLICE("cache_write_tokens") },
	{ offsetof(struct usage, cache_write_tokens),  SLICE("cache_creation_input_tokens") },
	ROWS_END
}, counts_of_completion[] = {
	{ offsetof(struct usage, reasoning_tokens),    SLICE("reasoning_tokens") },
	{ offsetof(struct usage, audio_output_tokens), SLICE("audio_tokens") },
	{ offsetof(struct usage, image_output_tokens), SLICE("image_tokens") }, /* OpenRouter's */
	ROWS_END
}, counts_of_output[] = {
	{ offsetof(struct usage, reasoning_tokens),    SLICE("reasoning_tokens") },
	ROWS_END
}, counts_of_writes[] = {
	{ offsetof(struct usage, cache_write_1h_tokens), SLICE("ephemeral_1h_input_tokens") },
	{ offsetof(struct usage, cache_write_12h_tokens), SLICE("ttl_12h_tokens") }, /* openai 3.57 */
	ROWS_END
}, counts_billed[] = { /* Cohere's, cohere-ai 8.1.0 */
	{ offsetof(struct usage, input_tokens),        SLICE("input_tokens") },
	{ offsetof(struct usage, output_tokens),       SLICE("output_tokens") },
	ROWS_END
};
/* clang-format on */

/* What is asked of usage and of its details apart from the counts; the first three say how long
 * what is written to the cache stays: OpenAI's, LiteLLM's, and Anthropic's as DashScope has it. */
enum part {
	WRITES,
	WRITES_END = WRITES + 3,
	TOTAL = WRITES_END,
	PROMPT,
	COMPLETION,
	INPUT,
	OUTPUT,
	SOURCES,
	BILLED,
	TOKENS,
	PARTS
}; /* SOURCES: xAI's */
static const struct slice part_names[PARTS] = { SLICE("cache_write_tokens_details"),
	SLICE("cache_creation_token_details"), SLICE("cache_creation"), SLICE("total_tokens"),
	SLICE("prompt_tokens_details"), SLICE("completion_tokens_details"),
	SLICE("input_tokens_details"), SLICE("output_tokens_details"), SLICE("num_sources_used"),
	SLICE("billed_units"), SLICE("tokens") };

static void take_count(struct counts *counts, size_t at, struct slice value)
{
	int64_t *field = (int64_t *)(void *)((char *)counts + at), count;
	bool discount = at == offsetof(struct usage, cached_tokens),
	     seen = counts->seen & FIELD_BIT(at);

	if (!usage_count(value, &count))
		return;
	if (!seen || (discount ? count < *field : count > *field))
		*field = count;
	counts->seen |= FIELD_BIT(at);
}

static bool read_count(
    struct counts *counts, const struct count_row *row, const struct json_cursor *member)
{
	while (row->name.ptr && !json_key_equal(member, row->name))
		row++;
	if (row->name.ptr)
		take_count(counts, row->field, member->value);
	return row->name.ptr;
}

/* The counts of one object, and its first `count` parts. */
static void read_counts(struct slice object, const struct count_row *rows, struct slice *parts,
    size_t count, struct counts *counts)
{
	if (json_scan_type(object) != JSON_MAP)
		return;
	for (struct json_cursor member = json_cursor(object); json_next(&member);) {
		bool is_count = read_count(counts, rows, &member);

		for (size_t i = 0; !is_count && i < count; i++)
			if (json_key_equal(&member, part_names[i]))
				parts[i] = member.value;
	}
}

/* A count that is missing or cannot be read (-1) follows from the total, where there is one. */
static void complete_from_total(int64_t total, int64_t *one, int64_t other)
{
	if (*one < 0 && other >= 0 && total >= other)
		*one = total - other;
}

/* The first that is an object: of the prompt's details, else of usage itself. */
static struct slice write_details(const struct slice *writes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (json_scan_type(writes[i]) == JSON_MAP)
			return writes[i];
	return (struct slice){ NULL, 0 };
}

static void find_counts(struct slice usage, struct slice parts[PARTS], struct counts *counts)
{
	struct slice writes[3][WRITES_END] = { { { NULL, 0 } } };

	read_counts(usage, counts_of_usage, parts, PARTS, counts);
	read_counts(parts[PROMPT], counts_of_prompt, writes[0], WRITES_END, counts);
	read_counts(parts[INPUT], counts_of_input, writes[1], WRITES_END, counts);
	memcpy(writes[2], parts, sizeof writes[2]);
	read_counts(parts[COMPLETION], counts_of_completion, NULL, 0, counts);
	read_counts(parts[OUTPUT], counts_of_output, NULL, 0, counts);
	read_counts(write_details(writes[0], 3 * WRITES_END), counts_of_writes, NULL, 0, counts);
	read_counts(
	    parts[BILLED].ptr ? parts[BILLED] : parts[TOKENS], counts_billed, NULL, 0, counts);
	take_count(counts, offsetof(struct usage, uses.of[SERVER_LIVE_SEARCH]), parts[SOURCES]);
}

/* Beside the answer, unless the total says that it is in it. */
static bool reasons_apart(const struct provider *provider, int64_t total, const struct usage *found)
{
	bool within = found->reasoning_tokens <= found->output_tokens &&
		      total == found->input_tokens + found->output_tokens;

	return (provider->quirks & QUIRK_REASONING_APART) && found->reasoning_tokens > 0 && !within;
}

static void even_out(const struct provider *provider, int64_t total, struct usage *found)
{
	found->input_tokens = found->input_tokens < 0 ? 0 : found->input_tokens;
	found->output_tokens = found->output_tokens < 0 ? 0 : found->output_tokens;
	/* Long ones are named among the writes. */
	found->cache_write_tokens -= found->cache_write_1h_tokens + found->cache_write_12h_tokens;
	if (found->cache_write_tokens < 0)
		found->cache_write_tokens = 0;
	if (reasons_apart(provider, total, found))
		found->output_tokens += found->reasoning_tokens;
	usage_reconcile(found, total);
}

/* What has no counts that can be read is no usage: it would be a bill of nothing. */
void openai_usage_read(const struct provider *provider, struct slice usage, struct usage *out)
{
	struct counts counts = { .usage = { .known = true,
				     .input_tokens = -1,
				     .output_tokens = -1,
				     .reported_cost_nano = -1 } };
	struct slice parts[PARTS] = { { NULL, 0 } };
	struct usage *found = &counts.usage;
	int64_t total = -1;

	if (json_scan_type(usage) != JSON_MAP)
		return;
	find_counts(usage, parts, &counts);
	(void)usage_count(parts[TOTAL], &total); /* or none */
	if (counts.missed_tokens > 0 &&
	    found->input_tokens < found->cached_tokens + counts.missed_tokens)
		found->input_tokens = found->cached_tokens + counts.missed_tokens;
	complete_from_total(total, &found->output_tokens, found->input_tokens);
	complete_from_total(total, &found->input_tokens, found->output_tokens);
	found->reported_cost_nano = openai_reported_cost(provider, usage, &found->fee_nano);
	if ((found->input_tokens < 0 || found->output_tokens < 0) && found->reported_cost_nano < 0)
		return;
	found->uses_told = parts[SOURCES].ptr ? 1U << SERVER_LIVE_SEARCH : 0;
	even_out(provider, total, found);
	*out = *found;
}

void openai_usage_take(const struct provider *provider, struct slice usage, struct usage *out)
{
	struct usage seen = { .known = false };

	if (json_scan_type(usage) != JSON_MAP)
		return;
	openai_usage_read(provider, usage, &seen);
	if (seen.known)
		usage_keep_largest(out, &seen);
}

/* Groq's, in x_groq; Moonshot's, in the choice that ends (its documents' example of a stream); and
 * others', in what that choice holds. */
void openai_usage_find(const struct provider *provider, struct slice groq, struct slice usage,
    struct slice choices, struct arena *arena, struct usage *out)
{
	enum { USAGE, DELTA, MESSAGE, MEMBER_COUNT };
	static const struct slice names[] = { SLICE("usage"), SLICE("delta"), SLICE("message") };
	struct slice held[MEMBER_COUNT];

	openai_usage_take(provider, usage, out);
	openai_usage_take(provider, usage_member(groq, "usage", arena), out);
	for (struct json_cursor choice = json_cursor(choices); json_next(&choice);) {
		bool once = json_members_once(choice.value, names, MEMBER_COUNT, held);

		held[USAGE] = usage_dearest(choice.value, "usage", held[USAGE], once, arena);
		openai_usage_take(provider, held[USAGE], out);
		for (size_t i = DELTA; i < MEMBER_COUNT; i++)
			openai_usage_take(provider, usage_member(held[i], "usage", arena), out);
	}
}
