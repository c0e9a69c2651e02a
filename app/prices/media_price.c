/*
 * Bounds of images, speech, transcriptions and rankings.  docs/bound.md says which are proven and
 * which rest on a margin.  See the header.
 */
#include "prices/media_price.h"

#include <stdio.h>
#include <string.h>

#include "prices/rates.h"

#include "base/banned.h"

#define PARTIAL_TOKENS                                                                             \
	100              /* of each partial image: OpenAI's guide "Image generation", Streaming    \
			  */
#define TEXT_TOKENS 1000 /* a margin: what a model that bills text beside its image writes */

/* Audio of gpt-4o-mini-tts is 20.8 tokens a second ($0.015 a minute at $12 a million; litellm
 * 1.110.2, 2026-11-29).  A byte of text lasts 0.05 to 0.08 s, a digit up to 0.5 s: a margin. */
#define SPOKEN_TOKENS_PER_BYTE 10
#define SPOKEN_TOKENS_MORE     250

#define EDGE_MOST 3840 /* pixels, of gpt-image-2, as is the area */
#define AREA_MOST INT64_C(8294400)

enum quality { QUALITY_LOW, QUALITY_MEDIUM, QUALITY_HIGH, QUALITY_UNKNOWN };

static enum quality quality_of(const struct media_facts *facts)
{
	static const char *const names[] = { "low", "medium", "high", "", "auto" };

	for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
		if (strcmp(facts->quality, names[i]) == 0)
			return i < QUALITY_HIGH ? (enum quality)i : QUALITY_HIGH;
	return QUALITY_UNKNOWN;
}

/* Tokens of an image by gpt-image-1, 1-mini and 1.5: OpenAI's guide "Image generation", Cost and
 * latency.  A size that is not said may be any. */
static int64_t tokens_by_size(const struct media_facts *facts, enum quality quality)
{
	static const struct {
		const char *size;
		int64_t tokens[3];
	} rows[] = { { "1024x1024", { 272, 1056, 4160 } }, { "1536x1024", { 400, 1568, 6208 } },
		{ "", { 408, 1584, 6240 } } };
	size_t i = 0;

	while (rows[i].size[0] && strcmp(rows[i].size, facts->size) != 0)
		i++;
	return rows[i].tokens[quality];
}

/* Those of gpt-image-2 for any size: the formula of OpenAI's own calculator, as published at
 * community.openai.com/t/1382699 (2026-06-05); 7024 for 1024x1024 at high quality. */
static int64_t tokens_by_area(const struct media_facts *facts, enum quality quality)
{
	static const int64_t factors[] = { 16, 48, 96 };
	int64_t factor = factors[quality], shorter = factor, area = AREA_MOST;
	int width, height;

	if (sscanf(facts->size, "%4dx%4d", &width, &height) == 2 && width > 0 && height > 0 &&
	    width <= EDGE_MOST && height <= EDGE_MOST) {
		int64_t longest = width > height ? width : height;

		area = (int64_t)width * height;
		shorter = (2 * factor * (area / longest) + longest) / (2 * longest);
	}
	return (factor * shorter * (2000000 + area) + 3999999) / 4000000;
}

/* The most tokens of one image; 0: not known. */
static int64_t image_tokens(
    const struct price *price, const char *model, const struct media_facts *facts)
{
	const char *slash = strrchr(model, '/'), *name = slash ? slash + 1 : model;
	enum quality quality = quality_of(facts);
	/* OpenAI's page lists images of 1-mini at $0.005 to $0.052: 260 to 350 tokens more. */
	static const struct {
		const char *name;
		bool begins;
		int64_t (*tokens)(const struct media_facts *facts, enum quality quality);
		int64_t more;
	} rows[] = { { "gpt-image-1-mini", true, tokens_by_size, 420 },
		{ "gpt-image-1", true, tokens_by_size, 0 },
		{ "chatgpt-image-latest", false, tokens_by_size, 0 },
		{ "gpt-image-2", false, tokens_by_area, 0 },
		{ "gpt-image-2-", true, tokens_by_area, 0 } };

	for (size_t i = 0; quality != QUALITY_UNKNOWN && i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].begins ? strncmp(name, rows[i].name, strlen(rows[i].name)) == 0
				   : strcmp(name, rows[i].name) == 0)
			return rows[i].tokens(facts, quality) + rows[i].more;
	return price->max_output_tokens > 0 ? price->max_output_tokens : 0;
}

static const char *weigh_image(const struct price *price, const char *model,
    const struct media_facts *facts, struct bound_input *input)
{
	int64_t tokens = image_tokens(price, model, facts);

	input->choices = facts->units;
	if (price->output_pico == 0 && price->image_output_pico <= 0) {
		input->output_tokens = 1; /* there are no tokens, but for the bound */
		return NULL;
	}
	if (!tokens)
		return "how many tokens an image of that quality is at most is not known here; "
		       "ask for low, medium or high, or let the settings give max_output_tokens";
	if (price->output_pico != price->image_output_pico)
		tokens += TEXT_TOKENS;
	input->output_tokens = tokens + facts->partials * PARTIAL_TOKENS;
	return NULL;
}

/* What a transcription reads is within the model's window, whatever the file holds; and it writes
 * no more tokens than it hears, also where it does so in pieces (chunking_strategy). */
static const char *weigh_transcription(const struct price *price, struct bound_input *input)
{
	bool by_tokens = price->per_second_nano == PRICE_UNKNOWN;

	input->unbounded_parts = by_tokens;
	input->output_tokens = !by_tokens                    ? 1
			       : price->max_input_tokens > 0 ? price->max_input_tokens
							     : 0;
	return NULL;
}

const char *media_price_weigh(const struct price *price, const char *model,
    const struct media_facts *facts, struct bound_input *input)
{
	if (facts->unpriced)
		return facts->unpriced;
	switch (price->mode) {
	case MODE_IMAGE:
		return weigh_image(price, model, facts, input);
	case MODE_TRANSCRIPTION:
		return weigh_transcription(price, input);
	case MODE_SPEECH:
		input->audio_output = true;
		input->output_tokens =
		    facts->spoken_bytes * SPOKEN_TOKENS_PER_BYTE + SPOKEN_TOKENS_MORE;
		return NULL;
	default:
		input->output_tokens = 1;
		return NULL;
	}
}

int64_t media_price_units(const struct price *price, int64_t units)
{
	const int64_t pico[MODE_COUNT] = { [MODE_IMAGE] = price->per_image_nano,
		[MODE_SPEECH] = price->per_character_pico,
		[MODE_TRANSCRIPTION] = price->per_second_nano,
		[MODE_RERANK] = price->per_query_nano,
		[MODE_PASS_THROUGH] = PRICE_UNKNOWN };
	int64_t each = pico[price->mode], scale = price->mode == MODE_SPEECH ? 1 : 1000;

	if (each == PRICE_UNKNOWN || units <= 0)
		return 0;
	if (units < price->units_least)
		units = price->units_least;
	return rates_nano(
	    (__int128)each * scale * (units > RATES_TOKENS_MAX ? RATES_TOKENS_MAX : units));
}

void media_price_of_size(const struct price_table *table, const struct deployment *deployment,
    const char *model, const struct media_facts *facts, struct price *price)
{
	const char *by = strchr(facts->size, 'x');
	struct deployment other = *deployment;
	struct price found;
	char name[256];

	if (price->mode != MODE_IMAGE || price->per_image_nano == PRICE_UNKNOWN || !by)
		return;
	other.base_model = NULL;
	(void)snprintf(name, sizeof name, "%s%s%.*s-x-%s/%s", facts->quality,
	    *facts->quality ? "/" : "", (int)(by - facts->size), facts->size, by + 1, model);
	other.model = name;
	if (price_find(table, &other, name, &found) && found.per_image_nano != PRICE_UNKNOWN)
		price->per_image_nano = found.per_image_nano;
}
