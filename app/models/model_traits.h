#ifndef MODELS_MODEL_TRAITS_H
#define MODELS_MODEL_TRAITS_H

/*
 * What one model can do and how it wants to be asked: config/models.tsv, a row a model, compiled
 * in.  A new model is a new row and no C.
 *
 * The row of the provider whose pattern is the most exact one counts, whole: the one with most
 * letters that are not wild.  A name with a slash is tried again without what stands before the
 * last one; Azure is OpenAI where it has no row of its own, and Claude and Gemini are their makers'
 * at Bedrock and Vertex.  A deployment's base_model stands for its name, and its model_info may
 * give any column by name ("stop: no"), which wins.
 *
 * Rows of the provider `*` say what is true of a model wherever it is called, such as its
 * tokenizer; they fill the cells that the provider's own row leaves empty, each from the most exact
 * pattern that says something, whatever its case.
 *
 * Each first value is "unknown", of empty cells: nothing is left out or changed then.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "models/effort.h"
#include "settings/load.h"
#include "settings/settings.h"

enum trait { TRAIT_UNKNOWN, TRAIT_NO, TRAIT_YES };
/* Is it to be had at /responses only?  Where it has tools, but for those with effort none; where it
 * has tools; always. */
enum model_responses {
	RESPONSES_UNKNOWN,
	RESPONSES_NO,
	RESPONSES_TOOLS_UNLESS_NONE,
	RESPONSES_TOOLS,
	RESPONSES_ALWAYS
};
/* temperature, top_p, top_k.  IF_NONE: while it does not think. */
enum model_sampling {
	SAMPLING_UNKNOWN,
	SAMPLING_NO,
	SAMPLING_YES,
	SAMPLING_ONLY_DEFAULT,
	SAMPLING_IF_NONE
};
enum model_thinks { MODEL_THINKS_UNKNOWN, MODEL_THINKS_NO, MODEL_THINKS_YES, MODEL_THINKS_ALWAYS };
/* How thinking is switched off. */
enum model_off {
	OFF_UNKNOWN,
	OFF_CANNOT,
	OFF_EFFORT_NONE,     /* reasoning_effort=none */
	OFF_TYPE_DISABLED,   /* thinking.type=disabled */
	OFF_BETWEEN_TOOLS,   /* thinking.type=between_tools: the least that it takes */
	OFF_ENABLE_THINKING, /* enable_thinking=false */
	OFF_NO_BUDGET        /* thinkingBudget=0 */
};
/* Reasoning of earlier turns, in the request. */
enum model_back { BACK_UNKNOWN, BACK_MAY, BACK_MUST, BACK_REFUSED, BACK_THINK_TAGS };
/* tool_choice required or a name, while it thinks.  REQUIRED: but no name. */
enum model_forced { FORCED_UNKNOWN, FORCED_NO, FORCED_YES, FORCED_REQUIRED };
/* What it takes besides text. */
enum model_media { MEDIA_UNKNOWN, MEDIA_TEXT, MEDIA_IMAGE, MEDIA_AUDIO };
enum model_schema { SCHEMA_UNKNOWN, SCHEMA_NO, SCHEMA_YES, SCHEMA_JSON_OBJECT };

/* A tool's name: "[A-Za-z_][A-Za-z0-9_.:-]{0,63}" is two sets of signs and a length. */
struct name_rule {
	struct slice first, rest; /* "A-Za-z0-9_-"; {NULL, 0}: any */
	size_t most;              /* 0: any length */
};

struct model_traits {
	bool known; /* there is a row of the provider's */
	enum model_responses responses;
	enum model_sampling sampling;
	enum trait stop;
	size_t stop_most; /* sequences; 0: not known */
	enum trait penalties;
	bool efforts_known;             /* else any level may be sent */
	unsigned efforts;               /* bits, 1 << EFFORT_LOW; none: a level is refused */
	unsigned responses_efforts;     /* more of them, at /responses only */
	bool by_budget;                 /* thinks by a budget in tokens */
	long least_budget, most_budget; /* 0: not known */
	enum model_thinks thinks;       /* unless it is told not to */
	enum model_off off;
	enum model_back reasoning_back;
	enum model_forced forced_choice;
	enum model_schema json_schema;
	enum trait prefill;              /* goes on from words of the assistant at the end */
	bool max_tokens, max_completion; /* names of the limit; neither: not known */
	struct name_rule tool_names;
	struct slice tokenizer; /* the name of a row of prices/tokenizers.c; {NULL, 0}: not said */
	enum model_media media;
	int64_t image_tokens;   /* the most for an image; 0: not known */
	enum trait cache_marks; /* its cache is written where a mark asks, and that is billed */
	enum trait searches;    /* by itself, at each request: input is read again, unbounded */
	struct slice refuses;   /* more members of OpenAI's chat, "logprobs,verbosity": left out
				   with drop_params */
	struct slice retires;   /* "2026-12-11"; {NULL, 0}: no date is known */
	struct slice source, as_of;
};

/* model is the provider's name, wildcards filled in. */
struct model_traits model_of(const struct deployment *deployment, const char *model);

/* The same by names alone, without a deployment's own words. */
struct model_traits model_traits_find(const char *provider, const char *model);

/* Adds a problem for each word of model_info that its column does not know. */
void model_traits_check(const struct deployment *deployment, struct problems *problems);

/* Does it think, when nothing is said, or can it be told to? */
bool model_reasons(const struct model_traits *traits);

/* Is the member of OpenAI's chat in the column `refuses`? */
bool model_lists(const struct model_traits *traits, struct slice member);

/* The level to send for a level wanted: itself, the nearest that the model has, or EFFORT_UNSET
 * when it takes none.  EFFORT_NONE comes back only where the model knows that word. */
enum chat_effort model_effort(
    const struct model_traits *traits, enum chat_effort wanted, bool at_responses);

/* For tests: a row of the table; the name of the first column that cannot be read, or NULL. */
const char *model_row_read(const char *line, struct model_traits *to);

#endif
