/*
 * Usage to money, within what can be.  See the header.
 */
#include "relay/charge.h"

#include "base/number.h"
#include "prices/media_price.h"

#include "base/banned.h"

/* Reasoning models make 50 to 350 tokens a second; where one makes thousands (Cerebras, Groq) the
 * thinking is streamed and counted. */
#define THINKING_TOKENS_A_SECOND 400

/* The longest window that a model has is 10 million tokens (Llama 4 Scout). */
#define WINDOW_MOST INT64_C(10000000)

/* The bound of sound is a margin where it is silent; more than this many times it is nonsense. */
#define UNITS_TIMES 1000

/* No call has been seen to search, read or run a hundred times; more than this is nonsense. */
#define USES_MOST 1000

/* No call has cost so much; where it is many times the bound, too, it is nonsense. */
#define COST_SURE_NANO (100 * NANO_PER_DOLLAR)
#define COST_TIMES     1000

/* Of tools at the provider, each of which reads the input again. */
static int64_t uses_of(const struct usage *usage)
{
	int64_t uses = 0;

	for (int id = 0; id < SERVER_TOOL_COUNT; id++)
		uses += usage->uses.of[id];
	return uses;
}

/* Uses that nobody told may have been all that were allowed. */
static void count_untold(const struct bound *bound, struct usage *usage)
{
	struct tool_uses untold = { { 0 } };

	for (int id = 0; id < SERVER_TOOL_COUNT; id++)
		if (usage->estimated || !(usage->uses_told & (1U << id)))
			untold.of[id] = bound->uses.of[id];
	usage_uses_at_least(usage, &untold);
}

static bool is_cost(const struct charge_terms *terms, int64_t nano)
{
	return nano <= COST_SURE_NANO || nano / COST_TIMES <= terms->bound.cost_nano;
}

/* Usage beyond the window, or beyond the limit that was sent for each answer, cannot be: unless the
 * provider's own cost stands beside it. */
static bool is_believable(
    const struct charge_terms *terms, const struct price *price, const struct usage *usage)
{
	int64_t window = price->max_input_tokens;

	if (usage->units / UNITS_TIMES > terms->units)
		return false;
	if (!usage->known || usage->reported_cost_nano > 0)
		return true;
	if (uses_of(usage) > USES_MOST)
		return false;
	window = (window > 0 ? window : WINDOW_MOST) *
		 ((terms->inputs > 1 ? terms->inputs : 1) + uses_of(usage));
	/* Words are cut off at the limit; of a picture no vendor says so. */
	return usage->input_tokens <=
		   (window > terms->bound.input_tokens ? window : terms->bound.input_tokens) &&
	       usage->output_tokens - usage->image_output_tokens <=
		   (terms->unlimited ? WINDOW_MOST : terms->output_most) &&
	       usage->output_tokens <= WINDOW_MOST;
}

static void charge_bound(const struct charge_terms *terms, struct attempt_end *end)
{
	end->how = HOLD_UNKNOWN;
	end->outcome = "unbelieved";
	end->usage = (struct usage){ .estimated = true,
		.input_tokens = terms->bound.input_tokens,
		.output_tokens = terms->output_most,
		.reported_cost_nano = -1 };
	end->cost_nano = terms->bound.cost_nano;
}

/* What the provider says it costs, else units as the answer tells them, else those of the bound;
 * and the bound, where tokens are billed and none are told. */
static int64_t media_cost(
    const struct charge_terms *terms, const struct price *price, struct usage *usage)
{
	bool by_unit = media_price_units(price, 1) > 0, told = !usage->estimated;

	if (usage->reported_cost_nano >= 0)
		return cost_of(price, usage);
	if (!told)
		usage->input_tokens = usage->output_tokens = 0;
	told = told && usage->input_tokens + usage->output_tokens > 0;
	if (!by_unit && !told) {
		usage->estimated = true;
		usage->input_tokens = terms->bound.input_tokens;
		usage->output_tokens = terms->output_most;
		return terms->bound.cost_nano;
	}
	usage->fee_nano += media_price_units(price, usage->units > 0 ? usage->units : terms->units);
	return cost_of(price, usage);
}

/* At most the hold; or what was told, if that alone is more: this is no estimate then. */
static void limit_estimate(const struct price *price, const struct usage *told, int64_t bound_nano,
    struct attempt_end *end)
{
	int64_t told_nano = told->known && !told->estimated ? cost_of(price, told) : 0;

	if (end->cost_nano <= bound_nano)
		return;
	if (told_nano > bound_nano)
		end->usage = *told;
	end->cost_nano = told_nano > bound_nano ? told_nano : bound_nano;
}

bool charge_is_told(int status, const struct usage *usage)
{
	return usage->known && (status == 200 || usage->input_tokens + usage->output_tokens > 0 ||
				   usage->reported_cost_nano > 0);
}

bool charge_is_refusal(const struct charge_terms *terms, const struct provider *biller,
    enum failure_class class, int status)
{
	return biller->quirks & QUIRK_BILLS_REFUSALS && !terms->media && status >= 400 &&
	       (class == FAILURE_POLICY || class == FAILURE_CONTEXT || status == 408);
}

int64_t charge_unseen_tokens(int64_t time_us, int64_t most)
{
	int64_t made = time_us * THINKING_TOKENS_A_SECOND / 1000000;

	return made < most ? made : most > 0 ? most : 0;
}

void charge_usage(const struct charge_terms *terms, const char *answered, const struct usage *told,
    struct attempt_end *end)
{
	struct price price = price_billed(
	    &terms->course, terms->model, answered, end->ended_ms - end->latency_ms, end->ended_ms);
	struct usage said = *told; /* which may be the end's */
	bool is_true = is_cost(terms, said.reported_cost_nano) && is_cost(terms, said.fee_nano);

	usage_fold(&end->usage, &price);
	usage_sanitise(&end->usage);
	usage_fold(&said, &price);
	usage_sanitise(&said);
	count_untold(&terms->bound, &end->usage);
	if (!is_true || !is_believable(terms, &price, &said)) {
		charge_bound(terms, end);
		return;
	}
	end->cost_nano =
	    terms->media ? media_cost(terms, &price, &end->usage) : cost_of(&price, &end->usage);
	if (end->usage.estimated)
		limit_estimate(&price, &said, terms->bound.cost_nano, end);
}
