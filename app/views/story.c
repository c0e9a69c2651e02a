/*
 * Sentences about candidates.  See the header.
 */
#include "views/story.h"

#include <stdio.h>
#include <string.h>

#include "base/json_build.h"
#include "base/json_read.h"
#include "base/number.h"
#include "base/text.h"

#include "base/banned.h"

static const struct {
	const char *outcome, *words;
} meanings[] = {
	/* clang-format off */
	{ "ok",               "answered" },
	{ "retry",            "failed, and might work again" },
	{ "rate",             "was rate limited" },
	{ "overload",         "was overloaded" },
	{ "quota",            "had no money or quota left at the provider" },
	{ "auth",             "refused the gateway's key" },
	{ "not_found",        "does not know the model" },
	{ "context",          "found the prompt too long" },
	{ "policy",           "refused the content" },
	{ "client",           "called it the client's mistake" },
	{ "unfit",            "refused the request, which had been changed for it" },
	{ "unbelieved",       "reported an impossible usage, so its hold is charged in full" },
	{ "broken",           "gave an answer that cannot be read" },
	{ "timeout",          "did not answer in time" },
	{ "unreachable",      "could not be reached" },
	{ "local",            "was not called, because this machine lacked something" },
	{ "no_room",          "answered, but this gateway held too much already" },
	{ "cancelled",        "was given up because the client left" },
	{ "worker died",      "was being asked when the worker died" },
	{ "not built",        "could not be sent the request" },
	{ "upward",           "is of a dearer tier" },
	{ "cooldown",         "is cooling down after failures" },
	{ "unpriced",         "has no price" },
	{ "faulty entry",     "has an error in its entry of model_list" },
	{ "context too long", "has a window that is too small for the prompt" },
	{ "tags",             "is for requests with other tags" },
	{ "no images",        "takes no images" },
	{ "no tools",         "takes no tools" },
	{ "no retries left",  "was left out: no retries were left" },
	{ "retry budget",     "was not asked again: the gateway's retry budget was used up" },
	{ "attempts kept for others", "was not asked again: the attempts left were kept for others" },
	{ "mock_testing_fallbacks", "was left out: the request asks to test fallbacks" },
	/* clang-format on */
};

static const char *find_meaning(const char *outcome)
{
	for (size_t i = 0; outcome && i < sizeof meanings / sizeof meanings[0]; i++)
		if (strcmp(meanings[i].outcome, outcome) == 0)
			return meanings[i].words;
	return NULL;
}

const char *story_outcome(const char *outcome)
{
	const char *words = find_meaning(outcome);

	return words ? words : outcome ? outcome : "has no outcome yet";
}

/* What became of the money that was set aside. */
static void tell_money(struct text *text, const json_t *row, const char *state)
{
	int64_t cost = json_read_int(row, "cost_nano", 0);

	if (strcmp(state, "held") == 0)
		text_printf(text, "; %s is held for it",
		    number_dollars(json_read_int(row, "bound_nano", 0)).text);
	else if (strcmp(state, "unknown") == 0)
		text_printf(text,
		    "; nobody can know what it cost, so the whole bound of %s is charged",
		    number_dollars(cost).text);
	else if (strcmp(state, "released") == 0)
		text_puts(text, "; nothing can have been billed");
	else
		text_printf(text, "; it cost %s", number_dollars(cost).text);
}

static void tell_call(struct text *text, const json_t *row, const char *state)
{
	int64_t status = json_read_int(row, "status", 0);
	int64_t latency = json_read_int(row, "latency_ms", -1);

	text_puts(text, strcmp(state, "held") == 0 ? "is being asked"
						   : story_outcome(json_read_text(row, "outcome")));
	if (status > 0)
		text_printf(text, " (%lld)", (long long)status);
	if (latency >= 0)
		text_printf(text, " after %lld ms", (long long)latency);
	tell_money(text, row, state);
}

void story_tell(json_t *row)
{
	const char *state = json_read_text(row, "state"), *outcome = json_read_text(row, "outcome");
	bool skipped, blocked;
	AUTO_TEXT struct text text = text_empty(1000);

	state = state ? state : "";
	skipped = strcmp(state, "skipped") == 0;
	blocked = strcmp(state, "blocked") == 0;
	if (blocked) {
		text_puts(&text, "is of a dearer tier and was not taken");
		if (json_read_int(row, "not_spent_most_nano", 0) > 0)
			text_printf(&text, "; about %s was not spent, %s at most",
			    number_dollars(json_read_int(row, "not_spent_nano", 0)).text,
			    number_dollars(json_read_int(row, "not_spent_most_nano", 0)).text);
	} else if (skipped) {
		/* Others are "over budget: key 1d", "limit of 5 requests a minute". */
		text_printf(&text, "was skipped: %s%s", find_meaning(outcome) ? "it " : "",
		    story_outcome(outcome));
	} else {
		tell_call(&text, row, state);
	}
	json_set_all(row, "called? skipped? blocked? ok? sentence", !skipped && !blocked, skipped,
	    blocked, !skipped && !blocked && outcome && strcmp(outcome, "ok") == 0, text.bytes);
}
