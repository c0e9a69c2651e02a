#ifndef RELAY_CHARGE_H
#define RELAY_CHARGE_H

/*
 * What a call that has ended is charged: by the usage that its provider told, if that can be, and
 * at the price of the hour.  The same for an answer that its client waits for and one that came
 * late.
 */
#include <stdbool.h>

#include "accounts/ledger.h"
#include "prices/cost.h"
#include "prices/price_time.h"
#include "providers/failure.h"
#include "providers/provider.h"

/* What was known when the call was made. */
struct charge_terms {
	struct price_course course;
	const char *model; /* as its provider knows it */
	struct bound bound;
	int64_t output_most; /* tokens that the bound covers, of all choices */
	bool unlimited;      /* no limit was sent, so more may be told */
	int64_t units;       /* of images, speech and the like: the most, in the price's unit */
	bool media;          /* it is such a call */
	int64_t inputs;      /* texts that fill a window each; 0 counts as 1 */
};

/* Does a whole answer that is none say what it used?  Behind an error status counts of nothing say
 * nothing: most vendors bill none of these (https://novita.ai/docs/guides/llm-billing.md,
 * OpenRouter's zero completion insurance, read 2026-11-30), but who counts tokens in one has spent
 * them. */
bool charge_is_told(int status, const struct usage *usage);

/* A refusal that its provider bills (QUIRK_BILLS_REFUSALS): of what its filter stopped, of an input
 * that is too long, of one that took too long.  It does not say how much; of pictures and sound
 * nothing is known. */
bool charge_is_refusal(const struct charge_terms *terms, const struct provider *biller,
    enum failure_class class, int status);

/* What a model may have made unseen in that time: no more than it can, and than its limit. */
int64_t charge_unseen_tokens(int64_t time_us, int64_t most);

/* Sets the end's cost from its usage, for a hold that is settled.  `told` is what the provider
 * said: the usage itself unless that is an estimate; marked as one itself where it cannot be true.
 * An estimate is never above the hold; where what was told of a broken stream is, that is charged
 * and is no estimate.  Usage that nobody can believe, or such a cost, is charged the bound and
 * marked. `answered` is the model that the answer names; NULL: none. */
void charge_usage(const struct charge_terms *terms, const char *answered, const struct usage *told,
    struct attempt_end *end);

#endif
