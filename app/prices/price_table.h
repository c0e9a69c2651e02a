#ifndef PRICES_PRICE_TABLE_H
#define PRICES_PRICE_TABLE_H

/*
 * What a model costs and how much it takes.
 *
 * Sources, later ones win field by field: the table compiled in from config/prices.tsv, or the file
 * named by sideways_settings.price_file in its place; sideways_settings.prices; the price fields
 * of the deployment.  A source that names both input and output replaces every price of the
 * ones before it, so that no cache or long-context price of another tariff is left.  Prices are
 * pico-dollars per token ( = micro-dollars per million tokens); a price that is not known is
 * PRICE_UNKNOWN, which is not 0.
 *
 * Names: the provider's own row first, exactly; then without a date at the end
 * ("-2024-07-18", "-20241022", "@20241022", "-0125"), then with "-latest"; a dated row serves the
 * undated name when there is only one, else the newest.  hosts that resell (azure, openrouter
 * "openai/...") fall back to the maker's row where their own is missing; local ones (ollama,
 * hosted_vllm, lm_studio) do not.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "prices/price_hours.h"
#include "prices/served.h"
#include "settings/load.h"
#include "settings/settings.h"

#define PRICE_UNKNOWN INT64_MIN

/* Tokens that are thought and billed beyond max_tokens (thinking.h). */
enum price_thinks { THINKS_WITHIN_LIMIT, THINKS_WHEN_TOLD, THINKS_BY_DEFAULT, THINKS_ALWAYS };

/* What a model is for, where it is not conversation (LiteLLM's `mode`). */
enum price_mode {
	MODE_CHAT,
	MODE_IMAGE,
	MODE_SPEECH,
	MODE_TRANSCRIPTION,
	MODE_RERANK,
	MODE_PASS_THROUGH,
	MODE_COUNT
};

const char *price_mode_name(enum price_mode mode); /* "image_generation" */
/* By its name; MODE_CHAT for any other. */
enum price_mode price_mode_named(struct slice name);

struct price {
	int64_t input_pico, output_pico; /* both known, or the model has no price */
	int64_t cache_read_pico;         /* PRICE_UNKNOWN: as input */
	int64_t cache_write_pico;        /* PRICE_UNKNOWN: as input; known for Claude */
	int64_t cache_write_1h_pico;     /* PRICE_UNKNOWN: as cache_write; known for Claude */
	int64_t cache_write_12h_pico; /* PRICE_UNKNOWN: the dearest known, or 2.5 times the input */
	int64_t cache_read_audio_pico; /* PRICE_UNKNOWN: as audio_input, which is the dearest */
	int64_t reasoning_pico;        /* PRICE_UNKNOWN: as output */
	int64_t audio_input_pico, audio_output_pico;
	int64_t image_input_pico, image_output_pico; /* PRICE_UNKNOWN: as input, as output */
	/* Of what is counted in other units than tokens; each PRICE_UNKNOWN: none. */
	int64_t per_image_nano, per_character_pico, per_second_nano, per_query_nano;
	int64_t long_from_tokens; /* above this many input tokens all tokens cost the long prices;
				     0: never */
	int64_t long_input_pico, long_output_pico, long_cache_read_pico;
	/* Where prices jump more than once: each jump, by its length; the long prices above are the
	 * dearest then. */
	struct price_step steps[PRICE_STEPS_MOST];
	int64_t per_request_nano;
	int64_t per_use_nano[SERVER_TOOL_COUNT]; /* of its provider's tools; PRICE_UNKNOWN */
	unsigned once; /* a bit per tool: billed once a request, however often it is used */
	int64_t max_input_tokens, max_output_tokens; /* PRICE_UNKNOWN when not known */
	int64_t units_least;                         /* that a call is billed, in its own unit */
	int64_t image_tokens; /* the most that one image counts as input; 0: not known */
	enum price_mode mode; /* what the model is for */
	bool responses_only;  /* the model speaks OpenAI's Responses format and no other */
	bool searches;        /* of itself, at each request */
	const struct served_tiers *tiers; /* what another tier than the listed one costs, or NULL */
	struct served_prices flex, priority; /* the same as the settings have it, which wins */
	bool reasoning_apart;                /* reasoning may be billed beyond max_tokens */
	enum price_thinks thinks;
	int64_t thinking_budget; /* where the client names none; 0: the model's own */
	/* In these hours the three below hold (price_time.h); else the dearer ones above. */
	struct price_hours off_peak;
	int64_t off_input_pico, off_output_pico, off_cache_read_pico;
	int64_t changes_ms;  /* from then on it costs what goes_on_as does; 0: never */
	char goes_on_as[64]; /* "gemini-3.8-flash", or "NAME@2027-01-01": another price only */
	char retires[12];    /* "2026-12-01"; "": no date is known */
	char as_of[12];      /* "2026-08-01"; "settings" when the deployment names it */
	char version[17]; /* hex: changes when any figure above changes; stored with each attempt */
};

/* From this age on a table is called stale: from August to November 2026 prices of models that
 * many use changed two- to sixfold. */
#define PRICE_STALE_DAYS 45

struct price_table;

/* The built-in table, with the settings' file and extra prices laid over it.  Problems of the file
 * and rows that fail the sanity check (chat output of 0 at a paid provider, cached read dearer than
 * input, negative) are added to problems.  NULL when the named file cannot be read. */
struct price_table *price_table_new(
    const struct settings *settings, struct problems *problems, struct error *err);
void price_table_free(struct price_table *table);
/* Why the price_file's entry of a model without a price is left out; NULL: it has none. */
const char *price_table_fault(
    const struct price_table *table, const char *provider, const char *model);

const char *price_table_date(const struct price_table *table); /* newest as_of */

/* The price of a deployment as it is called: model is the provider's name with wildcards already
 * filled in.  False: no price is known (out then has limits at most). */
bool price_find(const struct price_table *table, const struct deployment *deployment,
    const char *model, struct price *out);

/* What a price that changes becomes; false: there is no such row, or it does not change. */
bool price_find_after(const struct price_table *table, const struct deployment *deployment,
    const struct price *price, struct price *out);

/* Of the provider's models whose name begins as `pattern` does (len bytes), the one with the
 * dearest output; NULL: none is known. */
const char *price_table_dearest(const struct price_table *table, const char *provider,
    const char *pattern, size_t len, struct price *out);

/* The provider's models by the table, in order, without tools that run there; NULL after the last.
 * *at is 0 at first. */
const char *price_table_next_model(
    const struct price_table *table, const char *provider, size_t *at);

#endif
