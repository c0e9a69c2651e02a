/*
 * The most that a call can cost.  Declared in cost.h; docs/bound.md says what is proven and what
 * rests on a margin.
 *
 * Input: a byte-level tokenizer makes at most one token of a byte, and the JSON around the text is
 * longer than the framing that models add.  Where the tokenizer is not published, characters
 * outside of ASCII count for more.  The context window caps everything, because a provider refuses
 * what does not fit.
 */
#include "prices/cost.h"

#include "base/banned.h"

#define FRAMING_TOKENS 64 /* begin of sequence, role marks beyond the JSON's own length */
#define TOOL_PROMPT_TOKENS                                                                         \
	1024 /* hidden prompts for tools: 264 to 804 documented at Anthropic, 512 allowed          \
		elsewhere */
#define IMAGE_TOKENS 50000 /* the dearest documented image: 48,169 for gpt-4o-mini's tiles */
#define NON_ASCII_FACTOR                                                                           \
	4                /* tokens a code point outside of ASCII may become, tokenizer unknown     \
			  */
#define COMPAT_TOKENS 33 /* U+FDFA becomes 33 bytes under NFKC */
#define NANO_MOST     (INT64_MAX / 4)

static __int128 text_tokens(const struct bound_input *input, enum tokenizer_kind tokenizer)
{
	__int128 tokens = (__int128)input->text_bytes + FRAMING_TOKENS;

	if (tokenizer == TOKENIZER_UNKNOWN)
		tokens += (__int128)input->non_ascii_bytes * (NON_ASCII_FACTOR - 1) +
			  (__int128)input->compat_forms * COMPAT_TOKENS;
	if (input->tools)
		tokens += TOOL_PROMPT_TOKENS;
	return tokens;
}

/* -1: there is no bound. */
static int64_t input_most(
    const struct price *price, const struct bound_input *input, enum tokenizer_kind tokenizer)
{
	__int128 tokens = text_tokens(input, tokenizer) + (__int128)input->images * IMAGE_TOKENS;
	bool window_known = price->max_input_tokens != PRICE_UNKNOWN && price->max_input_tokens > 0;

	if (input->unbounded_parts > 0)
		return window_known ? price->max_input_tokens : -1;
	if (window_known && tokens > price->max_input_tokens)
		tokens = price->max_input_tokens;
	return tokens > INT64_MAX / 1024 ? INT64_MAX / 1024 : (int64_t)tokens;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* PRICE_UNKNOWN is the smallest int64, so an unknown price never wins. */
static int64_t dearest_input(const struct price *price, int64_t tokens)
{
	int64_t dearest = larger(larger(price->input_pico, price->cache_write_pico),
	    larger(price->cache_write_1h_pico, price->audio_input_pico));

	if (price->long_from_tokens > 0 && tokens > price->long_from_tokens)
		dearest = larger(dearest, price->long_input_pico);
	return larger(dearest, price->cache_read_pico);
}

static int64_t dearest_output(
    const struct price *price, const struct bound_input *input, int64_t input_tokens)
{
	int64_t dearest = larger(price->output_pico, price->reasoning_pico);

	if (input->audio_output)
		dearest = larger(dearest, price->audio_output_pico);
	if (price->long_from_tokens > 0 && input_tokens > price->long_from_tokens)
		dearest = larger(dearest, price->long_output_pico);
	return dearest;
}

static __int128 round_up_nano(__int128 pico)
{
	return (pico + 999) / 1000;
}

static __int128 input_pico_most(const struct price *price, int64_t tokens)
{
	return (__int128)tokens * dearest_input(price, tokens) +
	       (__int128)price->per_request_nano * 1000;
}

static int64_t output_extra(const struct bound_input *input)
{
	return input->prediction_bytes; /* rejected predictions are billed as output */
}

bool bound_of(const struct price *price, const struct bound_input *input,
    enum tokenizer_kind tokenizer, struct bound *out, const char **out_why)
{
	int64_t tokens = input_most(price, input, tokenizer), output = input->output_tokens;
	__int128 nano;

	if (input->server_tools)
		*out_why = "tools that run at the provider may read the prompt any number of times";
	else if (tokens < 0)
		*out_why = "a document, audio or file of unknown size, and the model's window is "
			   "not known (max_input_tokens)";
	else if (output <= 0)
		*out_why = "no limit for the output: neither max_tokens nor the model's "
			   "max_output_tokens is known";
	if (input->server_tools || tokens < 0 || output <= 0)
		return false;
	nano = round_up_nano(input_pico_most(price, tokens) +
			     ((__int128)output + output_extra(input)) * input->choices *
				 dearest_output(price, input, tokens));
	*out = (struct bound){ tokens, output, nano > NANO_MOST ? NANO_MOST : (int64_t)nano };
	return true;
}

int64_t bound_affordable_output(const struct price *price, const struct bound_input *input,
    enum tokenizer_kind tokenizer, int64_t nano)
{
	int64_t tokens = input_most(price, input, tokenizer), rate;
	__int128 left, output;

	if (tokens < 0 || input->server_tools)
		return 0;
	rate = dearest_output(price, input, tokens);
	left = (__int128)nano * 1000 - input_pico_most(price, tokens);
	if (left < 0)
		return 0;
	if (rate <= 0)
		return INT32_MAX;
	output = left / ((__int128)rate * input->choices) - output_extra(input);
	return output <= 0 ? 0 : output > INT32_MAX ? INT32_MAX : (int64_t)output;
}
