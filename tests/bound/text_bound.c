/* See the header. */
#include "text_bound.h"

#include <stdlib.h>

#include "chat/growth.h"
#include "chat/prompt_count.h"
#include "prices/price_row.h"

int64_t bound_input_tokens(const struct bound_input *input, enum tokenizer_kind kind)
{
	struct bound_input one = *input;
	struct price price;
	struct bound bound;

	price_clear(&price);
	price.input_pico = price.output_pico = 0;
	one.output_tokens = 1;
	return bound_of(&price, &one, kind, &bound, NULL) ? bound.input_tokens : -1;
}

static bool is_counted(enum vocabulary_id id)
{
	return id != VOCABULARY_NONE && !getenv("BOUND_BY_BYTES");
}

void bound_count_body(struct bound_input *input, enum tokenizer_kind kind, struct slice body)
{
	enum vocabulary_id id = tokenizer_row(kind)->vocabulary;

	if (!is_counted(id))
		return;
	input->counted_tokens = prompt_count(body, id);
	input->counted_bytes = input->text_bytes;
}

int64_t bound_bare_tokens(struct slice body, enum tokenizer_kind kind)
{
	enum vocabulary_id id = tokenizer_row(kind)->vocabulary;

	return is_counted(id) ? prompt_count(body, id) : -1;
}

/* Neither the tokens around each text nor a margin: the count has to be right without them. */
static int64_t counted_alone(struct slice text, enum vocabulary_id id)
{
	return prompt_count(text, id) - prompt_count(slice_of("\"\""), id);
}

int64_t bound_alone_tokens(struct slice text, enum tokenizer_kind kind)
{
	struct bound_input input = { .choices = 1 }, none = { .choices = 1 };
	enum vocabulary_id id = tokenizer_row(kind)->vocabulary;
	struct json_tally tally;
	struct growth growth;

	if (json_scan_tally(text, &tally, NULL) != 0)
		return -1;
	if (is_counted(id))
		return counted_alone(text, id);
	tally.values = 0;
	growth_of(text, &tally, &growth);
	input.text_bytes = (int64_t)text.len - 2;
	input.non_ascii_bytes = (int64_t)tally.non_ascii_bytes;
	input.json_growth = growth.json_bytes;
	input.nfc_growth = growth.nfc_bytes;
	input.nfkc_growth = growth.nfkc_bytes;
	return bound_input_tokens(&input, kind) - bound_input_tokens(&none, kind);
}
