/*
 * The most that an attempt can cost.  docs/bound.md says which parts are proven and which rest
 * on a margin.
 *
 * Bound = input tokens at the dearest input price that they can meet, plus choices times output
 * limit at the dearest output price, plus the price of the request.  Input does not depend on the
 * output limit, so the largest affordable limit is one division.
 */
#include "prices/cost.h"

#include "prices/rates.h"
#include "prices/thinking.h"

#include "base/banned.h"

#define IMAGE_TOKENS  24600 /* 10 000 patches at the dearest known multiplier, 2.46 */
#define MESSAGE_BYTES 16    /* no message or part has less JSON around its text */
#define CHOICES_MAX   65536
#define LIMIT_MAX     INT32_MAX /* of max_tokens; providers read it as such an integer */

/* 0 times anything is 0. */
bool price_is_free(const struct price *price)
{
	const int64_t may_be_unknown[] = { price->cache_read_pico, price->cache_write_pico,
		price->cache_write_1h_pico, price->reasoning_pico, price->audio_input_pico,
		price->audio_output_pico, price->per_request_nano, price->image_input_pico,
		price->image_output_pico, price->per_image_nano, price->per_character_pico,
		price->per_second_nano, price->per_query_nano, price->flex.input_pico,
		price->flex.output_pico };

	for (size_t i = 0; i < sizeof may_be_unknown / sizeof may_be_unknown[0]; i++)
		if (may_be_unknown[i] != 0 && may_be_unknown[i] != PRICE_UNKNOWN)
			return false;
	return price->input_pico == 0 && price->output_pico == 0 && price->long_from_tokens == 0;
}

static int64_t within(int64_t value, int64_t most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What the text is at most when its vendor has written it again and brought it into its form. */
static __int128 grown_bytes(const struct bound_input *input, const struct tokenizer *tokenizer)
{
	__int128 bytes = (__int128)within(input->text_bytes, RATES_TOKENS_MAX) +
			 within(input->json_growth, RATES_TOKENS_MAX);
	if (tokenizer->form == FORM_NFC)
		bytes += within(input->nfc_growth, RATES_TOKENS_MAX);
	if (tokenizer->form == FORM_NFKC)
		bytes += within(input->nfkc_growth, RATES_TOKENS_MAX);
	return bytes;
}

static __int128 tokens_by_bytes(const struct bound_input *input, const struct tokenizer *tokenizer)
{
	__int128 bytes = grown_bytes(input, tokenizer), tokens = bytes * tokenizer->percent / 100;
	if (tokenizer->other_twice)
		tokens += within(input->non_ascii_bytes, RATES_TOKENS_MAX);
	if (tokenizer->text_begins)
		tokens += bytes / MESSAGE_BYTES;
	return tokens;
}

/* A byte is a token at most where no text is written twice: OpenAI's rendering of tools does that
 * (chat/prompt_count.c), so that the count alone holds. */
static bool is_written_twice(const struct bound_input *input, const struct tokenizer *tokenizer)
{
	return input->tools && (tokenizer->vocabulary == VOCABULARY_O200K ||
				   tokenizer->vocabulary == VOCABULARY_CL100K);
}

static __int128 text_tokens(const struct bound_input *input, const struct tokenizer *tokenizer)
{
	__int128 tokens = tokens_by_bytes(input, tokenizer);
	if (input->counted_tokens > 0) { /* what was added to the body counts a token a byte */
		__int128 counted =
		    (__int128)within(input->counted_tokens, RATES_TOKENS_MAX) +
		    within(input->text_bytes - input->counted_bytes, RATES_TOKENS_MAX);
		if (input->counted_whole)
			return counted;
		counted = (counted * tokenizer->counted_percent + 99) / 100;
		if (counted < tokens || is_written_twice(input, tokenizer))
			tokens = counted;
	}
	return tokens + tokenizer->framing + (input->tools ? tokenizer->tools : 0);
}

static bool input_bound(const struct price *price, const struct bound_input *input,
    enum tokenizer_kind tokenizer, int64_t *out)
{
	int64_t window = price->max_input_tokens;
	bool has_window = window != PRICE_UNKNOWN && window > 0;
	if (input->unbounded_parts > 0 || input->windows > 0) {
		__int128 times = (__int128)within(input->windows, CHOICES_MAX) + 1;
		*out =
		    within((int64_t)(within(window, RATES_TOKENS_MAX) * times), RATES_TOKENS_MAX);
		return has_window || price_is_free(price);
	}
	int64_t each = price->image_tokens > 0 ? price->image_tokens : IMAGE_TOKENS;
	__int128 tokens = text_tokens(input, tokenizer_row(tokenizer));
	if (!input->counted_whole)
		tokens += (__int128)within(input->images, RATES_TOKENS_MAX) * each;
	__int128 most = (__int128)window * larger(input->inputs, 1);
	if (has_window && tokens > most)
		tokens = most;
	*out = tokens > RATES_TOKENS_MAX ? RATES_TOKENS_MAX : (int64_t)tokens;
	return true;
}

/* Where writes of an hour have a price, as at Anthropic, the cache is written only where a mark
 * asks for it, and for an hour only where that says `ttl`.  Elsewhere it is written unasked.
 *
 * A bound of many tokens may turn out to be few, at the short price: both count. */
static int64_t input_rate(const struct price *price, const struct bound_input *input,
    const struct rates *s, const struct rates *l)
{
	int64_t rate = larger(larger(s->input, l->input), larger(s->cache_read, l->cache_read));
	if (input->cache_marks || price->cache_write_1h_pico == PRICE_UNKNOWN)
		rate = larger(rate, larger(s->cache_write, l->cache_write));
	if (input->cache_long)
		rate = larger(rate, larger(s->cache_write_1h, l->cache_write_1h));
	if (input->unbounded_parts > 0)
		rate = larger(rate, larger(s->audio_input, l->audio_input));
	if (input->images > 0 || input->unbounded_parts > 0)
		rate = larger(rate, larger(s->image_input, l->image_input));
	return rate;
}

static int64_t output_rate(
    const struct bound_input *input, const struct rates *s, const struct rates *l)
{
	int64_t rate = larger(larger(s->output, l->output), larger(s->reasoning, l->reasoning));
	if (input->audio_output)
		rate = larger(rate, larger(s->audio_output, l->audio_output));
	return larger(rate, larger(s->image_output, l->image_output));
}

/* Cost is fixed + limit * per_token, in pico-dollars. */
struct parts {
	int64_t input_tokens;
	__int128 fixed;
	__int128 per_token;
	int64_t factor;   /* billed tokens for a token of the limit, in one choice */
	int64_t thinking; /* tokens beyond the limit, in one choice */
};

static const char *lacks_price(const struct price *price, const struct bound_input *input)
{
	if (price->input_pico == PRICE_UNKNOWN || price->output_pico == PRICE_UNKNOWN)
		return "the model has no price";
	return input->image_output && price->image_output_pico == PRICE_UNKNOWN &&
		       !price_is_free(price)
		   ? "pictures are asked for, and the model has no price for them"
		   : NULL;
}

/* What keeps a request from having a bound, before its tokens are looked at; NULL: nothing. */
static const char *unbounded(const struct price *price, const struct bound_input *input)
{
	const char *unpriced = lacks_price(price, input);

	if (unpriced)
		return unpriced;
	if (price->searches && price->per_request_nano == PRICE_UNKNOWN)
		return "the model searches by itself, and input_cost_per_request is not given";
	if (input->search_options && !price->searches)
		return "web_search_options: the model does not search by itself, and nothing says "
		       "how often it may";
	if (input->server_tools)
		return "tools that run at the provider read the input again, any number of times";
	for (int id = 0; id < SERVER_TOOL_COUNT; id++)
		if (input->uses.of[id] > 0 && price->per_use_nano[id] == PRICE_UNKNOWN)
			return "a use of a tool at the provider has no price";
	return NULL;
}

/* What the uses cost at most: where one limit holds for all of them each may be the dearest. */
static __int128 most_of_uses(const struct price *price, const struct bound_input *input)
{
	int64_t all = 0, dearest = 0;

	if (!input->uses_shared)
		return uses_nano(price, &input->uses);
	for (int id = 0; id < SERVER_TOOL_COUNT; id++) {
		if (input->uses.of[id] <= 0)
			continue;
		all += input->uses.of[id];
		dearest = larger(dearest, price->per_use_nano[id]);
	}
	if (input->asked_all > 0 && input->asked_all < all)
		all = input->asked_all;
	return (__int128)all * dearest;
}

static const char *parts_of(const struct price *price, const struct bound_input *input,
    enum tokenizer_kind tokenizer, struct parts *out)
{
	const char *why = unbounded(price, input);
	if (why)
		return why;
	if (!input_bound(price, input, tokenizer, &out->input_tokens))
		return "a document, audio, link or search of unknown size, and the model's "
		       "max_input_tokens is not known";
	struct rates few = rates_asked(price, 0), most = rates_asked(price, out->input_tokens);
	int64_t rate = output_rate(input, &few, &most);
	int64_t choices = larger(within(input->choices, CHOICES_MAX), 1);
	int64_t request = price->per_request_nano == PRICE_UNKNOWN ? 0 : price->per_request_nano;
	out->factor = price->reasoning_apart ? 2 : 1;
	out->thinking = within(thinking_beyond_limit(price, input), RATES_TOKENS_MAX);
	out->per_token = (__int128)rate * choices * out->factor;
	out->fixed = (__int128)out->input_tokens * input_rate(price, input, &few, &most) +
		     ((__int128)within(input->prediction_bytes, RATES_TOKENS_MAX) + out->thinking) *
			 rate * choices +
		     (__int128)request * 1000;
	out->fixed += most_of_uses(price, input) * 1000;
	return NULL;
}

bool bound_of(const struct price *price, const struct bound_input *input,
    enum tokenizer_kind tokenizer, struct bound *out, const char **out_why)
{
	struct parts parts;
	const char *why = parts_of(price, input, tokenizer, &parts);
	int64_t limit = input->output_tokens > 0 ? input->output_tokens : price->max_output_tokens;
	if (!why && (limit == PRICE_UNKNOWN || limit <= 0) && parts.per_token != 0)
		why = "no max_tokens is sent, and the model's max_output_tokens is not known";
	if (why) {
		if (out_why)
			*out_why = why;
		return false;
	}
	limit = within(limit, RATES_TOKENS_MAX);
	out->input_tokens = parts.input_tokens;
	out->output_tokens = limit * parts.factor + parts.thinking;
	out->cost_nano = rates_nano(parts.fixed + parts.per_token * limit);
	out->uses = input->uses;
	return true;
}

int64_t bound_affordable_output(const struct price *price, const struct bound_input *input,
    enum tokenizer_kind tokenizer, int64_t nano)
{
	struct parts parts;
	if (nano < 0 || parts_of(price, input, tokenizer, &parts))
		return 0;
	__int128 left = (__int128)nano * 1000 - parts.fixed;
	if (left < 0)
		return 0;
	if (parts.per_token == 0)
		return LIMIT_MAX;
	__int128 limit = left / parts.per_token;
	return limit > LIMIT_MAX ? LIMIT_MAX : (int64_t)limit;
}

int64_t bound_text_tokens(const struct bound_input *input, enum tokenizer_kind tokenizer)
{
	__int128 tokens = tokens_by_bytes(input, tokenizer_row(tokenizer));
	return tokens > RATES_TOKENS_MAX ? RATES_TOKENS_MAX : (int64_t)tokens;
}
