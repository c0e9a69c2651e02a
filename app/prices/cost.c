/*
 * What a call did cost: usage times rates, rounded up once.
 */
#include "prices/cost.h"

#include <stddef.h>

#include "base/number.h"
#include "prices/rates.h"

#include "base/banned.h"

#define USES_MAX 100000 /* of a tool in one call */
#define REPORTED_MAX_NANO                                                                          \
	(1000000 * NANO_PER_DOLLAR) /* a million dollars for one call is absurd                    \
				     */

static int64_t or_else(int64_t price, int64_t other)
{
	return price == PRICE_UNKNOWN ? other : price;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t held(__int128 value)
{
	return value > INT64_MAX ? INT64_MAX : value < 0 ? 0 : (int64_t)value;
}

/* value * to / from, rounded up, never below value: a long context is not cheaper. */
static int64_t raised(int64_t value, int64_t from, int64_t to)
{
	if (from <= 0 || to <= from)
		return value;
	return held(((__int128)value * to + from - 1) / from);
}

/* OpenAI's writes for 12 hours cost 2.5 times the input (model-prices 0.0.5 on PyPI, 2026-10), the
 * most that anybody asks. */
static int64_t dearest_write(const struct rates *r)
{
	int64_t most = r->cache_write > r->cache_write_1h ? r->cache_write : r->cache_write_1h;

	return most > raised(r->input, 2, 5) ? most : raised(r->input, 2, 5);
}

/* The last step below that length, and no cheaper than those before it. */
static struct price_step long_step(
    const struct price *price, const struct rates *r, int64_t input_tokens)
{
	struct price_step step = { 0, r->input, r->output, PRICE_UNKNOWN };

	if (!price->steps[0].from_tokens)
		return (struct price_step){ 0, or_else(price->long_input_pico, r->input),
			or_else(price->long_output_pico, r->output), price->long_cache_read_pico };
	for (size_t i = 0; i < PRICE_STEPS_MOST; i++) {
		const struct price_step *next = &price->steps[i];

		if (!next->from_tokens || next->from_tokens >= input_tokens)
			continue;
		step.input_pico = larger(step.input_pico, next->input_pico);
		step.output_pico = larger(step.output_pico, next->output_pico);
		step.cache_read_pico = larger(step.cache_read_pico, next->cache_read_pico);
	}
	return step;
}

struct rates rates_for(const struct price *price, int64_t input_tokens)
{
	struct rates r;
	r.input = or_else(price->input_pico, 0);
	r.output = or_else(price->output_pico, 0);
	r.cache_read = or_else(price->cache_read_pico, r.input);
	r.cache_write = or_else(price->cache_write_pico, r.input);
	r.cache_write_1h = or_else(price->cache_write_1h_pico, r.cache_write);
	r.cache_write_12h = or_else(price->cache_write_12h_pico, dearest_write(&r));
	r.audio_input = or_else(price->audio_input_pico, r.input);
	r.cache_read_audio = or_else(price->cache_read_audio_pico, r.audio_input);
	r.reasoning = or_else(price->reasoning_pico, r.output);
	r.audio_output = or_else(price->audio_output_pico, r.output);
	r.image_input = or_else(price->image_input_pico, r.input);
	r.image_output = or_else(price->image_output_pico, r.output);
	if (price->long_from_tokens <= 0 || input_tokens <= price->long_from_tokens)
		return r;
	struct price_step step = long_step(price, &r, input_tokens);
	int64_t input = step.input_pico, output = step.output_pico;
	r.cache_read =
	    step.cache_read_pico >= 0 ? step.cache_read_pico : raised(r.cache_read, r.input, input);
	r.cache_write = raised(r.cache_write, r.input, input);
	r.cache_write_1h = raised(r.cache_write_1h, r.input, input);
	r.cache_write_12h = raised(r.cache_write_12h, r.input, input);
	r.audio_input = raised(r.audio_input, r.input, input);
	r.cache_read_audio = raised(r.cache_read_audio, r.input, input);
	r.reasoning = raised(r.reasoning, r.output, output);
	r.audio_output = raised(r.audio_output, r.output, output);
	r.image_input = raised(r.image_input, r.input, input);
	r.image_output = raised(r.image_output, r.output, output);
	r.input = input;
	r.output = output;
	return r;
}

int64_t rates_nano(__int128 pico)
{
	__int128 nano = (pico + PICO_PER_NANO - 1) / PICO_PER_NANO;
	return nano > RATES_NANO_MAX ? RATES_NANO_MAX : held(nano);
}

static void clamp(int64_t *value, int64_t most)
{
	if (*value < 0)
		*value = 0;
	else if (*value > most)
		*value = most;
}

/* The sum of counts, held at what is nonsense anyway. */
static int64_t plus(int64_t a, int64_t b)
{
	return held((__int128)a + b);
}

static int64_t writes_of(const struct usage *u)
{
	return plus(
	    u->cache_write_tokens, plus(u->cache_write_1h_tokens, u->cache_write_12h_tokens));
}

/* Larger parts than the whole stood beside it. */
static void take_in(int64_t *whole, int64_t part)
{
	if (part > *whole)
		*whole = plus(*whole, part);
}

void usage_reconcile(struct usage *usage, int64_t total)
{
	int64_t cache = plus(usage->cached_tokens, writes_of(usage));

	take_in(&usage->input_tokens, cache);
	take_in(&usage->input_tokens, usage->audio_input_tokens);
	if (cache > 0 && total == plus(plus(usage->input_tokens, usage->output_tokens), cache))
		usage->input_tokens = plus(usage->input_tokens, cache);
	if (total > plus(usage->input_tokens, usage->output_tokens))
		usage->output_tokens = total - usage->input_tokens;
	take_in(&usage->output_tokens, usage->reasoning_tokens);
	take_in(&usage->output_tokens, usage->audio_output_tokens);
}

void usage_keep_largest(struct usage *usage, const struct usage *seen)
{
	static const size_t counts[] = { offsetof(struct usage, input_tokens),
		offsetof(struct usage, cached_tokens), offsetof(struct usage, cached_audio_tokens),
		offsetof(struct usage, cache_write_tokens),
		offsetof(struct usage, cache_write_1h_tokens),
		offsetof(struct usage, cache_write_12h_tokens),
		offsetof(struct usage, output_tokens), offsetof(struct usage, reasoning_tokens),
		offsetof(struct usage, audio_input_tokens),
		offsetof(struct usage, audio_output_tokens), offsetof(struct usage, units),
		offsetof(struct usage, image_input_tokens),
		offsetof(struct usage, image_output_tokens),
		offsetof(struct usage, reported_cost_nano), offsetof(struct usage, fee_nano) };

	enum served served = seen->served ? seen->served : usage->served;

	if (!usage->known) {
		*usage = *seen;
		usage->served = served;
		return;
	}
	usage->served = served;
	usage->in_us = usage->in_us || seen->in_us;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		int64_t *mine = (int64_t *)(void *)((char *)usage + counts[i]);
		const int64_t *other =
		    (const int64_t *)(const void *)((const char *)seen + counts[i]);

		*mine = larger(*mine, *other);
	}
	usage_uses_at_least(usage, &seen->uses);
	usage->uses_told |= seen->uses_told;
}

void usage_uses_at_least(struct usage *usage, const struct tool_uses *least)
{
	for (int id = 0; id < SERVER_TOOL_COUNT; id++)
		usage->uses.of[id] = larger(usage->uses.of[id], least->of[id]);
}

/* Where parts together exceed their whole the dearest keep their size, so that nothing is
 * charged too low. */
void usage_sanitise(struct usage *usage)
{
	clamp(&usage->input_tokens, RATES_TOKENS_MAX);
	for (int id = 0; id < SERVER_TOOL_COUNT; id++)
		clamp(&usage->uses.of[id], USES_MAX);
	clamp(&usage->output_tokens, RATES_TOKENS_MAX);
	int64_t left = usage->input_tokens;
	clamp(&usage->cache_write_12h_tokens, left);
	left -= usage->cache_write_12h_tokens;
	clamp(&usage->cache_write_1h_tokens, left);
	left -= usage->cache_write_1h_tokens;
	clamp(&usage->cache_write_tokens, left);
	left -= usage->cache_write_tokens;
	clamp(&usage->audio_input_tokens, left);
	left -= usage->audio_input_tokens;
	clamp(&usage->image_input_tokens, left);
	left -= usage->image_input_tokens;
	clamp(&usage->cached_tokens, left);
	clamp(&usage->cached_audio_tokens, usage->cached_tokens);

	left = usage->output_tokens;
	clamp(&usage->audio_output_tokens, left);
	left -= usage->audio_output_tokens;
	clamp(&usage->image_output_tokens, left);
	left -= usage->image_output_tokens;
	clamp(&usage->reasoning_tokens, left);
	if (usage->reported_cost_nano < 0 || usage->reported_cost_nano > REPORTED_MAX_NANO)
		usage->reported_cost_nano = -1;
	clamp(&usage->fee_nano, REPORTED_MAX_NANO);
}

void usage_fold(struct usage *usage, const struct price *price)
{
	if (or_else(price->audio_input_pico, price->input_pico) == price->input_pico)
		usage->audio_input_tokens = 0;
	if (or_else(price->image_input_pico, price->input_pico) == price->input_pico)
		usage->image_input_tokens = 0;
}

__int128 uses_nano(const struct price *price, const struct tool_uses *uses)
{
	__int128 nano = 0;

	for (int id = 0; id < SERVER_TOOL_COUNT; id++) {
		bool once = price->once & (1U << id) && uses->of[id] > 1;

		nano += (__int128)(once ? 1 : uses->of[id]) * or_else(price->per_use_nano[id], 0);
	}
	return nano;
}

/* value * to / from, rounded up. */
static int64_t in_proportion(int64_t value, int64_t from, int64_t to)
{
	return from > 0 ? held(((__int128)value * to + from - 1) / from) : value > to ? value : to;
}

static void scale(int64_t *const rates[], size_t count, int64_t from, int64_t to)
{
	for (size_t i = 0; i < count; i++)
		*rates[i] = in_proportion(*rates[i], from, to);
}

/* The settings' own prices of the tier that served: what they do not name keeps its proportion, and
 * a long context its own.  False: they name none. */
static bool as_served(const struct price *price, enum served served, struct rates *r)
{
	const struct served_prices *own = served == SERVED_FLEX ? &price->flex : &price->priority;
	int64_t input = or_else(price->input_pico, 0), output = or_else(price->output_pico, 0);
	int64_t cached = or_else(price->cache_read_pico, input), read = r->cache_read;
	int64_t *const of_input[] = { &r->input, &r->cache_read, &r->cache_write,
		&r->cache_write_1h, &r->cache_write_12h, &r->audio_input, &r->cache_read_audio,
		&r->image_input };
	int64_t *const of_output[] = { &r->output, &r->reasoning, &r->audio_output,
		&r->image_output };
	bool by_input = own->input_pico > 0, by_output = own->output_pico > 0;

	if (served == SERVED_STANDARD || (!by_input && !by_output))
		return false;
	scale(of_input, sizeof of_input / sizeof *of_input, by_input ? input : output,
	    by_input ? own->input_pico : own->output_pico);
	scale(of_output, sizeof of_output / sizeof *of_output, by_output ? output : input,
	    by_output ? own->output_pico : own->input_pico);
	if (own->cache_read_pico > 0)
		r->cache_read = in_proportion(read, cached, own->cache_read_pico);
	return true;
}

struct rates rates_asked(const struct price *price, int64_t input_tokens)
{
	union {
		struct rates rates;
		int64_t each[sizeof(struct rates) / sizeof(int64_t)];
	} most = { rates_for(price, input_tokens) }, flex = most;

	if (as_served(price, SERVED_FLEX, &flex.rates))
		for (size_t i = 0; i < sizeof most.each / sizeof most.each[0]; i++)
			most.each[i] = larger(most.each[i], flex.each[i]);
	return most.rates;
}

int64_t cost_of(const struct price *price, const struct usage *usage)
{
	struct usage u = *usage;
	usage_fold(&u, price);
	usage_sanitise(&u);
	if (u.reported_cost_nano >= 0)
		return u.reported_cost_nano;
	struct rates r = rates_for(price, u.input_tokens);
	bool tier_is_named = as_served(price, u.served, &r);
	int64_t input = u.input_tokens - u.cached_tokens - u.cache_write_tokens -
			u.cache_write_1h_tokens - u.cache_write_12h_tokens - u.audio_input_tokens -
			u.image_input_tokens;
	int64_t output =
	    u.output_tokens - u.reasoning_tokens - u.audio_output_tokens - u.image_output_tokens;
	__int128 cached = (__int128)(u.cached_tokens - u.cached_audio_tokens) * r.cache_read +
			  (__int128)u.cached_audio_tokens * r.cache_read_audio;
	__int128 pico = cached + (__int128)input * r.input +
			(__int128)u.cache_write_tokens * r.cache_write +
			(__int128)u.cache_write_1h_tokens * r.cache_write_1h +
			(__int128)u.cache_write_12h_tokens * r.cache_write_12h +
			(__int128)u.audio_input_tokens * r.audio_input +
			(__int128)output * r.output + (__int128)u.reasoning_tokens * r.reasoning +
			(__int128)u.audio_output_tokens * r.audio_output +
			(__int128)u.image_input_tokens * r.image_input +
			(__int128)u.image_output_tokens * r.image_output;
	pico = served_pico(tier_is_named ? NULL : price->tiers, u.served, u.in_us, pico, cached);
	return rates_nano(pico + ((__int128)or_else(price->per_request_nano, 0) + u.fee_nano +
				     uses_nano(price, &u.uses)) *
				     1000);
}
