/*
 * How much an attempt may cost, and how many output tokens it may ask for.
 *
 * A client that sends a limit keeps it; with on_low_budget: clamp it is lowered to what the budgets
 * cover.  A client that sends none gets one from the gateway: default_max_tokens, else the model's
 * maximum, lowered to what the prompt leaves of the window, and so that a single call does not tie
 * up the whole budget: to what a quarter of the money left covers, but not below FAIR_OUTPUT tokens
 * while the rest covers those.  Where no budget and no limit of tokens a minute applies, none is
 * sent.
 */
#include "relay/run.h"

#include "base/clock.h"
#include "base/number.h"
#include "chat/media.h"
#include "chat/prompt_count.h"
#include "relay/defaults.h"
#include "relay/limits.h"
#include "relay/server_uses.h"
#include "relay/translate.h"

#include "base/banned.h"

#define FAIR_OUTPUT                                                                                \
	4096 /* tokens: longer than nearly every answer, so a quarter never strangles one */
#define LEAST_OUTPUT 16 /* tokens: a smaller limit gives no useful answer; refuse instead */

/* The budget that applies and has least left; NULL: none applies. */
static const struct budget_state *tightest(const struct run *run, const struct candidate *candidate)
{
	const struct budget_call call = run_budget_call(candidate->group, candidate->member);
	const struct budget_state *least = NULL;

	for (size_t i = 0; i < run->budgets.count; i++) {
		const struct budget_state *b = &run->budgets.items[i];

		if (budget_applies(b, &call) && (!least || budget_left(b) < budget_left(least)))
			least = b;
	}
	return least;
}

/* What the budgets that apply have: INT64_MAX without any. */
struct money {
	int64_t left;
	int64_t unspent; /* what running calls hold is part of it: most of that comes back */
};

static struct money money_of(const struct run *run, const struct candidate *candidate)
{
	const struct budget_call call = run_budget_call(candidate->group, candidate->member);
	struct money money = { INT64_MAX, INT64_MAX };

	for (size_t i = 0; i < run->budgets.count; i++) {
		const struct budget_state *b = &run->budgets.items[i];
		int64_t unspent = b->limit_nano - b->spent_nano;

		if (!budget_applies(b, &call))
			continue;
		if (budget_left(b) < money.left)
			money.left = budget_left(b);
		if (unspent < money.unspent)
			money.unspent = unspent > 0 ? unspent : 0;
	}
	return money;
}

int64_t weigh_money_left(const struct run *run, const struct candidate *candidate)
{
	return money_of(run, candidate).left;
}

static int64_t affordable(
    const struct candidate *candidate, const struct bound_input *input, int64_t nano)
{
	return bound_affordable_output(
	    &candidate->price, input, candidate->member->tokenizer, nano);
}

/* No answer is cut below FAIR_OUTPUT for money that is merely held: it waits for that instead. */
static int64_t at_least_fair(const struct candidate *candidate, const struct bound_input *input,
    const struct money *money, int64_t tokens)
{
	int64_t whole = tokens < FAIR_OUTPUT ? affordable(candidate, input, money->unspent) : 0;

	if (tokens >= FAIR_OUTPUT)
		return tokens;
	return whole < FAIR_OUTPUT ? whole : FAIR_OUTPUT;
}

/* Models whose max_input_tokens the answer takes nothing of: of GPT-5 and 6 it is the context
 * window less the longest answer (272,000 and 128,000 of 400,000), Gemini lists two limits. */
static bool is_window_apart(const char *model)
{
	static const char *const begins[] = { "gpt-5", "gpt-6", "gemini-" };
	const char *slash = strrchr(model, '/'), *name = slash ? slash + 1 : model;

	for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
		if (strncmp(name, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* Tokens that the prompt leaves of the window: as counted, else by a guess that is rather too high,
 * and lower where that would leave too little for an answer. */
static int64_t window_left(int64_t window, const struct bound_input *input)
{
	int64_t enough = window / 4 < FAIR_OUTPUT ? window / 4 : FAIR_OUTPUT, left = 0;

	if (input->counted_tokens > 0)
		left =
		    window - input->counted_tokens - (input->text_bytes - input->counted_bytes) / 2;
	for (int64_t bytes = 2; !input->counted_tokens && left < enough && bytes <= 4; bytes++)
		left = window - input->text_bytes / bytes;
	return left > LEAST_OUTPUT ? left : LEAST_OUTPUT;
}

/* The limit for a client that gave none, before money is looked at. */
static int64_t own_limit(
    const struct run *run, const struct candidate *candidate, const struct bound_input *input)
{
	const struct member *member = candidate->member;
	int64_t limit = run->settings->default_max_tokens,
		window = member_price(member)->max_input_tokens, left;

	if (limit == SETTING_UNSET)
		limit = member->price.max_output_tokens;
	if (limit <= 0)
		return 0;
	if (window <= 0 || is_window_apart(member->model))
		return limit;
	left = window_left(window, input);
	return limit < left ? limit : left;
}

static int64_t limit_without_wish(const struct run *run, const struct candidate *candidate,
    const struct bound_input *input, const struct money *money)
{
	int64_t limit = own_limit(run, candidate, input), share;

	if (money->left == INT64_MAX)
		return limit;
	share =
	    at_least_fair(candidate, input, money, affordable(candidate, input, money->left / 4));
	return limit <= 0 || share < limit ? share : limit;
}

static int64_t parameter_limit(const struct deployment *deployment)
{
	int64_t limit = 0;

	for (size_t i = 0; i < deployment->parameters.count; i++) {
		const struct settings_pair *p = &deployment->parameters.items[i];
		int64_t value;

		if ((text_is_one_of(p->name, "max_tokens max_completion_tokens")) &&
		    number_whole(slice_of(p->value), 1, INT32_MAX, &value, NULL) == 0 &&
		    value > limit)
			limit = value;
	}
	return limit;
}

/*
 * What the client wants, or the most that the model gives: where its words are translated, or go to
 * a model that it did not ask for, it cannot know that model's limit.  Some programs always ask for
 * 32,000 and more.  Otherwise the provider says what it thinks of the limit.
 */
static int64_t wish_of(struct run *run, const struct candidate *candidate)
{
	int64_t wish = run->call->request->max_tokens,
		most = candidate->member->price.max_output_tokens;
	bool elsewhere = candidate->stage > 0 || translate_needed(run, candidate->member);

	return elsewhere && most > 0 && wish > most ? most : wish;
}

/* The limit of a client that gave none: what money allows, within tokens a minute.  With too little
 * money the ledger is asked for an honest amount, which it will refuse by name. */
static int64_t choose_limit(const struct run *run, struct candidate *candidate,
    const struct bound_input *input, const struct money *money)
{
	int64_t limit =
	    limits_output(run, candidate, limit_without_wish(run, candidate, input, money));

	return money->left != INT64_MAX && limit < LEAST_OUTPUT ? LEAST_OUTPUT : limit;
}

/* Where nothing counts by it, no limit is sent, as the client wished: the longest answer of the
 * model, taken from its window or from tokens a minute, is more than most want. */
static bool goes_without(
    struct run *run, const struct candidate *candidate, const struct money *money)
{
	enum wire_format_id format = translate_format(run, candidate->member)->id;
	const struct price *price = &candidate->price;
	bool free = price_is_free(price), known = price->max_output_tokens > 0;

	return (format == WIRE_OPENAI_CHAT || format == WIRE_RESPONSES) &&
	       run->settings->default_max_tokens == SETTING_UNSET &&
	       (free || (known && money->left == INT64_MAX)) && !limits_tokens(run, candidate);
}

/* With on_low_budget: clamp the client's limit, lowered to what money allows. */
static int64_t keep_limit(const struct run *run, struct candidate *candidate,
    const struct bound_input *input, const struct money *money, int64_t wish)
{
	int64_t most;

	if (run->settings->on_low_budget != LOW_BUDGET_CLAMP || money->left == INT64_MAX)
		return wish;
	most = at_least_fair(candidate, input, money, affordable(candidate, input, money->left));
	return most < LEAST_OUTPUT || most > wish ? wish : most;
}

/* The dearest that a call can meet which begins now and ends before the request's deadline. */
static struct price price_of(const struct run *run, const struct member *member)
{
	struct price_course course = member_course(member);
	int64_t now_ms = clock_wall_ms(), left_us = run->deadline_us - clock_mono_us();

	return price_within(&course, now_ms, now_ms + (left_us > 0 ? left_us / 1000 : 0));
}

static int64_t count_prompt(struct run *run, enum vocabulary_id id)
{
	if (!run->prompt_tokens[id])
		run->prompt_tokens[id] = prompt_count(run->call->request->body, id);
	return run->prompt_tokens[id];
}

/* Tokens of the body by the model's own vocabulary, where it has one here.  Pictures count apart;
 * files stand in the text as data that no model reads as such, so a body with some is not counted.
 */
static void count_text(struct run *run, const struct member *member, struct bound_input *input)
{
	enum vocabulary_id id = tokenizer_row(member->tokenizer)->vocabulary;
	const struct chat_request *request = run->call->request;

	if (id == VOCABULARY_NONE || request->has_media)
		return;
	input->counted_tokens = count_prompt(run, id);
	input->counted_bytes = request->bound.text_bytes - request->bound.hidden_bytes;
}

int64_t weigh_prompt_tokens(struct run *run, const struct member *member)
{
	enum vocabulary_id id = tokenizer_row(member->tokenizer)->vocabulary;
	const struct chat_request *request = run->call->request;

	return request->has_media
		   ? limits_prompt_tokens(&request->bound, INT64_MAX)
		   : count_prompt(run, id == VOCABULARY_NONE ? VOCABULARY_O200K : id);
}

/* Images, speech and the like: no limit is sent, so that what comes is believed.  Where images are
 * billed one by one, those that are edited may be billed, too. */
static bool weigh_media(struct run *run, struct candidate *candidate, const char **out_why)
{
	const struct chat_request *request = run->call->request;
	const struct media_facts *facts = &request->media->facts;
	const struct deployment *deployment = candidate->member->deployment;
	const char *model = candidate->member->model;
	struct bound_input input = request->bound;

	candidate->price = price_of(run, candidate->member);
	media_price_of_size(
	    catalog_prices(run->call->catalog), deployment, model, facts, &candidate->price);
	*out_why = media_price_weigh(&candidate->price,
	    deployment->base_model ? deployment->base_model : model, facts, &input);
	candidate->unlimited = true;
	candidate->output_limit = 0;
	candidate->choices = input.choices;
	candidate->bounded =
	    !*out_why && bound_of(&candidate->price, &input, candidate->member->tokenizer,
			     &candidate->bound, out_why);
	if (candidate->bounded)
		candidate->bound.cost_nano +=
		    media_price_units(&candidate->price, facts->units + request->bound.images);
	return candidate->bounded;
}

/* All but the answer: what is sent, and what a token of it costs. */
static bool weigh_input(
    struct run *run, struct candidate *candidate, struct bound_input *input, const char **out_why)
{
	const struct member *member = candidate->member;

	*input = run->call->request->bound;
	if (member->deployment->parameters.count)
		defaults_add(&member->defaults, input);
	count_text(run, member, input);
	input->text_bytes += translate_added_bytes(run, member);
	if (candidate->upstream_tokens) {
		input->counted_tokens = candidate->upstream_tokens;
		input->counted_bytes = input->text_bytes;
		input->counted_whole = true;
	}
	candidate->price = price_of(run, member);
	return server_uses_weigh(run, candidate, input, out_why);
}

bool weigh_candidate(struct run *run, struct candidate *candidate, const char **out_why)
{
	const struct member *member = candidate->member;
	struct money money = money_of(run, candidate);
	int64_t wish = wish_of(run, candidate), limit;
	struct bound_input input;

	if (member->unbounded) {
		*out_why = "its default parameters cannot be weighed; `sideways check` says why";
		return candidate->bounded = false;
	}
	if (run->call->request->media)
		return weigh_media(run, candidate, out_why);
	if (!weigh_input(run, candidate, &input, out_why))
		return candidate->bounded = false;
	if (!wish)
		wish = parameter_limit(member->deployment);
	limit = wish ? keep_limit(run, candidate, &input, &money, wish)
		     : choose_limit(run, candidate, &input, &money);
	limit = translate_limit(run, member, limit);
	candidate->unlimited = !wish && goes_without(run, candidate, &money);
	if (candidate->unlimited)
		limit = member->price.max_output_tokens;
	input.output_tokens = limit;
	candidate->choices = input.choices;
	candidate->output_limit =
	    candidate->unlimited || limit == run->call->request->max_tokens ? 0 : limit;
	candidate->bounded =
	    bound_of(&candidate->price, &input, member->tokenizer, &candidate->bound, out_why);
	return candidate->bounded;
}

bool weigh_shortest_fits(struct run *run, struct candidate *candidate, int64_t nano)
{
	struct bound_input input;
	const char *why;

	if (run->call->request->media)
		return true;
	return weigh_input(run, candidate, &input, &why) &&
	       affordable(candidate, &input, nano) >=
		   translate_limit(run, candidate->member, LEAST_OUTPUT);
}

const struct budget_state *weigh_refusing(struct run *run, struct candidate *candidate)
{
	const struct budget_state *b = tightest(run, candidate);
	const char *why;

	if (!b || !candidate->member->priced || !candidate->member->provider ||
	    !weigh_candidate(run, candidate, &why))
		return NULL;
	return budget_left(b) < candidate->bound.cost_nano ? b : NULL;
}
