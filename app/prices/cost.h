#ifndef PRICES_COST_H
#define PRICES_COST_H

/*
 * Tokens to money: what a call did cost, and the most that it can (the bound).
 * All in int64/__int128; rounded up to
 * nano-dollars once, at the end.
 */
#include <stdbool.h>
#include <stdint.h>

#include "models/server_tools.h"
#include "prices/price_table.h"
#include "prices/tokenizers.h"

/* Tokens as billed, normalised over providers: input includes cached reads and writes, output
 * includes reasoning (a provider that reports them apart is normalised by its reply reader). */
struct usage {
	bool known;     /* the provider reported it */
	bool estimated; /* counted here from what was streamed */
	int64_t input_tokens;
	int64_t cached_tokens;          /* part of input: cache reads */
	int64_t cached_audio_tokens;    /* part of cached_tokens */
	int64_t cache_write_tokens;     /* part of input, 5 minutes or unnamed */
	int64_t cache_write_1h_tokens;  /* part of input */
	int64_t cache_write_12h_tokens; /* part of input */
	int64_t output_tokens;
	int64_t reasoning_tokens;    /* part of output */
	int64_t audio_input_tokens;  /* part of input: what no cache read covers */
	int64_t audio_output_tokens; /* part of output */
	int64_t image_input_tokens, image_output_tokens; /* parts likewise; films are images */
	int64_t units;         /* images, seconds or queries, where they are told; 0: not */
	struct tool_uses uses; /* of tools that ran at the provider */
	unsigned uses_told;    /* a bit per server_tool_id: the answer says how many */
	enum served served;    /* by which tier, and whether in the US alone */
	bool in_us;
	int64_t reported_cost_nano; /* provider's own figure, or -1; preferred when present */
	int64_t fee_nano;           /* billed beside the tokens; 0: none */
};

/* What a provider counted, made whole: `total` is its own sum, or -1.  Counts that contradict each
 * other are read the dear way.  Parts larger than their whole stood beside it, not in it; and what
 * the total has above input and output is output (reasoning that is counted apart), unless it is
 * exactly the cached input. */
void usage_reconcile(struct usage *usage, int64_t total);

/* Of a stream that tells usage more than once: the largest of each count. */
void usage_keep_largest(struct usage *usage, const struct usage *seen);

/* And of uses, at least so many. */
void usage_uses_at_least(struct usage *usage, const struct tool_uses *least);

/* Clamps absurd figures (negative, parts larger than their whole, above 2^40) in place. */
void usage_sanitise(struct usage *usage);

/* Input of a kind that has no price of its own is input like all other, and what of it was cached
 * costs what that costs. */
void usage_fold(struct usage *usage, const struct price *price);

int64_t cost_of(const struct price *price, const struct usage *usage); /* nano-dollars */

/* Of tools at the provider; those without a price count nothing. */
__int128 uses_nano(const struct price *price, const struct tool_uses *uses);

enum thinking_wish { THINKING_UNSAID, THINKING_ON, THINKING_OFF };

/* What is known of a request before it is sent; made by chat/. */
struct bound_input {
	int64_t text_bytes;      /* bytes of the JSON body without media data */
	int64_t non_ascii_bytes; /* of text_bytes */
	/* Tokens of counted_bytes of the text, by the model's own vocabulary; 0: not counted. */
	int64_t counted_tokens, counted_bytes;
	int64_t
	    hidden_bytes;   /* of text_bytes: prompts that the provider adds, which nobody counts */
	bool counted_whole; /* by the provider: pictures, tools and its own words are in it */
	int64_t json_growth; /* bytes that writing the JSON again may add (chat/growth.h) */
	int64_t nfc_growth, nfkc_growth; /* and those of a normal form */
	int64_t images;                  /* image parts */
	int64_t unbounded_parts; /* documents, audio, links whose size is unknown: the whole window
				    counts */
	bool cache_marks;        /* the body may ask for cache writes by marks, as Anthropic's do */
	bool cache_long;         /* and for longer ones than five minutes (ttl) */
	int64_t choices;         /* n, at least 1 */
	int64_t output_tokens;   /* max_tokens to be sent upstream; <= 0: no limit is sent */
	int64_t prediction_bytes;
	enum thinking_wish thinking; /* enable_thinking */
	int64_t thinking_budget;     /* of tokens beyond the limit; <= 0: not given */
	bool audio_output;
	bool image_output; /* is asked for: it needs a price of its own */
	bool tools;
	/* Something runs at the provider: no bound from one window, unless all of it is in `named`
	 * (a bit per server_tool_id) and the deployment allows it.  What is named without this was
	 * offered beside tools of the client's, and may be left out. */
	bool server_tools;
	bool unknown_tools;  /* and not all of it is in `named` */
	bool search_options; /* chat's web_search_options, for models that search by themselves */
	unsigned named;
	struct tool_uses asked; /* as the client limits them; 0: it does not */
	int64_t asked_all;      /* and all together */
	/* What is allowed here: uses, of which each may be of the dearest tool where the limit is
	 * one for all, and how many windows of input they read. */
	struct tool_uses uses;
	bool uses_shared;
	int64_t windows;
	int64_t inputs; /* texts that fill a window each (embeddings); 0 counts as 1 */
};

struct bound {
	int64_t input_tokens;  /* the most that can be billed as input, dearest reading */
	int64_t output_tokens; /* per choice */
	int64_t cost_nano;
	struct tool_uses uses; /* of tools at the provider */
};

/* What a dearer call, which was not made, would have cost: estimated, and at most. */
struct not_spent {
	int64_t nano, most_nano;
};

/* Is every price 0?  Then the bound is, too, also where limit or window is not known. */
bool price_is_free(const struct price *price);

/* False when there is no bound (server tools, no window known for unbounded parts, no output
 * limit and no model maximum): then *out_why says what is missing. */
bool bound_of(const struct price *price, const struct bound_input *input,
    enum tokenizer_kind tokenizer, struct bound *out, const char **out_why);

/* The text alone, by its bytes, without what a vendor puts around any request. */
int64_t bound_text_tokens(const struct bound_input *input, enum tokenizer_kind tokenizer);

/* The largest output limit whose bound stays within nano, or 0 when even one token does not. */
int64_t bound_affordable_output(const struct price *price, const struct bound_input *input,
    enum tokenizer_kind tokenizer, int64_t nano);

#endif
