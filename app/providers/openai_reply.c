/*
 * What is read of a whole answer: that it is one, and what it used.
 */
#include <stddef.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/number.h"
#include "providers/openai_format.h"
#include "providers/usage_floor.h"
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

static int64_t cost_in(struct slice usage, const char *name)
{
	struct slice value = json_member(usage, name);

	return json_scan_type(value) == JSON_MAP ? cost_of_parts(value) : dollars(value);
}

static int64_t cost_upstream(struct slice usage)
{
	struct slice told = json_member(usage, "cost_details");
	int64_t whole = cost_in(told, "upstream_inference_cost"),
		prompt = cost_in(told, "upstream_inference_prompt_cost"),
		completions = cost_in(told, "upstream_inference_completions_cost");

	if (whole >= 0 || prompt < 0 || completions < 0 || prompt > INT64_MAX - completions)
		return whole;
	return prompt + completions;
}

/* With the customer's own key at the vendor OpenRouter's cost is its fee, and the vendor bills the
 * rest: https://openrouter.ai/docs/use-cases/usage-accounting.  Vercel's AI Gateway writes the same
 * members (an answer of 2026-08 in the documents of maton's API).  A rest that is not told follows
 * from the tokens, and the fee is added to it. */
static int64_t cost_with_upstream(struct slice usage, int64_t *out_fee_nano)
{
	int64_t cost = cost_in(usage, "cost"), upstream = cost_upstream(usage);
	bool own_key = cost <= 0 && upstream > 0;

	/* Or as it looks. */
	(void)json_as_bool(usage_unquoted(json_member(usage, "is_byok")), &own_key);
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
	int64_t ticks, estimated;

	/* DeepInfra's, which is 0 where a machine of one's own answers: tokens count there. */
	estimated = provider->quirks & QUIRK_COST_ESTIMATED ? cost_in(usage, "estimated_cost") : -1;
	if (estimated > 0)
		return estimated;
	if (provider->quirks & QUIRK_COST_DOLLARS)
		return cost_with_upstream(usage, out_fee_nano);
	if ((provider->quirks & QUIRK_COST_TICKS) &&
	    json_as_int(json_member(usage, "cost_in_usd_ticks"), &ticks) && ticks >= 0)
		return ticks / TICKS_PER_NANO + (ticks % TICKS_PER_NANO != 0);
	return -1;
}

/* The objects that hold counts: usage itself, and those in it. */
enum place {
	IN_USAGE,
	IN_PROMPT,
	IN_INPUT,
	IN_COMPLETION,
	IN_OUTPUT,
	DETAILS_END,
	IN_WRITES = DETAILS_END, /* of either kind of prompt's details */
	IN_BILLED,
	PLACE_COUNT
};
/* The objects in usage, and what else is asked of it apart from the counts. */
enum { TOTAL = DETAILS_END - 1, SOURCES, BILLED, TOKENS, USAGE_MEMBERS };
static const struct slice usage_names[] = { SLICE("prompt_tokens_details"),
	SLICE("input_tokens_details"), SLICE("completion_tokens_details"),
	SLICE("output_tokens_details"), SLICE("total_tokens"), SLICE("num_sources_used"),
	SLICE("billed_units"), SLICE("tokens") };

/* What is read, and what of the input DeepSeek did not find in its cache. */
struct counts {
	struct usage usage;
	int64_t missed_tokens;
};

/* Where a count may stand: chat's names, then those of Responses and of vendors.  Of a field that
 * stands in several places the dearest counts. */
static const struct usage_row {
	size_t field; /* in struct counts */
	enum place place;
	struct slice name;
} usage_rows[] = {
	/* clang-format off */
	{ offsetof(struct usage, input_tokens),        IN_USAGE,      SLICE("prompt_tokens") },
	{ offsetof(struct usage, input_tokens),        IN_USAGE,      SLICE("input_tokens") },
	{ offsetof(struct usage, input_tokens),        IN_BILLED,     SLICE("input_tokens") }, /* Cohere's, cohere-ai 8.1.0 */
	{ offsetof(struct usage, output_tokens),       IN_USAGE,      SLICE("completion_tokens") },
	{ offsetof(struct usage, output_tokens),       IN_USAGE,      SLICE("output_tokens") },
	{ offsetof(struct usage, output_tokens),       IN_BILLED,     SLICE("output_tokens") },
	{ offsetof(struct usage, cached_tokens),       IN_PROMPT,     SLICE("cached_tokens") },
	{ offsetof(struct usage, cached_tokens),       IN_INPUT,      SLICE("cached_tokens") },
	{ offsetof(struct usage, cached_tokens),       IN_USAGE,      SLICE("prompt_cache_hit_tokens") }, /* DeepSeek's */
	{ offsetof(struct usage, cached_tokens),       IN_USAGE,      SLICE("cached_tokens") }, /* Moonshot's */
	{ offsetof(struct usage, cached_tokens),       IN_USAGE,      SLICE("cache_read_input_tokens") }, /* Databricks', LiteLLM's */
	{ offsetof(struct usage, cached_tokens),       IN_INPUT,      SLICE("cache_read_input_tokens") }, /* Perplexity's */
	{ offsetof(struct counts, missed_tokens),      IN_USAGE,      SLICE("prompt_cache_miss_tokens") },
	{ offsetof(struct usage, cache_write_tokens),  IN_PROMPT,     SLICE("cache_write_tokens") },
	{ offsetof(struct usage, cache_write_tokens),  IN_INPUT,      SLICE("cache_write_tokens") },
	{ offsetof(struct usage, cache_write_tokens),  IN_PROMPT,     SLICE("cache_creation_tokens") }, /* LiteLLM's */
	{ offsetof(struct usage, cache_write_tokens),  IN_PROMPT,     SLICE("cache_creation_input_tokens") }, /* DashScope's */
	{ offsetof(struct usage, cache_write_tokens),  IN_INPUT,      SLICE("cache_creation_input_tokens") },
	{ offsetof(struct usage, cache_write_tokens),  IN_USAGE,      SLICE("cache_creation_input_tokens") },
	{ offsetof(struct usage, cache_write_1h_tokens), IN_WRITES,   SLICE("ephemeral_1h_input_tokens") },
	{ offsetof(struct usage, cache_write_12h_tokens), IN_WRITES,  SLICE("ttl_12h_tokens") }, /* openai 3.57 */
	{ offsetof(struct usage, audio_input_tokens),  IN_PROMPT,     SLICE("audio_tokens") },
	{ offsetof(struct usage, reasoning_tokens),    IN_COMPLETION, SLICE("reasoning_tokens") },
	{ offsetof(struct usage, reasoning_tokens),    IN_OUTPUT,     SLICE("reasoning_tokens") },
	{ offsetof(struct usage, audio_output_tokens), IN_COMPLETION, SLICE("audio_tokens") },
	{ offsetof(struct usage, image_input_tokens),  IN_PROMPT,     SLICE("image_tokens") },
	{ offsetof(struct usage, image_output_tokens), IN_COMPLETION, SLICE("image_tokens") }, /* OpenRouter's */
	{ offsetof(struct usage, uses.of[SERVER_LIVE_SEARCH]), IN_USAGE, SLICE("num_sources_used") }, /* xAI's */
	/* clang-format on */
};
#define USAGE_ROWS (sizeof usage_rows / sizeof usage_rows[0])

static void find_counts(enum place place, struct slice object, struct slice values[USAGE_ROWS])
{
	if (json_scan_type(object) != JSON_MAP)
		return;
	for (struct json_cursor member = json_cursor(object); json_next(&member);)
		for (size_t i = 0; i < USAGE_ROWS; i++)
			if (usage_rows[i].place == place &&
			    json_key_equal(&member, usage_rows[i].name))
				values[i] = member.value;
}

/* A count that is missing or cannot be read (-1) follows from the total, where there is one. */
static void complete_from_total(int64_t total, int64_t *one, int64_t other)
{
	if (*one < 0 && other >= 0 && total >= other)
		*one = total - other;
}

/* How long what is written stays: OpenAI's, LiteLLM's, and Anthropic's as DashScope has it. */
static struct slice write_details(const struct slice places[])
{
	static const enum place where[] = { IN_PROMPT, IN_INPUT, IN_USAGE };
	static const char *const names[] = { "cache_write_tokens_details",
		"cache_creation_token_details", "cache_creation" };

	for (size_t i = 0; i < sizeof where / sizeof where[0]; i++)
		for (size_t j = 0; j < sizeof names / sizeof names[0]; j++) {
			struct slice found = json_member(places[where[i]], names[j]);

			if (json_scan_type(found) == JSON_MAP)
				return found;
		}
	return (struct slice){ NULL, 0 };
}

static void take_counts(const struct slice values[USAGE_ROWS], struct counts *out)
{
	bool seen = false;

	for (size_t i = 0; i < USAGE_ROWS; i++) {
		size_t at = usage_rows[i].field;
		int64_t *field = (int64_t *)(void *)((char *)out + at), count;
		bool discount = at == offsetof(struct usage, cached_tokens);

		seen = seen && i > 0 && usage_rows[i - 1].field == at;
		if (!usage_count(values[i], &count))
			continue;
		if (!seen || (discount ? count < *field : count > *field))
			*field = count;
		seen = true;
	}
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
	struct usage found;
	struct slice places[PLACE_COUNT] = { usage }, values[USAGE_ROWS] = { { NULL, 0 } },
		     members[USAGE_MEMBERS];
	int64_t total = -1;

	if (json_scan_type(usage) != JSON_MAP)
		return;
	json_members(usage, usage_names, USAGE_MEMBERS, members);
	memcpy(places + 1, members, TOTAL * sizeof *members);
	(void)usage_count(members[TOTAL], &total); /* or none */
	places[IN_WRITES] = write_details(places);
	places[IN_BILLED] = members[BILLED].ptr ? members[BILLED] : members[TOKENS];
	for (enum place place = 0; place < PLACE_COUNT; place++)
		find_counts(place, places[place], values);
	take_counts(values, &counts);
	found = counts.usage;
	if (counts.missed_tokens > 0 &&
	    found.input_tokens < found.cached_tokens + counts.missed_tokens)
		found.input_tokens = found.cached_tokens + counts.missed_tokens;
	complete_from_total(total, &found.output_tokens, found.input_tokens);
	complete_from_total(total, &found.input_tokens, found.output_tokens);
	found.reported_cost_nano = openai_reported_cost(provider, usage, &found.fee_nano);
	if ((found.input_tokens < 0 || found.output_tokens < 0) && found.reported_cost_nano < 0)
		return;
	found.uses_told = members[SOURCES].ptr ? 1U << SERVER_LIVE_SEARCH : 0;
	even_out(provider, total, &found);
	*out = found;
}

static void take_usage(const struct provider *provider, struct slice usage, struct usage *out)
{
	struct usage seen = { .known = false };

	openai_usage_read(provider, usage, &seen);
	if (seen.known)
		usage_keep_largest(out, &seen);
}

/* Groq's, in x_groq; Moonshot's, in the choice that ends (its documents' example of a stream); and
 * others', in what that choice holds. */
void openai_usage_find(const struct provider *provider, struct slice groq, struct slice usage,
    struct slice choices, struct arena *arena, struct usage *out)
{
	static const struct slice names[] = { SLICE("delta"), SLICE("message") };
	struct slice held[2];

	take_usage(provider, usage, out);
	take_usage(provider, usage_member(groq, "usage", arena), out);
	for (struct json_cursor choice = json_cursor(choices); json_next(&choice);) {
		take_usage(provider, usage_member(choice.value, "usage", arena), out);
		json_members(choice.value, names, 2, held);
		for (size_t i = 0; i < 2; i++)
			take_usage(provider, usage_member(held[i], "usage", arena), out);
	}
}

static void read_finish_reason(
    struct slice choices, struct arena *arena, struct provider_reply *out)
{
	struct json_cursor choice = json_cursor(choices);
	const char *reason;

	if (!json_next(&choice) || json_scan_type(choice.value) != JSON_MAP)
		return;
	reason = json_as_text(json_member(choice.value, "finish_reason"), arena);
	if (reason)
		memccpy(out->finish_reason, reason, 0, sizeof out->finish_reason - 1);
}

/* An error beside an empty list of choices.  Beside an answer it is a remark on what was
 * generated and billed: the client gets both. */
static bool is_error_alone(struct slice error, struct slice choices)
{
	enum json_type type = json_scan_type(error);
	struct json_cursor choice = json_cursor(choices);

	return (type == JSON_MAP || type == JSON_TEXT) && !json_next(&choice);
}

bool openai_reason_is_failure(struct slice reason)
{
	return json_text_is(reason, "error") ||
	       json_text_is(reason, "insufficient_system_resource");
}

bool openai_choice_failed(struct slice choice)
{
	enum { ERROR, REASON, MEMBER_COUNT };
	static const struct slice names[] = { SLICE("error"), SLICE("finish_reason") };
	struct slice members[MEMBER_COUNT];

	json_members(choice, names, MEMBER_COUNT, members);
	return openai_reason_is_failure(members[REASON]) ||
	       (json_scan_type(members[ERROR]) == JSON_MAP &&
		   json_scan_type(members[REASON]) != JSON_TEXT);
}

static bool is_filled(struct slice value)
{
	enum json_type type = json_scan_type(value);

	return (type == JSON_TEXT || type == JSON_LIST || type == JSON_MAP) && value.len > 2;
}

/* No word, no call, no thought, and no reason for it but an error. */
static bool says_nothing(struct slice choice)
{
	static const struct slice names[] = { SLICE("content"), SLICE("tool_calls"),
		SLICE("function_call"), SLICE("refusal"), SLICE("reasoning"),
		SLICE("reasoning_content"), SLICE("audio") };
	struct slice members[sizeof names / sizeof names[0]],
	    message = json_member(choice, "message");

	if (json_scan_type(message) != JSON_MAP ||
	    (is_filled(json_member(choice, "finish_reason")) &&
		json_scan_type(json_member(choice, "error")) != JSON_MAP))
		return false;
	json_members(message, names, sizeof names / sizeof names[0], members);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (is_filled(members[i]))
			return false;
	return true;
}

/* There is nothing to be had of it. */
static bool all_failed(struct slice choices)
{
	size_t count = 0;

	for (struct json_cursor choice = json_cursor(choices); json_next(&choice); count++)
		if (!openai_choice_failed(choice.value) && !says_nothing(choice.value))
			return false;
	return count > 0;
}

int openai_reply_read(const struct provider *provider, struct slice body, struct arena *arena,
    struct provider_reply *out, struct error *err)
{
	enum { CHOICES, ERROR, USAGE, MODEL, X_GROQ, TIER, MEMBER_COUNT };
	static const struct slice names[] = { SLICE("choices"), SLICE("error"), SLICE("usage"),
		SLICE("model"), SLICE("x_groq"), SLICE("service_tier") };
	struct provider_reply reply = { .usage.reported_cost_nano = -1 };
	struct slice members[MEMBER_COUNT];

	if (json_scan_check(body, err) != 0)
		return error_prefix(err, "the provider's answer");
	json_members(body, names, MEMBER_COUNT, members);
	members[USAGE] = usage_dearest(body, "usage", members[USAGE], arena);
	openai_usage_find(
	    provider, members[X_GROQ], members[USAGE], members[CHOICES], arena, &reply.usage);
	reply.usage.served = served_as(members[TIER]);
	*out = reply;
	if (json_scan_type(members[CHOICES]) != JSON_LIST)
		return error_set(err, ERROR_UPSTREAM, "the provider's answer has no choices");
	if (is_error_alone(members[ERROR], members[CHOICES]) || all_failed(members[CHOICES]))
		return error_set(err, ERROR_UPSTREAM, "the provider's answer is an error");
	usage_check_whole(openai_decode_reply, body, arena, &reply.usage);
	reply.body = openai_with_ids(body, arena);
	reply.model = json_as_text(members[MODEL], arena);
	read_finish_reason(members[CHOICES], arena, &reply);
	*out = reply;
	return 0;
}
