/*
 * The bound of bodies and texts, for the search (search.py): reads frames and answers each with its
 * tokens.
 *
 * A frame is two 32-bit numbers in the machine's order (what it is, its length) and the bytes.
 * What: the tokenizer's number for a body of OpenAI's chat, 1000 more for one of Anthropic's, 2000
 * more for a text alone, written as a JSON string.  A text's answer is without what is given to any
 * request, so that nothing hides behind it. The answer is a 64-bit number, -1 for what is refused;
 * a frame of length 0 flushes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat/client_format.h"
#include "chat/growth.h"
#include "chat/prompt_count.h"
#include "prices/cost.h"
#include "prices/price_row.h"

static int64_t input_tokens(const struct bound_input *input, enum tokenizer_kind kind)
{
	struct bound_input one = *input;
	struct price price;
	struct bound bound;

	price_clear(&price);
	price.input_pico = price.output_pico = 0;
	one.output_tokens = 1;
	return bound_of(&price, &one, kind, &bound, NULL) ? bound.input_tokens : -1;
}

/* As relay/weigh.c does. */
static void count_body(struct bound_input *input, enum tokenizer_kind kind, struct slice body)
{
	enum vocabulary_id id = tokenizer_row(kind)->vocabulary;

	if (id == VOCABULARY_NONE || getenv("BOUND_BY_BYTES"))
		return;
	input->counted_tokens = prompt_count(body, id);
	input->counted_bytes = input->text_bytes;
}

static int64_t text_tokens(struct slice text, enum tokenizer_kind kind)
{
	struct bound_input input = { .choices = 1 }, none = { .choices = 1 };
	AUTO_ARENA struct arena arena = { 0 };
	struct json_tally tally;
	struct growth growth;

	if (json_scan_tally(text, &tally, NULL) != 0)
		return -1;
	tally.values = 0;
	growth_of(text, &tally, &growth);
	input.text_bytes = (int64_t)text.len - 2;
	input.non_ascii_bytes = (int64_t)tally.non_ascii_bytes;
	input.json_growth = growth.json_bytes;
	input.nfc_growth = growth.nfc_bytes;
	input.nfkc_growth = growth.nfkc_bytes;
	arena_init(&arena);
	count_body(&input, kind, text);
	return input_tokens(&input, kind) - input_tokens(&none, kind);
}

static int64_t body_tokens(struct slice body, enum wire_format_id format, enum tokenizer_kind kind)
{
	AUTO_ARENA struct arena arena;
	struct chat_request request;

	arena_init(&arena);
	if (client_format(format)->read(body, NULL, false, &arena, &request, NULL) != 0)
		return -1;
	if (!request.has_media)
		count_body(&request.bound, kind, body);
	return input_tokens(&request.bound, kind);
}

static int64_t tokens_of(uint32_t what, struct slice text)
{
	enum tokenizer_kind kind = (enum tokenizer_kind)(what % 1000);

	if (what >= 2000)
		return text_tokens(text, kind);
	return body_tokens(text, what >= 1000 ? WIRE_ANTHROPIC : WIRE_OPENAI_CHAT, kind);
}

int main(void)
{
	char *bytes = NULL;
	uint32_t head[2];

	while (fread(head, sizeof head, 1, stdin) == 1) {
		int64_t tokens;

		if (head[1] == 0) {
			fflush(stdout);
			continue;
		}
		bytes = realloc(bytes, head[1] + 1);
		if (!bytes || fread(bytes, 1, head[1], stdin) != head[1])
			return 1;
		bytes[head[1]] = '\0';
		tokens = tokens_of(head[0], (struct slice){ bytes, head[1] });
		fwrite(&tokens, sizeof tokens, 1, stdout);
	}
	free(bytes);
	return 0;
}
